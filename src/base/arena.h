#pragma once
/* Arena: memory that is given back all at once.
 * One arena serves one lifetime (a request, a job, a schema snapshot); nothing in it is freed
 * alone. It grows in chunks; `arena_reset` keeps the first chunk, so that a warm arena serves a
 * usual request without malloc. Not thread-safe: one thread at a time. Out of memory aborts. Limit:
 * past `max_bytes` the arena still serves (a caller can't handle failure at every allocation) but
 * `arena_check` says TOO_LARGE; loops over outside data call it once a round. Past four times the
 * limit it aborts. */

#include <stdbool.h>
#include <stddef.h>

typedef struct Arena Arena;
typedef struct Error Error;

#define must_check __attribute__((warn_unused_result))

typedef struct ArenaMark {
    void *chunk;
    size_t used;
    size_t total;
} ArenaMark;

Arena *arena_new(size_t first_chunk_bytes, size_t max_bytes);
void arena_free(Arena *arena);
void arena_reset(Arena *arena);

/* Aligned for any type; not zeroed. `size` 0 gives a valid pointer. */
void *arena_alloc(Arena *arena, size_t size)
    __attribute__((malloc, returns_nonnull, alloc_size(2)));
void *arena_zalloc(Arena *arena, size_t size)
    __attribute__((malloc, returns_nonnull, alloc_size(2)));
/* `count * size` with overflow check, zeroed. */
void *arena_array(Arena *arena, size_t count, size_t size) __attribute__((returns_nonnull));
/* Makes the block at `data` longer, in place when it is the newest one, else by copying `used`
 * bytes. */
void *arena_grow(Arena *arena, void *data, size_t used, size_t old_size, size_t new_size)
    __attribute__((returns_nonnull));

ArenaMark arena_mark(const Arena *arena);
void arena_reset_to(Arena *arena, ArenaMark mark);
size_t arena_used_bytes(const Arena *arena);
/* What it has taken from the system, used or not. */
size_t arena_held_bytes(const Arena *arena);
Error *arena_check(Arena *arena) must_check;

#define ARENA_NEW(arena, type) ((type *)arena_zalloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))
