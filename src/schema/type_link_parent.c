#include "schema/type_list.h"

/* A link to a record of any entity. `{name}Id` and `{name}Type` are fields of their own
 * (schema/companion.h); the name is read beside the record. */
const FieldType field_type_link_parent = {
    .name = "linkParent",
    .value_class = VALUE_OTHER,
    .parts = { { "Name", KEY_PARENT_NAME } },
};
