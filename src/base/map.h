#pragma once
/* Map: Str -> pointer, open addressing, in an arena. Keys are borrowed and must live as long. No
 * removal. */

#include "base/str.h"

typedef struct MapSlot {
    Str key;
    void *value;
    uint64_t hash;
} MapSlot;

typedef struct Map {
    MapSlot *slots;
    size_t count;
    size_t capacity; /* power of two, or 0 */
} Map;

/* NULL when absent. */
void *map_find(const Map *map, Str key);
/* Replaces the value of a key that is there. `value` may not be NULL. */
void map_put(Map *map, Arena *arena, Str key, void *value);
