#pragma once
/* Type model: a schema whose entity Sample has the field types and properties that the shipped
 * model does not use, with Group to link to. */

#include "schema/schema.h"

/* schema_unref when done. */
Schema *type_model_compile(void);
