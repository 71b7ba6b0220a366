#pragma once
/* Companions: fields that the metadata does not name but that stand for another one (spec 8.3):
 * `weightFrom` and `weightTo` of the range `weight`, `parentId` and `parentType` of the link to any
 * entity `parent`. They are made in the document, before it is compiled, so that filters, sorting
 * and selections know them as fields of their own; their `mainField` names the field they stand
 * for. */

#include "json/json.h"

/* `fields` of one entity, each followed by its companions. What the definition of a companion
 * itself says counts more. */
JsonValue companion_complete(Arena *arena, const JsonValue *fields);
