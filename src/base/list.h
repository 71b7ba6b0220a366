#pragma once
/* List: pointers in the order they were added, in an arena. */

#include "base/arena.h"

typedef struct List {
    void **items;
    size_t count;
    size_t capacity;
} List;

void list_add(List *list, Arena *arena, void *item);
