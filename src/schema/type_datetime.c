#include "base/clock.h"
#include "schema/type_list.h"
#include "schema/value_private.h"

static bool is_two_digits_below(Str text, size_t at, int limit)
{
    char tens = text.data[at];
    char ones = text.data[at + 1];
    return tens >= '0' && tens <= '9' && ones >= '0' && ones <= '9' &&
           (tens - '0') * 10 + (ones - '0') < limit;
}

/* `YYYY-MM-DD HH:MM:SS`; a 'T' between and a 'Z' behind are accepted and dropped (spec 3.8). */
static bool read_text(Arena *arena, Str text, SqlValue *out)
{
    if (text.len == CLOCK_TEXT_LEN + 1 && text.data[CLOCK_TEXT_LEN] == 'Z')
        text.len--;
    bool is_shaped = text.len == CLOCK_TEXT_LEN && (text.data[10] == ' ' || text.data[10] == 'T') &&
                     text.data[13] == ':' && text.data[16] == ':';
    if (!is_shaped || !value_is_date(str_slice(text, 0, 10)))
        return false;
    if (!is_two_digits_below(text, 11, 24) || !is_two_digits_below(text, 14, 60) ||
        !is_two_digits_below(text, 17, 60))
        return false;
    char *copy = arena_alloc(arena, CLOCK_TEXT_LEN);
    memcpy(copy, text.data, CLOCK_TEXT_LEN);
    copy[10] = ' ';
    *out = sql_text((Str){ copy, CLOCK_TEXT_LEN });
    return true;
}

static bool read_datetime(Arena *arena, const Field *field, const JsonValue *value,
                          FieldProblems *problems, SqlValue *out)
{
    if (json_is_text(value) && read_text(arena, value->text, out))
        return true;
    field_problems_add(problems, arena, "dateInvalid", field->name,
                       "Field '%.*s' must be a date and time as YYYY-MM-DD HH:MM:SS.",
                       STR_ARGS(field->label));
    return false;
}

/* A date alone means its midnight (spec 4.4). */
static bool operand_datetime(Arena *arena, const JsonValue *value, SqlValue *out)
{
    if (!json_is_text(value))
        return false;
    if (value_is_date(value->text)) {
        *out = sql_text(str_concat(arena, value->text, STR(" 00:00:00")));
        return true;
    }
    return read_text(arena, value->text, out);
}

const FieldType field_type_datetime = {
    .name = "datetime",
    .value_class = VALUE_DATE,
    .column_type = SQL_TYPE_DATETIME,
    .has_column = true,
    .is_sortable = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_datetime,
    .write = value_write_text,
    .operand = operand_datetime,
};
