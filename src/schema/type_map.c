#include "schema/type_list.h"

/* A map of an address in the user interface: nothing is stored. */
const FieldType field_type_map = {
    .name = "map",
    .value_class = VALUE_OTHER,
};
