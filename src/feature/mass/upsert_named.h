#pragma once
/* Upsert named: an item as it was sent, with an id of its own. */

#include "json/json.h"

/* The item with `id` in its payload, where it has none: for when it creates a record. What is no
 * item stays as it is. */
JsonValue upsert_named(Arena *arena, const JsonValue *item, Str id);
