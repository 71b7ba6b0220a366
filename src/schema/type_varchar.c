#include "schema/type_list.h"
#include "schema/value_private.h"

const FieldType field_type_varchar = {
    .name = "varchar",
    .value_class = VALUE_TEXT,
    .column_type = SQL_TYPE_TEXT,
    .has_column = true,
    .is_sortable = true,
    .search = SEARCH_INDEXED,
    .max_length = 255,
    .is_line = true,
    .parts = { { "", KEY_VALUE } },
    .read = value_read_text,
    .write = value_write_text,
    .operand = value_operand_text,
    .empty = { .kind = SQL_TEXT, .text = { "", 0 } },
};
