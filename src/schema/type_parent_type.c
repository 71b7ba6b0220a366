#include "schema/type_list.h"
#include "schema/value_private.h"

/* The entity that a linkParent field leads to: one of its `entityList`, any when it has none. */
static bool read_type(Arena *arena, const Field *field, const JsonValue *value,
                      FieldProblems *problems, SqlValue *out)
{
    bool is_read = field->option_count > 0 ? value_read_option(arena, field, value, problems, out)
                                           : value_read_text(arena, field, value, problems, out);
    if (is_read && sql_value_is_empty(out))
        *out = sql_null();
    return is_read;
}

const FieldType field_type_parent_type = {
    .name = "parentType",
    .value_class = VALUE_CHOICE,
    .column_type = SQL_TYPE_WORD,
    .has_column = true,
    .max_length = 100,
    .takes_entities = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_type,
    .write = value_write_text,
    .operand = value_operand_text,
};
