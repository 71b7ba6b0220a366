#pragma once
/* Metadata of trees: what the model gets for each entity of type Hierarchy beside its template
 * (spec 8.3, content 6.9) - the relation entity `{Entity}Hierarchy`, the links `parents` and
 * `children`, `parent` for those with a single parent, and the fields that are computed from the
 * place in the tree. The model's own definitions of these names win. */

#include "json/json.h"

/* `*document` as for metadata_complete, before it. Entities with `disableHierarchy` get nothing. */
Error *metadata_add_hierarchies(Arena *arena, JsonValue *document) must_check;
