#include "schema/type_list.h"
#include "schema/value_private.h"

static bool read_list(Arena *arena, const Field *field, const JsonValue *value,
                      FieldProblems *problems, SqlValue *out)
{
    if (!json_is_list(value)) {
        field_problems_add(problems, arena, "notAList", field->name,
                           "Field '%.*s' must be a JSON list.", STR_ARGS(field->label));
        return false;
    }
    *out = sql_text(json_to_text(arena, value));
    return true;
}

const FieldType field_type_json_array = {
    .name = "jsonArray",
    .value_class = VALUE_OTHER,
    .column_type = SQL_TYPE_JSON,
    .has_column = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_list,
    .write = value_write_json,
};
