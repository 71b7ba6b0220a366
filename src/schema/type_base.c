#include "schema/type_list.h"
#include "schema/value_private.h"

/* Text of the server's own, in no special form. */
const FieldType field_type_base = {
    .name = "base",
    .value_class = VALUE_TEXT,
    .column_type = SQL_TYPE_WORD,
    .has_column = true,
    .search = SEARCH_STORED,
    .max_length = 255,
    .parts = { { "", KEY_VALUE } },
    .read = value_read_text,
    .write = value_write_text,
    .operand = value_operand_text,
};
