#pragma once
/* Properties: which ones a field of a type honours (spec 8.5), for documents. What they do is in
 * field_properties.c and in the types. */

#include "json/json.h"

/* `[{"name": "maxLength", "type": "int"}, …]` of the type. */
JsonValue property_describe(Arena *arena, Str type);
