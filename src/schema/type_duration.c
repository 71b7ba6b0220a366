#include "schema/type_list.h"
#include "schema/value_private.h"

/* Seconds. */
const FieldType field_type_duration = {
    .name = "duration",
    .value_class = VALUE_NUMBER,
    .column_type = SQL_TYPE_INTEGER,
    .has_column = true,
    .is_sortable = true,
    .parts = { { "", KEY_VALUE } },
    .read = value_read_int,
    .write = value_write_int,
    .operand = value_operand_int,
    .empty = { .kind = SQL_INT, .integer = 0 },
};
