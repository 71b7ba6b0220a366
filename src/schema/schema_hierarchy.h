#pragma once
/* Compiling trees: Entity.hierarchy, and which fields and links a child takes from its parent
 * (spec content 6.9, 6.10). */

#include "schema/schema.h"

/* COMPUTED_NONE when it is no name of a field that follows from the tree. */
ComputedField schema_computed_find(Str name);
/* When all entities have their fields and links. INVALID: a part of the tree is missing. */
Error *schema_compile_hierarchy(Arena *arena, const Schema *schema, const JsonValue *scopes,
                                Entity *entity) must_check;
