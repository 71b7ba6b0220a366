#include "schema/sanitizer.h"
#include "schema/type_list.h"
#include "schema/value_private.h"

/* HTML that others will see: it is cleaned before it is stored, whether a sanitizer is named or
 * not (spec 3.8). */
static bool read_html(Arena *arena, const Field *field, const JsonValue *value,
                      FieldProblems *problems, SqlValue *out)
{
    SqlValue read;
    if (!value_read_text(arena, field, value, problems, &read))
        return false;
    *out = read; /* too long: field_read tells */
    if (read.text.len > FIELD_MAX_VALUE_BYTES || sanitizer_clean(arena, read.text, &out->text))
        return true;
    field_problems_add(problems, arena, "badParameter", field->name,
                       "Field '%.*s' may nest at most %d elements.", STR_ARGS(field->label),
                       SANITIZER_MAX_DEPTH);
    return false;
}

const FieldType field_type_wysiwyg = {
    .name = "wysiwyg",
    .value_class = VALUE_TEXT,
    .column_type = SQL_TYPE_TEXT,
    .has_column = true,
    .is_sortable = true,
    .search = SEARCH_STORED,
    .parts = { { "", KEY_VALUE } },
    .read = read_html,
    .write = value_write_text,
    .operand = value_operand_text,
    .empty = { .kind = SQL_TEXT, .text = { "", 0 } },
};
