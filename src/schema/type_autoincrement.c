#include "schema/type_list.h"
#include "schema/value_private.h"

/* Assigned when the record is created, by a sequence of the database (query/sequence.h); unique;
 * never taken from a client. */
const FieldType field_type_autoincrement = {
    .name = "autoincrement",
    .value_class = VALUE_NUMBER,
    .column_type = SQL_TYPE_INTEGER,
    .has_column = true,
    .is_sortable = true,
    .is_assigned = true,
    .parts = { { "", KEY_VALUE } },
    .read = value_read_int,
    .write = value_write_int,
    .operand = value_operand_int,
};
