#include "schema/type_list.h"
#include "schema/value_private.h"

/* A date, or a date and time. */
static bool read_either(Arena *arena, const Field *field, const JsonValue *value,
                        FieldProblems *problems, SqlValue *out)
{
    if (!json_is_text(value) || !value_is_date(value->text))
        return value_read_datetime(arena, field, value, problems, out);
    *out = sql_text(value->text);
    return true;
}

const FieldType field_type_datetime_optional = {
    .name = "datetimeOptional",
    .value_class = VALUE_DATE,
    .column_type = SQL_TYPE_DATETIME,
    .has_column = true,
    .is_sortable = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_either,
    .write = value_write_text,
    .operand = value_operand_datetime,
};
