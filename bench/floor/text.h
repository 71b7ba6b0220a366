#pragma once
/* Text: a growing buffer for answers, with the few writers that JSON needs. One owner at a time, no
 * locks; ends the program when memory is out. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct Text {
    char *data;
    size_t len;
    size_t capacity;
} Text;

void text_grow(Text *text, size_t more);

/* Room for `more` bytes behind what is there. */
static inline char *text_reserve(Text *text, size_t more)
{
    if (text->capacity - text->len < more)
        text_grow(text, more);
    return text->data + text->len;
}

static inline void text_put(Text *text, const char *data, size_t len)
{
    memcpy(text_reserve(text, len), data, len);
    text->len += len;
}

static inline void text_put_byte(Text *text, char byte)
{
    *text_reserve(text, 1) = byte;
    text->len++;
}

#define TEXT_PUT_LITERAL(text, literal) text_put(text, literal, sizeof(literal) - 1)

void text_put_int(Text *text, int64_t value);
void text_put_real(Text *text, double value);
/* Quoted and escaped. */
void text_put_string(Text *text, const char *data, size_t len);
