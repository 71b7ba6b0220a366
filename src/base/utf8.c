#include "base/utf8.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "base/memory.h"

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Bytes of the valid sequence at `at`, or 0. */
static size_t sequence_len(Str text, size_t at)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned char lead = (unsigned char)text.data[at];
    size_t len = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.len - at < len)
        return 0;
    uint32_t code = lead & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        if (!is_continuation(text.data[at + i]))
            return 0;
        code = code << 6 | ((unsigned char)text.data[at + i] & 0x3F);
    }
    bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < least[len] || code > 0x10FFFF || is_surrogate ? 0 : len;
}

static bool is_plain_ascii(Str text)
{
    uint64_t seen = 0;
    size_t i = 0;
    for (; i + 8 <= text.len; i += 8) {
        uint64_t word;
        memcpy(&word, text.data + i, 8);
        seen |= word;
    }
    for (; i < text.len; i++)
        seen |= (unsigned char)text.data[i];
    return (seen & 0x8080808080808080u) == 0;
}

bool utf8_is_valid(Str text)
{
    if (text.len > 0 && memchr(text.data, '\0', text.len) != NULL)
        return false;
    if (is_plain_ascii(text))
        return true;
    size_t at = 0;
    while (at < text.len) {
        size_t len = (unsigned char)text.data[at] < 0x80 ? 1 : sequence_len(text, at);
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

size_t utf8_count_chars(Str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += !is_continuation(text.data[i]);
    return count;
}

Str utf8_prefix(Str text, size_t max_chars)
{
    if (text.len <= max_chars)
        return text;
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += !is_continuation(text.data[i]);
        if (count > max_chars)
            return str_slice(text, 0, i);
    }
    return text;
}

static Str fold_ascii(Arena *arena, Str text)
{
    char *out = arena_alloc(arena, text.len);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    return (Str){ out, text.len };
}

static Str map_with(Arena *arena, Str text, int options)
{
    utf8proc_uint8_t *mapped = NULL;
    utf8proc_ssize_t len =
        utf8proc_map((const utf8proc_uint8_t *)text.data, (utf8proc_ssize_t)text.len, &mapped,
                     (utf8proc_option_t)options);
    if (len < 0) {
        if (len == UTF8PROC_ERROR_NOMEM)
            memory_exhausted("utf8proc", text.len);
        return str_copy(arena, text);
    }
    Str result = str_copy(arena, (Str){ (const char *)mapped, (size_t)len });
    free(mapped); /* utf8proc allocates with malloc */
    return result;
}

Str utf8_fold(Arena *arena, Str text)
{
    if (is_plain_ascii(text))
        return fold_ascii(arena, text);
    return map_with(arena, text,
                    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD |
                        UTF8PROC_STABLE);
}

Str utf8_fold_name(Arena *arena, Str text)
{
    Str trimmed = str_trim(text);
    if (is_plain_ascii(trimmed))
        return fold_ascii(arena, trimmed);
    return map_with(arena, trimmed, UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STABLE);
}
