#include "schema/type_list.h"
#include "schema/value_private.h"

static bool is_color(Str text)
{
    Str digits = str_starts_with(text, STR("#")) ? str_slice(text, 1, text.len) : text;
    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.data[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
            return false;
    }
    return digits.len == 3 || digits.len == 6 || digits.len == 8;
}

bool value_read_color(Arena *arena, const Field *field, const JsonValue *value,
                      FieldProblems *problems, SqlValue *out)
{
    if (!value_read_text(arena, field, value, problems, out))
        return false;
    if (out->text.len == 0 || is_color(out->text))
        return true;
    field_problems_add(problems, arena, "colorInvalid", field->name,
                       "Field '%.*s' must be a colour such as #1A2B3C.", STR_ARGS(field->label));
    return false;
}

const FieldType field_type_color = {
    .name = "color",
    .value_class = VALUE_TEXT,
    .column_type = SQL_TYPE_WORD,
    .has_column = true,
    .is_sortable = true,
    .search = SEARCH_STORED,
    .max_length = 9,
    .parts = { { "", KEY_VALUE } },
    .read = value_read_color,
    .write = value_write_text,
    .operand = value_operand_text,
};
