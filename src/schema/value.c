#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "schema/value_private.h"

static bool is_too_long(const Field *field, Str text)
{
    if (field->max_length == 0 || text.len <= (size_t)field->max_length)
        return false;
    return field->counts_bytes || utf8_count_chars(text) > (size_t)field->max_length;
}

bool value_read_text(Arena *arena, const Field *field, const JsonValue *value,
                     FieldProblems *problems, SqlValue *out)
{
    SqlValue read;
    if (!value_operand_text(arena, value, &read)) {
        field_problems_add(problems, arena, "notAText", field->name, "Field '%.*s' must be text.",
                           STR_ARGS(field->label));
        return false;
    }
    if (field->is_trimmed)
        read.text = str_trim(read.text);
    if (is_too_long(field, read.text)) {
        field_problems_add(problems, arena, "maxLengthExceeded", field->name,
                           "Field '%.*s' may have at most %lld %s.", STR_ARGS(field->label),
                           (long long)field->max_length,
                           field->counts_bytes ? "bytes" : "characters");
        return false;
    }
    *out = read;
    return true;
}

bool value_is_option(const Field *field, Str item)
{
    for (size_t i = 0; i < field->option_count; i++)
        if (str_equal(field->options[i], item))
            return true;
    return false;
}

bool value_read_list(Arena *arena, const Field *field, const JsonValue *value,
                     FieldProblems *problems, ValueListKind kind, ValueAccept *accept,
                     SqlValue *out)
{
    if (!json_is_list(value)) {
        field_problems_add(problems, arena, "notAList", field->name,
                           "Field '%.*s' must be a list of texts.", STR_ARGS(field->label));
        return false;
    }
    Map seen = { 0 };
    JsonValue list = { .kind = JSON_LIST };
    list.list.items = ARENA_ARRAY(arena, JsonValue, value->list.count);
    for (size_t i = 0; i < value->list.count; i++) {
        const JsonValue *item = &value->list.items[i];
        SqlValue text;
        if (!value_operand_text(arena, item, &text)) {
            field_problems_add(problems, arena, "notAText", field->name,
                               "Field '%.*s' must be a list of texts.", STR_ARGS(field->label));
            return false;
        }
        if (accept != NULL && !accept(field, text.text)) {
            field_problems_add(problems, arena, "noSuchOption", field->name,
                               "Field '%.*s' has no option '%.*s'.", STR_ARGS(field->label),
                               STR_ARGS(utf8_prefix(text.text, 100)));
            return false;
        }
        if (kind == VALUE_LIST_SET && map_find(&seen, text.text) != NULL)
            continue;
        if (kind == VALUE_LIST_SET)
            map_put(&seen, arena, text.text, &list.list.items[list.list.count]);
        list.list.items[list.list.count++] = (JsonValue){ .kind = JSON_TEXT, .text = text.text };
    }
    *out = sql_text(json_to_text(arena, &list));
    return true;
}

bool value_check_range(Arena *arena, const Field *field, double number, FieldProblems *problems)
{
    bool is_low = field->has_min && number < field->min;
    bool is_high = field->has_max && number > field->max;
    if (!is_low && !is_high)
        return true;
    field_problems_add(problems, arena, "outOfRange", field->name, "Field '%.*s' must be %s %g.",
                       STR_ARGS(field->label), is_low ? "at least" : "at most",
                       is_low ? field->min : field->max);
    return false;
}

void value_write_text(JsonWriter *writer, const SqlRows *rows, int column)
{
    json_write_text_or_null(writer, sql_column_text(rows, column));
}

void value_write_int(JsonWriter *writer, const SqlRows *rows, int column)
{
    if (sql_column_is_null(rows, column))
        json_write_null(writer);
    else
        json_write_int(writer, sql_column_int(rows, column));
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

static bool text_is_number(Str text)
{
    bool has_digit = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool is_digit = c >= '0' && c <= '9';
        has_digit = has_digit || is_digit;
        if (!is_digit && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E')
            return false;
    }
    return has_digit && text.len <= 64;
}

bool value_number_from(Arena *arena, const JsonValue *value, double *out)
{
    if (value->kind == JSON_INT) {
        *out = (double)value->integer;
        return true;
    }
    if (value->kind == JSON_REAL) {
        *out = value->real;
        return true;
    }
    if (value->kind != JSON_TEXT || !text_is_number(str_trim(value->text)))
        return false;
    char *text = str_copy_c(arena, str_trim(value->text));
    char *end = NULL;
    *out = strtod(text, &end);
    return *end == '\0' && isfinite(*out);
}

bool value_operand_real(Arena *arena, const JsonValue *value, SqlValue *out)
{
    double number;
    if (!value_number_from(arena, value, &number))
        return false;
    *out = sql_real(number);
    return true;
}

bool value_operand_int(Arena *arena, const JsonValue *value, SqlValue *out)
{
    int64_t whole;
    if (value->kind == JSON_INT) {
        *out = sql_int(value->integer);
        return true;
    }
    if (value->kind == JSON_TEXT && str_parse_int(str_trim(value->text), &whole)) {
        *out = sql_int(whole);
        return true;
    }
    return value_operand_real(arena, value, out); /* 2.5 compares with whole numbers too */
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

static bool read_digits(Str text, size_t from, size_t count, int *out)
{
    *out = 0;
    for (size_t i = from; i < from + count; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *out = *out * 10 + (text.data[i] - '0');
    }
    return true;
}

bool value_is_date(Str text)
{
    int year;
    int month;
    int day;
    int64_t days;
    if (text.len != 10 || text.data[4] != '-' || text.data[7] != '-')
        return false;
    if (!read_digits(text, 0, 4, &year) || !read_digits(text, 5, 2, &month) ||
        !read_digits(text, 8, 2, &day))
        return false;
    return clock_days_from_date(year, month, day, &days);
}
