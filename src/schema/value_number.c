#include <math.h>
#include <stdlib.h>

#include "schema/decimal.h"
#include "schema/value_private.h"

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

void value_write_int(JsonWriter *writer, const SqlRows *rows, int column)
{
    if (sql_column_is_null(rows, column))
        json_write_null(writer);
    else
        json_write_int(writer, sql_column_int(rows, column));
}

/* At this size and beyond, doubles are not all the whole numbers any more. */
#define EXACT_DOUBLE_LIMIT 9007199254740992.0

/* A range is told as it was defined, without zeros and exponents. */
static Str bound_text(Arena *arena, double bound)
{
    char *digits = arena_alloc(arena, 40);
    return (Str){ digits, json_format_real(bound, digits) };
}

bool value_check_range(Arena *arena, const Field *field, double number, FieldProblems *problems)
{
    bool is_low = field->has_min && number < field->min;
    bool is_high = field->has_max && number > field->max;
    if (!is_low && !is_high)
        return true;
    field_problems_add(problems, arena, "outOfRange", field->name, "Field '%.*s' must be %s %.*s.",
                       STR_ARGS(field->label), is_low ? "at least" : "at most",
                       STR_ARGS(bound_text(arena, is_low ? field->min : field->max)));
    return false;
}

/* 3.0 is whole; what would not come back as it was sent is none. */
static bool read_whole(Arena *arena, const JsonValue *value, int64_t *out)
{
    SqlValue read;
    if (value->kind == JSON_BOOL || !value_operand_int(arena, value, &read))
        return false;
    if (read.kind == SQL_REAL &&
        (read.real != floor(read.real) || fabs(read.real) >= EXACT_DOUBLE_LIMIT))
        return false;
    *out = read.kind == SQL_REAL ? (int64_t)read.real : read.integer;
    return true;
}

bool value_read_int(Arena *arena, const Field *field, const JsonValue *value,
                    FieldProblems *problems, SqlValue *out)
{
    int64_t number;
    if (!read_whole(arena, value, &number)) {
        field_problems_add(problems, arena, "notANumber", field->name,
                           "Field '%.*s' must be a whole number.", STR_ARGS(field->label));
        return false;
    }
    *out = sql_int(number);
    return value_check_range(arena, field, (double)number, problems);
}

bool value_read_real(Arena *arena, const Field *field, const JsonValue *value,
                     FieldProblems *problems, SqlValue *out)
{
    double number;
    if (value->kind == JSON_BOOL || !value_number_from(arena, value, &number)) {
        field_problems_add(problems, arena, "notANumber", field->name,
                           "Field '%.*s' must be a number.", STR_ARGS(field->label));
        return false;
    }
    *out = sql_real(decimal_round(number, field->digits));
    return value_check_range(arena, field, out->real, problems);
}

void value_write_real(JsonWriter *writer, const SqlRows *rows, int column)
{
    if (sql_column_is_null(rows, column))
        json_write_null(writer);
    else
        json_write_real(writer, sql_column_real(rows, column));
}
