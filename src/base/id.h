#pragma once
/* Ids (spec 3.7): `a` + 26 characters of Crockford base32 that hold a UUIDv7. They sort by creation
 * time and rise within a process, also inside one millisecond and when the wall clock steps back.
 * Thread-safe. */

#include "base/str.h"

#define ID_LEN 27
#define ID_MAX_LEN 64

Str id_new(Arena *arena);
/* Writes ID_LEN bytes, no NUL. */
void id_write(char *out);
/* One of the ids that belong to `base`, an id of ours: the same for the same number, rising with
 * it. `number` below ID_SERIES. */
#define ID_SERIES (1u << 20)
Str id_in_series(Arena *arena, Str base, uint32_t number);
/* An id that a client may give: [A-Za-z0-9][A-Za-z0-9_.-]{0,63}, and none of the words that routes
 * use (spec 1.1). */
bool id_is_valid(Str id);
