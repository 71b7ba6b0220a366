#pragma once
/* Buf: bytes that grow, for building text. Lives in an arena. Past `max_bytes` it stops growing,
 * drops what is appended and `buf_check` says TOO_LARGE: check once at the end, not at each append.
 */

#include "base/str.h"

typedef struct Buf {
    Arena *arena;
    char *data;
    size_t len;
    size_t capacity;
    size_t max_bytes;
    bool is_over;
} Buf;

void buf_init(Buf *buf, Arena *arena, size_t max_bytes);
/* Room for `more` bytes at data + len, or NULL when over the limit; the caller adds what it wrote
 * to `len`. */
char *buf_reserve(Buf *buf, size_t more);
void buf_append_slow(Buf *buf, Str str);
void buf_append_int(Buf *buf, int64_t value);
void buf_format(Buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
Error *buf_check(const Buf *buf) must_check;

static inline void buf_append(Buf *buf, Str str)
{
    if (buf->capacity - buf->len < str.len) {
        buf_append_slow(buf, str);
        return;
    }
    if (str.len > 0)
        memcpy(buf->data + buf->len, str.data, str.len);
    buf->len += str.len;
}

static inline void buf_append_byte(Buf *buf, char byte)
{
    buf_append(buf, (Str){ &byte, 1 });
}

static inline Str buf_str(const Buf *buf)
{
    return (Str){ buf->data != NULL ? buf->data : "", buf->len };
}
