#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

#define ARENA_ALIGN alignof(max_align_t)
#define ARENA_ABORT_FACTOR 4

typedef struct Chunk {
    struct Chunk *previous;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char data[];
} Chunk;

struct Arena {
    Chunk *last;
    size_t total; /* bytes held in chunks */
    size_t max_bytes;
    size_t first_size;
};

static Chunk *chunk_new(size_t size, Chunk *previous)
{
    Chunk *chunk = memory_alloc(sizeof(Chunk) + size);
    chunk->previous = previous;
    chunk->size = size;
    chunk->used = 0;
    return chunk;
}

Arena *arena_new(size_t first_chunk_bytes, size_t max_bytes)
{
    Arena *arena = memory_alloc(sizeof(Arena));
    arena->last = chunk_new(first_chunk_bytes, NULL);
    arena->total = first_chunk_bytes;
    arena->first_size = first_chunk_bytes;
    arena->max_bytes = max_bytes;
    return arena;
}

static void drop_last(Arena *arena)
{
    Chunk *last = arena->last;
    arena->last = last->previous;
    arena->total -= last->size;
    memory_free(last);
}

void arena_free(Arena *arena)
{
    if (arena == NULL)
        return;
    while (arena->last != NULL)
        drop_last(arena);
    memory_free(arena);
}

void arena_reset(Arena *arena)
{
    while (arena->last->previous != NULL)
        drop_last(arena);
    arena->last->used = 0;
}

static void add_chunk(Arena *arena, size_t needed)
{
    /* Doubling keeps the number of chunks logarithmic; the cap keeps the waste of one chunk small.
     */
    size_t size = arena->last->size * 2;
    if (size > ((size_t)4 << 20))
        size = (size_t)4 << 20;
    if (size < needed)
        size = needed;
    if (arena->total + size > arena->max_bytes * ARENA_ABORT_FACTOR)
        memory_exhausted("arena", arena->total + size);
    arena->last = chunk_new(size, arena->last);
    arena->total += size;
}

void *arena_alloc(Arena *arena, size_t size)
{
    size_t rounded;
    if (__builtin_add_overflow(size, ARENA_ALIGN - 1, &rounded))
        memory_exhausted("arena", size);
    rounded &= ~(ARENA_ALIGN - 1);
    if (arena->last->size - arena->last->used < rounded)
        add_chunk(arena, rounded);
    void *result = arena->last->data + arena->last->used;
    arena->last->used += rounded;
    return result;
}

void *arena_zalloc(Arena *arena, size_t size)
{
    return memset(arena_alloc(arena, size), 0, size);
}

void *arena_array(Arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        memory_exhausted("arena", count);
    return arena_zalloc(arena, total);
}

void *arena_grow(Arena *arena, void *data, size_t used, size_t old_size, size_t new_size)
{
    Chunk *last = arena->last;
    size_t old_rounded = (old_size + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
    size_t new_rounded = (new_size + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
    bool is_newest = data != NULL && (unsigned char *)data + old_rounded == last->data + last->used;
    if (is_newest && last->size - last->used >= new_rounded - old_rounded) {
        last->used += new_rounded - old_rounded;
        return data;
    }
    void *moved = arena_alloc(arena, new_size);
    if (data != NULL && used > 0)
        memcpy(moved, data, used);
    return moved;
}

ArenaMark arena_mark(const Arena *arena)
{
    return (ArenaMark){ .chunk = arena->last, .used = arena->last->used, .total = arena->total };
}

void arena_reset_to(Arena *arena, ArenaMark mark)
{
    while (arena->last != mark.chunk)
        drop_last(arena);
    arena->last->used = mark.used;
}

size_t arena_used_bytes(const Arena *arena)
{
    return arena->total - arena->last->size + arena->last->used;
}

size_t arena_held_bytes(const Arena *arena)
{
    return arena->total;
}

Error *arena_check(Arena *arena)
{
    if (arena->total <= arena->max_bytes)
        return NULL;
    return error_new(arena, ERROR_TOO_LARGE,
                     "The request needs more memory than one request may use");
}
