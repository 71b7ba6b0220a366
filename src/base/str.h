#pragma once
/* Str: borrowed bytes with a length; not NUL-terminated, never owned. Passed by value. A Str with
 * `data` NULL is "absent" where a header says so; an empty text has data and length 0. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

typedef struct Str {
    const char *data;
    size_t len;
} Str;

#define STR(literal) ((Str){ "" literal "", sizeof(literal) - 1 })
#define STR_NONE ((Str){ NULL, 0 })
/* For "%.*s". */
#define STR_ARGS(str) (int)(str).len, ((str).data != NULL ? (str).data : "")

static inline Str str_from(const char *text)
{
    return text == NULL ? STR_NONE : (Str){ text, strlen(text) };
}

static inline bool str_equal(Str a, Str b)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): what has a length has data */
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool str_is_none(Str str)
{
    return str.data == NULL;
}

static inline Str str_slice(Str str, size_t from, size_t to)
{
    return (Str){ str.data + from, to - from };
}

bool str_equal_ignoring_case(Str a, Str b); /* ASCII */
bool str_starts_with(Str str, Str prefix);
bool str_ends_with(Str str, Str suffix);
/* -1, 0, 1 by bytes. */
int str_compare(Str a, Str b);
/* Index of `wanted` at or after `from`, or str.len. */
size_t str_find(Str str, char wanted, size_t from);
/* Without ASCII white space at both ends. */
Str str_trim(Str str);
/* The part before the next `separator`; moves `rest` behind it. False when `rest` was none; sets it
 * to none at the end. */
bool str_next_part(Str *rest, char separator, Str *out);
uint64_t str_hash(Str str);

Str str_copy(Arena *arena, Str str);
/* NUL-terminated copy for libraries. */
char *str_copy_c(Arena *arena, Str str);
Str str_concat(Arena *arena, Str a, Str b);
Str str_format(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Decimal digits with optional '-'; false on anything else or overflow. */
bool str_parse_int(Str str, int64_t *out);
