#include "schema/type_list.h"
#include "schema/value_private.h"

bool value_read_datetime(Arena *arena, const Field *field, const JsonValue *value,
                         FieldProblems *problems, SqlValue *out)
{
    if (json_is_text(value) && value_read_time(arena, value->text, out))
        return true;
    field_problems_add(problems, arena, "dateInvalid", field->name,
                       "Field '%.*s' must be a date and time as YYYY-MM-DD HH:MM:SS.",
                       STR_ARGS(field->label));
    return false;
}

/* A date alone means its midnight (spec 4.4). */
bool value_operand_datetime(Arena *arena, const JsonValue *value, SqlValue *out)
{
    if (!json_is_text(value))
        return false;
    if (value_is_date(value->text)) {
        *out = sql_text(str_concat(arena, value->text, STR(" 00:00:00")));
        return true;
    }
    return value_read_time(arena, value->text, out);
}

const FieldType field_type_datetime = {
    .name = "datetime",
    .value_class = VALUE_DATE,
    .column_type = SQL_TYPE_DATETIME,
    .has_column = true,
    .is_sortable = true,
    .parts = { { "", KEY_VALUE } },
    .read = value_read_datetime,
    .write = value_write_text,
    .operand = value_operand_datetime,
};
