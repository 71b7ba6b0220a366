#include "schema/type_list.h"
#include "schema/value_private.h"

/* One '@' with something on both sides, a dot in the domain, no blanks or control characters: what
 * mail systems agree on; whether an address exists only a mail tells. */
static bool is_email(Str text)
{
    size_t at = str_find(text, '@', 0);
    if (at == 0 || at + 1 >= text.len || str_find(text, '@', at + 1) != text.len)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == 0x7F || text.data[i] == '<' ||
            text.data[i] == '>')
            return false;
    size_t dot = str_find(text, '.', at);
    return dot > at + 1 && dot + 1 < text.len && text.data[text.len - 1] != '.';
}

static bool read_email(Arena *arena, const Field *field, const JsonValue *value,
                       FieldProblems *problems, SqlValue *out)
{
    if (!value_read_text(arena, field, value, problems, out))
        return false;
    if (out->text.len == 0 || is_email(out->text))
        return true;
    field_problems_add(problems, arena, "emailInvalid", field->name,
                       "Field '%.*s' must be an e-mail address.", STR_ARGS(field->label));
    return false;
}

const FieldType field_type_email = {
    .name = "email",
    .value_class = VALUE_TEXT,
    .column_type = SQL_TYPE_TEXT,
    .has_column = true,
    .is_sortable = true,
    .search = SEARCH_INDEXED,
    .max_length = 255,
    .is_line = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_email,
    .write = value_write_text,
    .operand = value_operand_text,
    .empty = { .kind = SQL_TEXT, .text = { "", 0 } },
};
