#include "base/id.h"
#include "schema/type_list.h"
#include "schema/value_private.h"

static bool read_id(Arena *arena, const Field *field, const JsonValue *value,
                    FieldProblems *problems, SqlValue *out)
{
    if (json_is_text(value) && id_is_valid(value->text)) {
        *out = sql_text(value->text);
        return true;
    }
    field_problems_add(
        problems, arena, "badId", field->name,
        "An id is 1 to %d letters, digits, '_', '.' or '-', and none of the words that routes use.",
        ID_MAX_LEN);
    return false;
}

const FieldType field_type_id = {
    .name = "id",
    .value_class = VALUE_CHOICE,
    .column_type = SQL_TYPE_ID,
    .has_column = true,
    .is_sortable = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_id,
    .write = value_write_text,
    .operand = value_operand_text,
};
