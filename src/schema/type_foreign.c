#include "schema/type_list.h"

/* A field of a linked record in the user interface: nothing is stored here. */
const FieldType field_type_foreign = {
    .name = "foreign",
    .value_class = VALUE_OTHER,
};
