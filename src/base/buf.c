#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"

#define BUF_FIRST_BYTES 256

void buf_init(Buf *buf, Arena *arena, size_t max_bytes)
{
    *buf = (Buf){ .arena = arena, .max_bytes = max_bytes };
}

char *buf_reserve(Buf *buf, size_t more)
{
    size_t needed;
    if (__builtin_add_overflow(buf->len, more, &needed) || needed > buf->max_bytes) {
        buf->is_over = true;
        return NULL;
    }
    if (needed > buf->capacity) {
        size_t capacity = buf->capacity < BUF_FIRST_BYTES ? BUF_FIRST_BYTES : buf->capacity * 2;
        if (capacity < needed)
            capacity = needed;
        if (capacity > buf->max_bytes)
            capacity = buf->max_bytes;
        buf->data = arena_grow(buf->arena, buf->data, buf->len, buf->capacity, capacity);
        buf->capacity = capacity;
    }
    return buf->data + buf->len;
}

void buf_append_slow(Buf *buf, Str str)
{
    char *room = buf_reserve(buf, str.len);
    if (room == NULL)
        return;
    memcpy(room, str.data, str.len);
    buf->len += str.len;
}

void buf_append_int(Buf *buf, int64_t value)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--at] = '-';
    buf_append(buf, (Str){ digits + at, sizeof digits - at });
}

void buf_format(Buf *buf, const char *format, ...)
{
    char small[512];
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if ((size_t)len < sizeof small) {
        buf_append(buf, (Str){ small, (size_t)len });
    } else {
        char *room = buf_reserve(buf, (size_t)len + 1);
        if (room != NULL) {
            vsnprintf(room, (size_t)len + 1, format, again);
            buf->len += (size_t)len;
        }
    }
    va_end(again);
}

Error *buf_check(const Buf *buf)
{
    if (!buf->is_over)
        return NULL;
    return error_new(buf->arena, ERROR_TOO_LARGE,
                     "The answer would be larger than %zu MiB; ask for fewer or smaller records",
                     buf->max_bytes >> 20);
}
