#pragma once
/* Digest: SHA-256 as lower-case hex, of several texts as if they stood one after the other, each
 * with its length before it. */

#include "base/str.h"

#define DIGEST_CHARS 64

Str digest_of(Arena *arena, const Str *parts, size_t count);
