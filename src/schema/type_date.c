#include "schema/type_list.h"
#include "schema/value_private.h"

static bool operand_date(Arena *arena, const JsonValue *value, SqlValue *out)
{
    (void)arena;
    if (!json_is_text(value) || !value_is_date(value->text))
        return false;
    *out = sql_text(value->text);
    return true;
}

/* `2025-01-02T03:04:05Z` is a moment: its day in UTC. */
static bool read_day_of_time(Arena *arena, const JsonValue *value, SqlValue *out)
{
    SqlValue moment;
    if (!json_is_text(value) || str_find(value->text, 'T', 0) == value->text.len ||
        !value_read_time(arena, value->text, &moment))
        return false;
    *out = sql_text(str_slice(moment.text, 0, 10));
    return true;
}

static bool read_date(Arena *arena, const Field *field, const JsonValue *value,
                      FieldProblems *problems, SqlValue *out)
{
    if (operand_date(arena, value, out) || read_day_of_time(arena, value, out))
        return true;
    field_problems_add(problems, arena, "dateInvalid", field->name,
                       "Field '%.*s' must be a date as YYYY-MM-DD.", STR_ARGS(field->label));
    return false;
}

const FieldType field_type_date = {
    .name = "date",
    .value_class = VALUE_DATE,
    .column_type = SQL_TYPE_DATE,
    .has_column = true,
    .is_sortable = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_date,
    .write = value_write_text,
    .operand = operand_date,
};
