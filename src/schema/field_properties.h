#pragma once
/* Field properties: from a field's definition in the metadata to the rules in its Field (spec 3.8,
 * 8.5). */

#include "schema/pattern.h"
#include "schema/schema.h"

typedef struct FieldPropertySource {
    const JsonValue *definition;
    const JsonValue *languages; /* list of the codes of active languages; may be NULL */
    Pattern **patterns;         /* gets the compiled ones */
} FieldPropertySource;

/* `field` has name, entity and type already. INVALID: a property that can't be, such as a bad
 * pattern. */
Error *field_properties_read(Arena *arena, const FieldPropertySource *source,
                             Field *field) must_check;
/* "The definition of 'Entity.field' " and the problem. */
Error *field_properties_refuse(Arena *arena, Str entity, Str field, const char *problem) must_check;
