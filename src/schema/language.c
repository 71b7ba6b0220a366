#include "schema/language.h"

#define MAX_PARTS 4

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_part(Str part, bool is_first)
{
    size_t most = is_first ? 3 : 8;
    if (part.len < 2 || part.len > most)
        return false;
    for (size_t i = 0; i < part.len; i++) {
        bool is_digit = part.data[i] >= '0' && part.data[i] <= '9';
        if (is_first ? !is_lower(part.data[i]) : !is_lower(lower(part.data[i])) && !is_digit)
            return false;
    }
    return true;
}

bool language_is_code(Str code)
{
    Str rest = code;
    Str part;
    size_t count = 0;
    if (code.len == 0 || code.len > LANGUAGE_MAX_CODE)
        return false;
    while (str_next_part(&rest, '_', &part))
        if (++count > MAX_PARTS || !is_part(part, count == 1))
            return false;
    return count > 0;
}

Language language_make(Arena *arena, Str code, unsigned index)
{
    char *word = str_copy_c(arena, code);
    char *suffix = str_copy_c(arena, code);
    size_t len = 0;
    bool begins_part = true;
    for (size_t i = 0; i < code.len; i++) {
        word[i] = lower(code.data[i]);
        if (code.data[i] == '_') {
            begins_part = true;
            continue;
        }
        suffix[len++] = begins_part && is_lower(word[i]) ? (char)(word[i] - 32) : word[i];
        begins_part = false;
    }
    return (Language){ .code = str_copy(arena, code),
                       .suffix = (Str){ suffix, len },
                       .word = (Str){ word, code.len },
                       .index = index };
}
