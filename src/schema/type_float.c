#include "schema/type_list.h"
#include "schema/value_private.h"

const FieldType field_type_float = {
    .name = "float",
    .value_class = VALUE_NUMBER,
    .column_type = SQL_TYPE_REAL,
    .has_column = true,
    .is_sortable = true,
    .parts = { { "", KEY_VALUE } },
    .read = value_read_real,
    .write = value_write_real,
    .operand = value_operand_real,
    .empty = { .kind = SQL_REAL, .real = 0 },
};
