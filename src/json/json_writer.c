#include "json/json_writer.h"

#include <math.h>

#include "json/json_simdjson.h"

#define MAX_INT_CHARS 20 /* -9223372036854775808 */

typedef uint8_t Bytes16 __attribute__((vector_size(16)));

void json_writer_init(JsonWriter *writer, Buf *buf)
{
    *writer = (JsonWriter){ .buf = buf };
}

/* Room for the comma that is due (written here) and `size` bytes (at least 1), or NULL when over
 * the limit. */
static inline char *start_value(JsonWriter *writer, size_t size)
{
    Buf *buf = writer->buf;
    size_t more = size + writer->needs_comma;
    char *to = buf->capacity - buf->len >= more ? buf->data + buf->len : buf_reserve(buf, more);
    if (to == NULL)
        return NULL;
    *to = ','; /* written over when no comma is due */
    return to + writer->needs_comma;
}

static inline void end_value(JsonWriter *writer, const char *end)
{
    writer->buf->len = (size_t)(end - writer->buf->data);
}

static inline void write_bytes(JsonWriter *writer, const char *data, size_t len)
{
    char *to = len > 0 ? start_value(writer, len) : NULL;
    if (to == NULL)
        return;
    memcpy(to, data, len);
    end_value(writer, to + len);
}

void json_begin_object(JsonWriter *writer)
{
    write_bytes(writer, "{", 1);
    writer->needs_comma = false;
}

void json_end_object(JsonWriter *writer)
{
    buf_append_byte(writer->buf, '}');
    writer->needs_comma = true;
}

void json_begin_list(JsonWriter *writer)
{
    write_bytes(writer, "[", 1);
    writer->needs_comma = false;
}

void json_end_list(JsonWriter *writer)
{
    buf_append_byte(writer->buf, ']');
    writer->needs_comma = true;
}

static inline bool word_needs_escape(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t control = (word - ones * 0x20) & ~word;
    uint64_t quote = word ^ (ones * '"');
    uint64_t backslash = word ^ (ones * '\\');
    return ((control | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) &
            (ones << 7)) != 0;
}

static inline bool block_needs_escape(Bytes16 block)
{
    uint64_t halves[2];
    Bytes16 hits = (Bytes16)(block < 0x20) | (Bytes16)(block == '"') | (Bytes16)(block == '\\');
    memcpy(halves, &hits, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}

/* Fewer than 16 bytes, in two overlapping steps where there are enough. */
static inline size_t copy_clean_short(char *to, Str text)
{
    if (text.len >= 8) {
        uint64_t first;
        uint64_t last;
        memcpy(&first, text.data, 8);
        memcpy(&last, text.data + text.len - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + text.len - 8, &last, 8);
        return word_needs_escape(first) || word_needs_escape(last) ? 0 : text.len;
    }
    if (text.len >= 4) {
        uint32_t halves[2];
        uint64_t word;
        memcpy(&halves[0], text.data, 4);
        memcpy(&halves[1], text.data + text.len - 4, 4);
        memcpy(to, &halves[0], 4);
        memcpy(to + text.len - 4, &halves[1], 4);
        memcpy(&word, halves, 8);
        return word_needs_escape(word) ? 0 : text.len;
    }
    size_t i = 0;
    while (i < text.len && (unsigned char)text.data[i] >= 0x20 && text.data[i] != '"' &&
           text.data[i] != '\\') {
        to[i] = text.data[i];
        i++;
    }
    return i;
}

/* Copies `text` up to a place before the first byte that needs an escape; gives that place,
 * text.len when none does. The last step overlaps the one before, so that no byte behind `text` is
 * touched. */
static inline size_t copy_clean(char *to, Str text)
{
    if (text.len < 16)
        return copy_clean_short(to, text);
    Bytes16 block;
    size_t i = 0;
    for (; i + 16 <= text.len; i += 16) {
        memcpy(&block, text.data + i, 16);
        if (block_needs_escape(block))
            return i;
        memcpy(to + i, &block, 16);
    }
    memcpy(&block, text.data + text.len - 16, 16);
    if (block_needs_escape(block))
        return i;
    memcpy(to + text.len - 16, &block, 16);
    return text.len;
}

/* The letter behind the backslash; 'u' stands for \u00XX, 0 for no escape. */
/* clang-format off */
static const char escape_letters[256] = {
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b', 't', 'n', 'u', 'f', 'r', 'u', 'u',
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u',
    ['"'] = '"', ['\\'] = '\\',
};
/* clang-format on */

static char *write_escape(char *to, unsigned char byte, char letter)
{
    static const char digits[] = "0123456789abcdef";
    *to++ = '\\';
    *to++ = letter;
    if (letter == 'u') {
        *to++ = '0';
        *to++ = '0';
        *to++ = digits[byte >> 4];
        *to++ = digits[byte & 15];
    }
    return to;
}

static size_t escaped_len(Str text)
{
    size_t len = text.len;
    for (size_t i = 0; i < text.len; i++) {
        char letter = escape_letters[(unsigned char)text.data[i]];
        len += letter == 0 ? 0 : letter == 'u' ? 5 : 1;
    }
    return len;
}

/* `text` with its escapes and then `end`; the comma and the opening quote are written. */
static void write_escaped(Buf *buf, Str text, Str end)
{
    char *to = buf_reserve(buf, escaped_len(text) + end.len);
    if (to == NULL)
        return;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (escape_letters[byte] == 0) {
            *to++ = text.data[i];
            continue;
        }
        to = write_escape(to, byte, escape_letters[byte]);
        size_t clean = copy_clean(to, str_slice(text, i + 1, text.len));
        to += clean;
        i += clean;
    }
    memcpy(to, end.data, end.len);
    buf->len = (size_t)(to + end.len - buf->data);
}

/* `end` is the closing quote, for keys with the colon. */
static inline void write_quoted(JsonWriter *writer, Str text, Str end)
{
    char *to = start_value(writer, 1 + text.len + end.len);
    if (to == NULL)
        return;
    *to++ = '"';
    size_t clean = copy_clean(to, text);
    to += clean;
    if (clean < text.len) {
        end_value(writer, to);
        write_escaped(writer->buf, str_slice(text, clean, text.len), end);
        return;
    }
    memcpy(to, end.data, end.len);
    end_value(writer, to + end.len);
}

void json_write_key(JsonWriter *writer, Str key)
{
    write_quoted(writer, key, STR("\":"));
    writer->needs_comma = false;
}

void json_write_quoted_key(JsonWriter *writer, Str quoted)
{
    write_bytes(writer, quoted.data, quoted.len);
    writer->needs_comma = false;
}

Str json_quote_key(Arena *arena, Str key)
{
    Buf buf;
    JsonWriter writer;
    buf_init(&buf, arena, SIZE_MAX);
    json_writer_init(&writer, &buf);
    json_write_key(&writer, key);
    return buf_str(&buf);
}

void json_write_null(JsonWriter *writer)
{
    write_bytes(writer, "null", 4);
    writer->needs_comma = true;
}

void json_write_bool(JsonWriter *writer, bool value)
{
    if (value)
        write_bytes(writer, "true", 4);
    else
        write_bytes(writer, "false", 5);
    writer->needs_comma = true;
}

/* Writes so that the last digit stands before `end`; gives where the number begins. */
static char *format_int(int64_t value, char *end)
{
    /* clang-format off */
    static const char pairs[] =
        "00010203040506070809" "10111213141516171819" "20212223242526272829" "30313233343536373839"
        "40414243444546474849" "50515253545556575859" "60616263646566676869" "70717273747576777879"
        "80818283848586878889" "90919293949596979899";
    /* clang-format on */
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    while (rest >= 100) {
        end -= 2;
        memcpy(end, pairs + rest % 100 * 2, 2);
        rest /= 100;
    }
    if (rest >= 10) {
        end -= 2;
        memcpy(end, pairs + rest * 2, 2);
    } else {
        *--end = (char)('0' + rest);
    }
    if (value < 0)
        *--end = '-';
    return end;
}

void json_write_int(JsonWriter *writer, int64_t value)
{
    char digits[MAX_INT_CHARS];
    char *begin = format_int(value, digits + sizeof digits);
    write_bytes(writer, begin, (size_t)(digits + sizeof digits - begin));
    writer->needs_comma = true;
}

size_t json_format_real(double value, char *out)
{
    if (!isfinite(value)) {
        memcpy(out, "null", 4);
        return 4;
    }
    if (fabs(value) < 1e15 && (double)(int64_t)value == value) {
        char digits[MAX_INT_CHARS];
        char *begin = format_int((int64_t)value, digits + sizeof digits);
        size_t len = (size_t)(digits + sizeof digits - begin);
        memcpy(out, begin, len);
        return len;
    }
    return json_simdjson_write_real(value, out);
}

void json_write_real(JsonWriter *writer, double value)
{
    char text[JSON_SIMDJSON_REAL_BYTES];
    size_t len = json_format_real(value, text);
    write_bytes(writer, text, len);
    writer->needs_comma = true;
}

void json_write_text(JsonWriter *writer, Str value)
{
    write_quoted(writer, value, STR("\""));
    writer->needs_comma = true;
}

void json_write_text_or_null(JsonWriter *writer, Str value)
{
    if (str_is_none(value))
        json_write_null(writer);
    else
        json_write_text(writer, value);
}

void json_write_raw(JsonWriter *writer, Str json)
{
    write_bytes(writer, json.data, json.len);
    writer->needs_comma = true;
}

static void write_list(JsonWriter *writer, const JsonValue *list)
{
    json_begin_list(writer);
    for (size_t i = 0; i < list->list.count; i++)
        json_write_value(writer, &list->list.items[i]);
    json_end_list(writer);
}

static void write_object(JsonWriter *writer, const JsonValue *object)
{
    json_begin_object(writer);
    for (size_t i = 0; i < object->object.count; i++) {
        json_write_key(writer, object->object.members[i].key);
        json_write_value(writer, &object->object.members[i].value);
    }
    json_end_object(writer);
}

void json_write_value(JsonWriter *writer, const JsonValue *value)
{
    switch (value == NULL ? JSON_NULL : value->kind) {
    case JSON_NULL:
        json_write_null(writer);
        break;
    case JSON_BOOL:
        json_write_bool(writer, value->boolean);
        break;
    case JSON_INT:
        json_write_int(writer, value->integer);
        break;
    case JSON_REAL:
        json_write_real(writer, value->real);
        break;
    case JSON_TEXT:
        json_write_text(writer, value->text);
        break;
    case JSON_LIST:
        write_list(writer, value);
        break;
    case JSON_OBJECT:
        write_object(writer, value);
        break;
    }
}

Str json_to_text(Arena *arena, const JsonValue *value)
{
    Buf buf;
    JsonWriter writer;
    buf_init(&buf, arena, SIZE_MAX);
    json_writer_init(&writer, &buf);
    json_write_value(&writer, value);
    return buf_str(&buf);
}
