#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool str_equal_ignoring_case(Str a, Str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
            return false;
    return true;
}

bool str_starts_with(Str str, Str prefix)
{
    return str.len >= prefix.len && memcmp(str.data, prefix.data, prefix.len) == 0;
}

bool str_ends_with(Str str, Str suffix)
{
    return str.len >= suffix.len &&
           memcmp(str.data + str.len - suffix.len, suffix.data, suffix.len) == 0;
}

int str_compare(Str a, Str b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared == 0 ? 0 : memcmp(a.data, b.data, shared);
    if (order != 0)
        return order < 0 ? -1 : 1;
    return (a.len > b.len) - (a.len < b.len);
}

size_t str_find(Str str, char wanted, size_t from)
{
    if (from >= str.len)
        return str.len;
    const char *hit = memchr(str.data + from, wanted, str.len - from);
    return hit == NULL ? str.len : (size_t)(hit - str.data);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

Str str_trim(Str str)
{
    size_t from = 0;
    size_t to = str.len;
    while (from < to && is_space(str.data[from]))
        from++;
    while (to > from && is_space(str.data[to - 1]))
        to--;
    return str_slice(str, from, to);
}

bool str_next_part(Str *rest, char separator, Str *out)
{
    if (rest->data == NULL)
        return false;
    size_t end = str_find(*rest, separator, 0);
    *out = str_slice(*rest, 0, end);
    *rest = end == rest->len ? STR_NONE : str_slice(*rest, end + 1, rest->len);
    return true;
}

uint64_t str_hash(Str str)
{
    /* FNV-1a, eight bytes a round; only for tables that outsiders don't fill without a limit. */
    uint64_t hash = 0xcbf29ce484222325u ^ str.len;
    size_t i = 0;
    for (; i + 8 <= str.len; i += 8) {
        uint64_t word;
        memcpy(&word, str.data + i, 8);
        hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 29;
    }
    for (; i < str.len; i++)
        hash = (hash ^ (unsigned char)str.data[i]) * 0x100000001b3u;
    return hash ^ (hash >> 32);
}

Str str_copy(Arena *arena, Str str)
{
    if (str.data == NULL)
        return STR_NONE;
    char *data = arena_alloc(arena, str.len);
    memcpy(data, str.data, str.len);
    return (Str){ data, str.len };
}

char *str_copy_c(Arena *arena, Str str)
{
    char *data = arena_alloc(arena, str.len + 1);
    if (str.len > 0)
        memcpy(data, str.data, str.len);
    data[str.len] = '\0';
    return data;
}

Str str_concat(Arena *arena, Str a, Str b)
{
    char *data = arena_alloc(arena, a.len + b.len);
    if (a.len > 0)
        memcpy(data, a.data, a.len);
    if (b.len > 0)
        memcpy(data + a.len, b.data, b.len);
    return (Str){ data, a.len + b.len };
}

Str str_format(Arena *arena, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *data = arena_alloc(arena, (size_t)len + 1);
    vsnprintf(data, (size_t)len + 1, format, again);
    va_end(again);
    return (Str){ data, (size_t)len };
}

bool str_parse_int(Str str, int64_t *out)
{
    bool is_negative = str.len > 0 && str.data[0] == '-';
    int64_t value = 0;
    if (str.len == (is_negative ? 1u : 0u))
        return false;
    for (size_t i = is_negative; i < str.len; i++) {
        if (str.data[i] < '0' || str.data[i] > '9')
            return false;
        int digit = str.data[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, is_negative ? -digit : digit, &value))
            return false;
    }
    *out = value;
    return true;
}
