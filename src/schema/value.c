#include "base/map.h"
#include "base/utf8.h"
#include "schema/pattern.h"
#include "schema/value_private.h"

static bool is_too_long(const Field *field, Str text)
{
    if (field->max_length == 0 || text.len <= (size_t)field->max_length)
        return false;
    return field->counts_bytes || utf8_count_chars(text) > (size_t)field->max_length;
}

static bool check_length(Arena *arena, const Field *field, Str text, FieldProblems *problems)
{
    if (!is_too_long(field, text))
        return true;
    field_problems_add(problems, arena, "maxLengthExceeded", field->name,
                       "Field '%.*s' may have at most %lld %s.", STR_ARGS(field->label),
                       (long long)field->max_length, field->counts_bytes ? "bytes" : "characters");
    return false;
}

/* Empty values pass (spec 3.8). */
static bool check_pattern(Arena *arena, const Field *field, Str text, FieldProblems *problems)
{
    if (field->pattern == NULL || text.len == 0)
        return true;
    PatternOutcome outcome = pattern_match(arena, field->pattern, text);
    if (outcome == PATTERN_MATCHES)
        return true;
    field_problems_add(problems, arena, "patternMismatch", field->name,
                       outcome == PATTERN_TOO_COSTLY
                           ? "Field '%.*s' has a value that its pattern can't be tried on."
                           : "Field '%.*s' does not have the form that it must have.",
                       STR_ARGS(field->label));
    return false;
}

static bool read_any_text(Arena *arena, const Field *field, const JsonValue *value,
                          FieldProblems *problems, SqlValue *out)
{
    if (value_operand_text(arena, value, out))
        return true;
    field_problems_add(problems, arena, "notAText", field->name, "Field '%.*s' must be text.",
                       STR_ARGS(field->label));
    return false;
}

bool value_read_text(Arena *arena, const Field *field, const JsonValue *value,
                     FieldProblems *problems, SqlValue *out)
{
    SqlValue read;
    if (!read_any_text(arena, field, value, problems, &read))
        return false;
    if (field->is_trimmed)
        read.text = str_trim(read.text);
    if (!check_length(arena, field, read.text, problems) ||
        !check_pattern(arena, field, read.text, problems))
        return false;
    *out = read;
    return true;
}

/* ---- options ---- */

Str value_find_option(const Field *field, Str item)
{
    for (size_t i = 0; i < field->option_count; i++)
        if (str_equal(field->option_codes[i], item))
            return field->option_codes[i];
    for (size_t i = 0; i < field->option_count; i++)
        if (str_equal(field->options[i], item))
            return field->option_codes[i];
    return STR_NONE;
}

void value_refuse_option(Arena *arena, const Field *field, Str given, FieldProblems *problems)
{
    field_problems_add(problems, arena, "noSuchOption", field->name,
                       "Field '%.*s' has no option '%.*s'.", STR_ARGS(field->label),
                       STR_ARGS(utf8_prefix(given, 100)));
}

bool value_read_option(Arena *arena, const Field *field, const JsonValue *value,
                       FieldProblems *problems, SqlValue *out)
{
    SqlValue read;
    if (!read_any_text(arena, field, value, problems, &read))
        return false;
    Str option = read.text.len == 0 ? read.text : value_find_option(field, read.text);
    if (str_is_none(option)) {
        value_refuse_option(arena, field, read.text, problems);
        return false;
    }
    *out = sql_text(option);
    return true;
}

/* ---- lists ---- */

static bool refuse_list(Arena *arena, const Field *field, const char *code, FieldProblems *problems)
{
    field_problems_add(problems, arena, code, field->name, "Field '%.*s' must be a list of texts.",
                       STR_ARGS(field->label));
    return false;
}

static bool read_item(Arena *arena, const Field *field, const JsonValue *value,
                      FieldProblems *problems, Str *out)
{
    SqlValue text;
    if (!value_operand_text(arena, value, &text))
        return refuse_list(arena, field, "notAText", problems);
    *out = field->option_count > 0 ? value_find_option(field, text.text) : text.text;
    if (str_is_none(*out)) {
        value_refuse_option(arena, field, text.text, problems);
        return false;
    }
    if (out->len > 0 || !field->refuses_empty_items)
        return true;
    field_problems_add(problems, arena, "emptyItem", field->name,
                       "Field '%.*s' may not have empty items.", STR_ARGS(field->label));
    return false;
}

bool value_read_list(Arena *arena, const Field *field, const JsonValue *value,
                     FieldProblems *problems, ValueListKind kind, SqlValue *out)
{
    if (!json_is_list(value))
        return refuse_list(arena, field, "notAList", problems);
    Map seen = { 0 };
    JsonValue list = { .kind = JSON_LIST };
    list.list.items = ARENA_ARRAY(arena, JsonValue, value->list.count);
    for (size_t i = 0; i < value->list.count; i++) {
        JsonValue *item = &list.list.items[list.list.count];
        *item = (JsonValue){ .kind = JSON_TEXT };
        if (!read_item(arena, field, &value->list.items[i], problems, &item->text))
            return false;
        if (kind == VALUE_LIST_SET && map_find(&seen, item->text) != NULL)
            continue;
        if (kind == VALUE_LIST_SET)
            map_put(&seen, arena, item->text, item);
        list.list.count++;
    }
    *out = sql_text(json_to_text(arena, &list));
    return true;
}

/* ---- writers and operands ---- */

void value_write_text(JsonWriter *writer, const SqlRows *rows, int column)
{
    json_write_text_or_null(writer, sql_column_text(rows, column));
}

void value_write_json(JsonWriter *writer, const SqlRows *rows, int column)
{
    Str text = sql_column_text(rows, column);
    if (str_is_none(text))
        json_write_null(writer);
    else
        json_write_raw(writer, text);
}

bool value_operand_text(Arena *arena, const JsonValue *value, SqlValue *out)
{
    switch (value->kind) {
    case JSON_TEXT:
        *out = sql_text(value->text);
        return true;
    case JSON_INT:
        *out = sql_text(str_format(arena, "%lld", (long long)value->integer));
        return true;
    case JSON_REAL: {
        char *digits = arena_alloc(arena, 40);
        *out = sql_text((Str){ digits, json_format_real(value->real, digits) });
        return true;
    }
    default:
        return false;
    }
}

bool value_operand_bool(Arena *arena, const JsonValue *value, SqlValue *out)
{
    (void)arena;
    if (value->kind == JSON_BOOL) {
        *out = sql_int(value->boolean);
        return true;
    }
    if (value->kind == JSON_INT && (value->integer == 0 || value->integer == 1)) {
        *out = sql_int(value->integer);
        return true;
    }
    if (value->kind != JSON_TEXT)
        return false;
    bool is_true =
        str_equal_ignoring_case(value->text, STR("true")) || str_equal(value->text, STR("1"));
    bool is_false =
        str_equal_ignoring_case(value->text, STR("false")) || str_equal(value->text, STR("0"));
    *out = sql_int(is_true);
    return is_true || is_false;
}
