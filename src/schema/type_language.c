#include "schema/type_list.h"
#include "schema/value_private.h"

/* The code of an active language. */
const FieldType field_type_language = {
    .name = "language",
    .value_class = VALUE_CHOICE,
    .column_type = SQL_TYPE_WORD,
    .has_column = true,
    .is_sortable = true,
    .takes_languages = true,
    .parts = { { "", KEY_VALUE } },
    .read = value_read_option,
    .write = value_write_text,
    .operand = value_operand_text,
};
