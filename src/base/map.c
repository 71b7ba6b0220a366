#include "base/map.h"

#define MAP_FIRST_SLOTS 16

static MapSlot *slot_for(const Map *map, Str key, uint64_t hash)
{
    size_t at = hash & (map->capacity - 1);
    while (map->slots[at].value != NULL) {
        if (map->slots[at].hash == hash && str_equal(map->slots[at].key, key))
            break;
        at = (at + 1) & (map->capacity - 1);
    }
    return &map->slots[at];
}

void *map_find(const Map *map, Str key)
{
    if (map->capacity == 0)
        return NULL;
    return slot_for(map, key, str_hash(key))->value;
}

static void grow(Map *map, Arena *arena)
{
    Map larger = { .capacity = map->capacity == 0 ? MAP_FIRST_SLOTS : map->capacity * 2,
                   .count = map->count };
    larger.slots = ARENA_ARRAY(arena, MapSlot, larger.capacity);
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i].value != NULL)
            *slot_for(&larger, map->slots[i].key, map->slots[i].hash) = map->slots[i];
    *map = larger;
}

void map_put(Map *map, Arena *arena, Str key, void *value)
{
    if (map->count * 4 >= map->capacity * 3)
        grow(map, arena);
    uint64_t hash = str_hash(key);
    MapSlot *slot = slot_for(map, key, hash);
    if (slot->value == NULL)
        map->count++;
    *slot = (MapSlot){ .key = key, .value = value, .hash = hash };
}
