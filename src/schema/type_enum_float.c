#include "schema/type_list.h"
#include "schema/value_private.h"

/* One of the options, which are numbers. */
static bool read_option(Arena *arena, const Field *field, const JsonValue *value,
                        FieldProblems *problems, SqlValue *out)
{
    SqlValue text;
    SqlValue number;
    if (!value_read_real(arena, field, value, problems, &number))
        return false;
    for (size_t i = 0; i < field->option_count; i++) {
        JsonValue option = { .kind = JSON_TEXT, .text = field->option_codes[i] };
        SqlValue known;
        if (!value_operand_real(arena, &option, &known) || !sql_value_equal(&known, &number))
            continue;
        *out = number;
        return true;
    }
    value_refuse_option(arena, field,
                        value_operand_text(arena, value, &text) ? text.text : STR("?"), problems);
    return false;
}

const FieldType field_type_enum_float = {
    .name = "enumFloat",
    .value_class = VALUE_NUMBER,
    .column_type = SQL_TYPE_REAL,
    .has_column = true,
    .is_sortable = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_option,
    .write = value_write_real,
    .operand = value_operand_real,
};
