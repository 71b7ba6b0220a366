#include "text.h"

#include <err.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

void text_grow(Text *text, size_t more)
{
    size_t capacity = text->capacity * 2;
    if (capacity < text->len + more)
        capacity = text->len + more;
    if (capacity < 4096)
        capacity = 4096;
    text->data = realloc(text->data, capacity);
    if (text->data == NULL)
        err(1, "memory");
    text->capacity = capacity;
}

void text_put_int(Text *text, int64_t value)
{
    char digits[24];
    char *at = digits + sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        *--at = '-';
    text_put(text, at, (size_t)(digits + sizeof digits - at));
}

static bool put_cents(Text *text, double value)
{
    double cents = value * 100;
    if (fabs(cents) > 1e14 || value < 0)
        return false;
    int64_t count = (int64_t)(cents + 0.5);
    if ((double)count / 100 != value)
        return false;
    text_put_int(text, count / 100);
    text_put_byte(text, '.');
    text_put_byte(text, (char)('0' + count / 10 % 10));
    if (count % 10 != 0)
        text_put_byte(text, (char)('0' + count % 10));
    return true;
}

/* The shortest text that reads back as the same number; most are whole or prices. */
void text_put_real(Text *text, double value)
{
    if (fabs(value) < 1e15 && (double)(int64_t)value == value) {
        text_put_int(text, (int64_t)value);
        return;
    }
    if (put_cents(text, value))
        return;
    char *out = text_reserve(text, 32);
    int len = snprintf(out, 32, "%.15g", value);
    if (strtod(out, NULL) != value)
        len = snprintf(out, 32, "%.17g", value);
    text->len += (size_t)len;
}

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte != '"' && byte != '\\';
}

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Eight bytes at once: none of them a control character, quote or backslash. May say no too often.
 */
static bool are_plain(uint64_t bytes)
{
    uint64_t quote = bytes ^ EACH_BYTE('"');
    uint64_t backslash = bytes ^ EACH_BYTE('\\');
    uint64_t control = bytes - EACH_BYTE(0x20);
    uint64_t found = (control | (quote - EACH_BYTE(1)) | (backslash - EACH_BYTE(1))) & ~bytes;
    return (found & EACH_BYTE(0x80)) == 0;
}

static char *put_escape(char *out, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    *out++ = '\\';
    if (byte == '\n' || byte == '\r' || byte == '\t') {
        *out++ = byte == '\n' ? 'n' : byte == '\r' ? 'r' : 't';
        return out;
    }
    if (byte >= 0x20) {
        *out++ = (char)byte;
        return out;
    }
    memcpy(out, "u00", 3);
    out[3] = hex[byte >> 4];
    out[4] = hex[byte & 15];
    return out + 5;
}

void text_put_string(Text *text, const char *data, size_t len)
{
    char *start = text_reserve(text, len * 6 + 10);
    char *out = start;
    const char *end = data + len;
    *out++ = '"';
    while (data < end) {
        uint64_t bytes;
        if (end - data >= 8 && (memcpy(&bytes, data, 8), are_plain(bytes))) {
            memcpy(out, data, 8);
            out += 8;
            data += 8;
            continue;
        }
        unsigned char byte = (unsigned char)*data++;
        if (is_plain(byte))
            *out++ = (char)byte;
        else
            out = put_escape(out, byte);
    }
    *out++ = '"';
    text->len += (size_t)(out - start);
}
