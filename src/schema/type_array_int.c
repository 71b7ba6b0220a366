#include "schema/type_list.h"
#include "schema/value_private.h"

static bool read_numbers(Arena *arena, const Field *field, const JsonValue *value,
                         FieldProblems *problems, SqlValue *out)
{
    JsonValue list = { .kind = JSON_LIST };
    if (!json_is_list(value)) {
        field_problems_add(problems, arena, "notAList", field->name,
                           "Field '%.*s' must be a list of whole numbers.", STR_ARGS(field->label));
        return false;
    }
    list.list.items = ARENA_ARRAY(arena, JsonValue, value->list.count);
    for (size_t i = 0; i < value->list.count; i++) {
        SqlValue number;
        if (!value_read_int(arena, field, &value->list.items[i], problems, &number))
            return false;
        list.list.items[list.list.count++] =
            (JsonValue){ .kind = JSON_INT, .integer = number.integer };
    }
    *out = sql_text(json_to_text(arena, &list));
    return true;
}

const FieldType field_type_array_int = {
    .name = "arrayInt",
    .value_class = VALUE_LIST,
    .column_type = SQL_TYPE_JSON,
    .has_column = true,
    .is_list = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_numbers,
    .write = value_write_json,
    .operand = value_operand_int,
};
