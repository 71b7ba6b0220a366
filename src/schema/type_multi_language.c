#include "schema/type_list.h"
#include "schema/value_private.h"

/* Codes of active languages. */
static bool read_languages(Arena *arena, const Field *field, const JsonValue *value,
                           FieldProblems *problems, SqlValue *out)
{
    return value_read_list(arena, field, value, problems, VALUE_LIST_SET, out);
}

const FieldType field_type_multi_language = {
    .name = "multiLanguage",
    .value_class = VALUE_LIST,
    .column_type = SQL_TYPE_JSON,
    .has_column = true,
    .is_list = true,
    .takes_languages = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_languages,
    .write = value_write_json,
    .operand = value_operand_text,
};
