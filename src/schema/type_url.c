#include "schema/type_list.h"
#include "schema/value_private.h"

/* Absolute http(s) or without a scheme; a scheme of another kind or a control character is refused
 * (spec 3.8). */
static bool is_url(Str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == 0x7F)
            return false;
    size_t colon = str_find(text, ':', 0);
    size_t slash = str_find(text, '/', 0);
    if (colon == text.len || slash < colon)
        return true;
    Str scheme = str_slice(text, 0, colon);
    if (str_equal_ignoring_case(scheme, STR("http")) ||
        str_equal_ignoring_case(scheme, STR("https")))
        return str_starts_with(str_slice(text, colon, text.len), STR("://"));
    /* example.com:8080/x has a port, not a scheme */
    return str_find(scheme, '.', 0) < scheme.len && colon + 1 < text.len &&
           text.data[colon + 1] >= '0' && text.data[colon + 1] <= '9';
}

static bool read_url(Arena *arena, const Field *field, const JsonValue *value,
                     FieldProblems *problems, SqlValue *out)
{
    if (!value_read_text(arena, field, value, problems, out))
        return false;
    if (is_url(out->text))
        return true;
    field_problems_add(problems, arena, "urlInvalid", field->name,
                       "Field '%.*s' must be a web address.", STR_ARGS(field->label));
    return false;
}

const FieldType field_type_url = {
    .name = "url",
    .value_class = VALUE_TEXT,
    .column_type = SQL_TYPE_TEXT,
    .has_column = true,
    .is_sortable = true,
    .search = SEARCH_INDEXED,
    .max_length = 2048,
    .parts = { { "", KEY_VALUE } },
    .read = read_url,
    .write = value_write_text,
    .operand = value_operand_text,
    .empty = { .kind = SQL_TEXT, .text = { "", 0 } },
};
