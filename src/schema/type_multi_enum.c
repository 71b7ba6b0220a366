#include "schema/type_list.h"
#include "schema/value_private.h"

/* Without options any text is one (spec content 6.1: `tag`). */
static bool read_multi_enum(Arena *arena, const Field *field, const JsonValue *value,
                            FieldProblems *problems, SqlValue *out)
{
    return value_read_list(arena, field, value, problems, VALUE_LIST_SET, out);
}

const FieldType field_type_multi_enum = {
    .name = "multiEnum",
    .value_class = VALUE_LIST,
    .column_type = SQL_TYPE_JSON,
    .has_column = true,
    .is_list = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_multi_enum,
    .write = value_write_json,
    .operand = value_operand_text,
};
