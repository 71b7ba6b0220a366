#include "schema/type_list.h"
#include "schema/value_private.h"

const FieldType field_type_enum = {
    .name = "enum",
    .value_class = VALUE_CHOICE,
    .column_type = SQL_TYPE_WORD,
    .has_column = true,
    .is_sortable = true,
    .parts = { { "", KEY_VALUE } },
    .read = value_read_option,
    .write = value_write_text,
    .operand = value_operand_text,
};
