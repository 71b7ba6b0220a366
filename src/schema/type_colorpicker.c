#include "schema/type_list.h"
#include "schema/value_private.h"

/* The older name of `color`. */
const FieldType field_type_colorpicker = {
    .name = "colorpicker",
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
