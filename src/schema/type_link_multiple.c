#include "schema/type_list.h"

/* Lists of linked records; what they are is in the relation rows or in the other entity's link
 * (record/linked.h). */
const FieldType field_type_link_multiple = {
    .name = "linkMultiple",
    .value_class = VALUE_LINKS,
    .parts = { { "Ids", KEY_LINK_IDS }, { "Names", KEY_LINK_NAMES } },
};
