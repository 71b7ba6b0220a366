#include "schema/type_list.h"
#include "schema/value_private.h"

/* Written by the login feature as a hash; never shown, filtered or sorted. */
const FieldType field_type_password = {
    .name = "password",
    .value_class = VALUE_OTHER,
    .column_type = SQL_TYPE_WORD,
    .has_column = true,
    .max_length = 256,
    .parts = { { "", KEY_SECRET } },
    .read = value_read_text,
};
