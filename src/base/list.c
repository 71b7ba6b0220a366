#include "base/list.h"

void list_add(List *list, Arena *arena, void *item)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity < 8 ? 8 : list->capacity * 2;
        list->items = arena_grow(arena, list->items, list->count * sizeof(void *),
                                 list->capacity * sizeof(void *), capacity * sizeof(void *));
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
}
