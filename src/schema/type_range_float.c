#include "schema/type_list.h"

/* Two stored fields stand for it, `{name}From` and `{name}To` (schema/companion.h); itself it is in
 * no record. */
const FieldType field_type_range_float = {
    .name = "rangeFloat",
    .value_class = VALUE_OTHER,
    .is_range = true,
};
