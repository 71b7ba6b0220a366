#include "base/utf8.h"
#include "schema/type_list.h"
#include "schema/value_private.h"

static bool read_enum(Arena *arena, const Field *field, const JsonValue *value,
                      FieldProblems *problems, SqlValue *out)
{
    if (!value_operand_text(arena, value, out)) {
        field_problems_add(problems, arena, "notAText", field->name, "Field '%.*s' must be text.",
                           STR_ARGS(field->label));
        return false;
    }
    if (out->text.len == 0 || value_is_option(field, out->text))
        return true;
    field_problems_add(problems, arena, "noSuchOption", field->name,
                       "Field '%.*s' has no option '%.*s'.", STR_ARGS(field->label),
                       STR_ARGS(utf8_prefix(out->text, 100)));
    return false;
}

const FieldType field_type_enum = {
    .name = "enum",
    .value_class = VALUE_CHOICE,
    .column_type = SQL_TYPE_WORD,
    .has_column = true,
    .is_sortable = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_enum,
    .write = value_write_text,
    .operand = value_operand_text,
};
