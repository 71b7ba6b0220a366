#include "schema/type_list.h"
#include "schema/value_private.h"

/* That the record exists is checked with the database at hand (record_check). */
static bool read_id(Arena *arena, const Field *field, const JsonValue *value,
                    FieldProblems *problems, SqlValue *out)
{
    if (!value_operand_text(arena, value, out)) {
        field_problems_add(problems, arena, "badId", field->name, "Field '%.*s' must be an id.",
                           STR_ARGS(field->label));
        return false;
    }
    if (out->text.len == 0)
        *out = sql_null(); /* "" clears a link, as null does */
    return true;
}

const FieldType field_type_parent_id = {
    .name = "parentId",
    .value_class = VALUE_CHOICE,
    .column_type = SQL_TYPE_ID,
    .has_column = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_id,
    .write = value_write_text,
    .operand = value_operand_text,
};
