#include "schema/type_list.h"
#include "schema/value_private.h"

static bool read_array(Arena *arena, const Field *field, const JsonValue *value,
                       FieldProblems *problems, SqlValue *out)
{
    return value_read_list(arena, field, value, problems, VALUE_LIST_ALL, out);
}

const FieldType field_type_array = {
    .name = "array",
    .value_class = VALUE_LIST,
    .column_type = SQL_TYPE_JSON,
    .has_column = true,
    .is_list = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_array,
    .write = value_write_json,
    .operand = value_operand_text,
};
