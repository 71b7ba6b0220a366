#include "schema/type_list.h"
#include "schema/value_private.h"

static bool read_object(Arena *arena, const Field *field, const JsonValue *value,
                        FieldProblems *problems, SqlValue *out)
{
    if (!json_is_object(value)) {
        field_problems_add(problems, arena, "notAnObject", field->name,
                           "Field '%.*s' must be a JSON object.", STR_ARGS(field->label));
        return false;
    }
    *out = sql_text(json_to_text(arena, value));
    return true;
}

const FieldType field_type_json_object = {
    .name = "jsonObject",
    .value_class = VALUE_OTHER,
    .column_type = SQL_TYPE_JSON,
    .has_column = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_object,
    .write = value_write_json,
};
