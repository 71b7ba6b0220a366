#include "json/json_reader.h"

#include <assert.h>

#include "base/memory.h"
#include "base/random.h"
#include "json/json_simdjson.h"

#define FEW_MEMBERS 16 /* up to here comparing keys is quicker than hashing them */

typedef struct Reader {
    Arena *arena;
    Str text;
    const uint32_t *starts; /* offsets of the tokens */
    size_t count;
    size_t at; /* the token to read next */
    size_t depth;
    size_t values;
    JsonMember *open; /* members and items of the containers that are not closed yet, one behind the
                         other */
    size_t open_count;
} Reader;

static size_t token_start(const Reader *reader)
{
    return reader->at < reader->count ? reader->starts[reader->at] : reader->text.len;
}

/* First byte of the next token; 0 at the end, which starts no token of valid JSON. */
static char token_byte(const Reader *reader)
{
    return reader->at < reader->count ? reader->text.data[reader->starts[reader->at]] : '\0';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The next token, without the white space that follows it. */
static Str token_text(const Reader *reader)
{
    size_t start = token_start(reader);
    size_t end = reader->at + 1 < reader->count ? reader->starts[reader->at + 1] : reader->text.len;
    while (end > start && is_space(reader->text.data[end - 1]))
        end--;
    return str_slice(reader->text, start, end);
}

static Error *refuse(const Reader *reader, const char *what)
{
    if (reader->at >= reader->count)
        return error_new_code(reader->arena, ERROR_INVALID, "invalidJson",
                              "Not valid JSON: it ends too early, %s", what);
    return error_new_code(reader->arena, ERROR_INVALID, "invalidJson",
                          "Not valid JSON at byte %zu: %s", token_start(reader) + 1, what);
}

static Error *refuse_limit(const Reader *reader, const char *what, size_t limit)
{
    return error_new_code(reader->arena, ERROR_INVALID, "invalidJson",
                          "The JSON at byte %zu has more than %zu %s", token_start(reader) + 1,
                          limit, what);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The four digits behind "\u" at `at`; false when there are none. */
static bool parse_hex4(Str raw, size_t at, uint32_t *out)
{
    if (raw.len - at < 6 || raw.data[at] != '\\' || raw.data[at + 1] != 'u')
        return false;
    uint32_t code = 0;
    for (size_t i = at + 2; i < at + 6; i++) {
        int digit = hex_digit(raw.data[i]);
        if (digit < 0)
            return false;
        code = code << 4 | (uint32_t)digit;
    }
    *out = code;
    return true;
}

static size_t write_utf8(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)(leads[len] | code);
    return len;
}

/* A "\uXXXX" or a pair of them at `at`; never writes more bytes than it reads. */
static Error *read_code_point(const Reader *reader, Str raw, size_t *at, char **to)
{
    uint32_t code;
    if (!parse_hex4(raw, *at, &code))
        return refuse(reader, "\\u needs four hexadecimal digits");
    *at += 6;
    if (code == 0)
        return refuse(reader, "text may not hold the character NUL (\\u0000)");
    if (code >= 0xD800 && code <= 0xDFFF) {
        uint32_t low;
        if (code >= 0xDC00 || !parse_hex4(raw, *at, &low) || low < 0xDC00 || low > 0xDFFF)
            return refuse(reader, "half of a surrogate pair (\\ud800 to \\udfff) stands alone");
        *at += 6;
        code = 0x10000 + ((code - 0xD800) << 10 | (low - 0xDC00));
    }
    *to += write_utf8(code, *to);
    return NULL;
}

/* `raw` stands between the quotes and holds escapes. */
static Error *unescape(const Reader *reader, Str raw, Str *out)
{
    static const char plain[256] = {
        ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
        ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
    };
    char *data = arena_alloc(reader->arena, raw.len);
    char *to = data;
    size_t at = 0;
    while (at < raw.len) {
        size_t run = str_find(raw, '\\', at) - at;
        memcpy(to, raw.data + at, run);
        to += run;
        at += run;
        if (at == raw.len)
            break;
        unsigned char escaped = at + 1 < raw.len ? (unsigned char)raw.data[at + 1] : 0;
        if (escaped == 'u') {
            TRY(read_code_point(reader, raw, &at, &to));
        } else if (plain[escaped] != 0) {
            *to++ = plain[escaped];
            at += 2;
        } else {
            return refuse(
                reader,
                "unknown escape in a text; allowed are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
        }
    }
    *out = (Str){ data, (size_t)(to - data) };
    return NULL;
}

static Error *read_text(Reader *reader, Str *out)
{
    /* The scan has seen to it that the quote is closed and that no other token stands before the
     * next offset: the closing quote is the last byte. */
    Str token = token_text(reader);
    if (token.len < 2 || token.data[token.len - 1] != '"')
        return refuse(reader, "a text without its closing quote");
    Str raw = str_slice(token, 1, token.len - 1);
    if (raw.len > 0 && memchr(raw.data, '\\', raw.len) != NULL)
        TRY(unescape(reader, raw, &raw));
    *out = raw;
    reader->at++;
    return NULL;
}

static size_t skip_digits(Str text, size_t at)
{
    while (at < text.len && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at;
}

/* JSON's grammar: -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
static bool is_number(Str text, bool *out_is_whole)
{
    size_t at = text.data[0] == '-';
    size_t whole = at;
    at = skip_digits(text, whole);
    if (at == whole || (text.data[whole] == '0' && at > whole + 1))
        return false;
    *out_is_whole = at == text.len;
    if (at < text.len && text.data[at] == '.') {
        size_t fraction = at + 1;
        at = skip_digits(text, fraction);
        if (at == fraction)
            return false;
    }
    if (at < text.len && (text.data[at] | 0x20) == 'e') {
        size_t exponent = at + 1;
        if (exponent < text.len && (text.data[exponent] == '+' || text.data[exponent] == '-'))
            exponent++;
        at = skip_digits(text, exponent);
        if (at == exponent)
            return false;
    }
    return at == text.len;
}

static Error *read_number(Reader *reader, JsonValue *out)
{
    Str text = token_text(reader);
    bool is_whole = false;
    if (text.len > JSON_MAX_NUMBER_CHARS)
        return refuse_limit(reader, "characters in one number or word", JSON_MAX_NUMBER_CHARS);
    if (!is_number(text, &is_whole))
        return refuse(reader, "a number is not written as JSON wants it");
    if (is_whole && str_parse_int(text, &out->integer)) {
        out->kind = JSON_INT;
    } else {
        out->kind = JSON_REAL;
        if (!json_simdjson_parse_real(text.data, text.len, &out->real))
            return refuse(reader, "a number is too large");
    }
    reader->at++;
    return NULL;
}

static Error *read_word(Reader *reader, JsonValue *out)
{
    Str word = token_text(reader);
    if (str_equal(word, STR("null")))
        out->kind = JSON_NULL;
    else if (str_equal(word, STR("true")) || str_equal(word, STR("false"))) {
        out->kind = JSON_BOOL;
        out->boolean = word.data[0] == 't';
    } else
        return refuse(reader, "expected a value: an object, a list, a text in double quotes, a "
                              "number, true, false or null");
    reader->at++;
    return NULL;
}

/* Wide multiplication, seeded: outsiders choose the keys and must not be able to choose collisions.
 */
static uint64_t hash_key(Str key, uint64_t seed)
{
    uint64_t hash = seed ^ key.len;
    for (size_t at = 0; at < key.len; at += 8) {
        uint64_t word = 0;
        memcpy(&word, key.data + at, key.len - at < 8 ? key.len - at : 8);
        unsigned __int128 product = (unsigned __int128)(hash ^ word) * (seed | 0x9E3779B97F4A7C15u);
        hash = (uint64_t)product ^ (uint64_t)(product >> 64);
    }
    return hash ^ (hash >> 29);
}

/* Keeps `members[i]` as number `kept`, or gives its value to the same key at `same`; gives the new
 * number kept. */
static size_t keep_member(JsonMember *members, size_t i, size_t same, size_t kept)
{
    if (same < kept) {
        members[same].value = members[i].value;
        return kept;
    }
    if (kept != i)
        members[kept] = members[i];
    return kept + 1;
}

static size_t merge_repeated_many(Arena *arena, JsonMember *members, size_t count)
{
    size_t size = 64;
    while (size < count * 2)
        size *= 2;
    ArenaMark mark = arena_mark(arena);
    uint32_t *table = ARENA_ARRAY(arena, uint32_t, size); /* number of the member + 1 */
    uint64_t seed;
    random_bytes(&seed, sizeof seed);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        size_t slot = hash_key(members[i].key, seed) & (size - 1);
        while (table[slot] != 0 && !str_equal(members[table[slot] - 1].key, members[i].key))
            slot = (slot + 1) & (size - 1);
        size_t same = table[slot] != 0 ? table[slot] - 1 : kept;
        table[slot] = (uint32_t)same + 1;
        kept = keep_member(members, i, same, kept);
    }
    arena_reset_to(arena, mark);
    return kept;
}

static uint64_t key_bit(Str key)
{
    if (key.len == 0)
        return 1;
    unsigned mixed = (unsigned)key.len * 7 + (unsigned char)key.data[0] * 3u +
                     (unsigned char)key.data[key.len - 1];
    return (uint64_t)1 << (mixed & 63);
}

static size_t merge_repeated_few(JsonMember *members, size_t count)
{
    uint64_t seen = 0;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bit = key_bit(members[i].key);
        size_t same = (seen & bit) != 0 ? 0 : kept;
        while (same < kept && !str_equal(members[same].key, members[i].key))
            same++;
        seen |= bit;
        kept = keep_member(members, i, same, kept);
    }
    return kept;
}

static Error *close_object(Reader *reader, size_t first, JsonValue *out)
{
    JsonMember *open = reader->open + first;
    size_t count = reader->open_count - first;
    count = count <= FEW_MEMBERS ? merge_repeated_few(open, count)
                                 : merge_repeated_many(reader->arena, open, count);
    JsonMember *members = arena_alloc(reader->arena, count * sizeof(JsonMember));
    memcpy(members, open, count * sizeof(JsonMember));
    out->kind = JSON_OBJECT;
    out->object.members = members;
    out->object.count = count;
    reader->open_count = first;
    reader->depth--;
    reader->at++;
    return arena_check(reader->arena);
}

static Error *close_list(Reader *reader, size_t first, JsonValue *out)
{
    size_t count = reader->open_count - first;
    JsonValue *items = arena_alloc(reader->arena, count * sizeof(JsonValue));
    for (size_t i = 0; i < count; i++)
        items[i] = reader->open[first + i].value;
    out->kind = JSON_LIST;
    out->list.items = items;
    out->list.count = count;
    reader->open_count = first;
    reader->depth--;
    reader->at++;
    return arena_check(reader->arena);
}

static Error *enter_container(Reader *reader)
{
    if (reader->depth == JSON_MAX_DEPTH)
        return refuse_limit(reader, "levels of lists and objects", JSON_MAX_DEPTH);
    reader->depth++;
    reader->at++;
    return NULL;
}

static Error *read_value(Reader *reader, JsonValue *out);

static Error *read_list(Reader *reader, JsonValue *out)
{
    size_t first = reader->open_count;
    TRY(enter_container(reader));
    if (token_byte(reader) == ']')
        return close_list(reader, first, out);
    for (;;) {
        JsonValue item;
        TRY(read_value(reader, &item));
        reader->open[reader->open_count++].value = item;
        if (token_byte(reader) == ']')
            return close_list(reader, first, out);
        if (token_byte(reader) != ',')
            return refuse(reader, "expected ',' or ']' in a list");
        reader->at++;
    }
}

static Error *read_object(Reader *reader, JsonValue *out)
{
    size_t first = reader->open_count;
    TRY(enter_container(reader));
    if (token_byte(reader) == '}')
        return close_object(reader, first, out);
    for (;;) {
        JsonMember member;
        if (reader->open_count - first == JSON_MAX_MEMBERS)
            return refuse_limit(reader, "members in one object", JSON_MAX_MEMBERS);
        if (token_byte(reader) != '"')
            return refuse(reader, "expected a key in double quotes");
        TRY(read_text(reader, &member.key));
        if (token_byte(reader) != ':')
            return refuse(reader, "expected ':' behind a key");
        reader->at++;
        TRY(read_value(reader, &member.value));
        reader->open[reader->open_count++] = member;
        if (token_byte(reader) == '}')
            return close_object(reader, first, out);
        if (token_byte(reader) != ',')
            return refuse(reader, "expected ',' or '}' in an object");
        reader->at++;
    }
}

static Error *read_value(Reader *reader, JsonValue *out)
{
    if (reader->values == JSON_MAX_VALUES)
        return refuse_limit(reader, "values", JSON_MAX_VALUES);
    reader->values++;
    char byte = token_byte(reader);
    switch (byte) {
    case '"':
        out->kind = JSON_TEXT;
        return read_text(reader, &out->text);
    case '{':
        return read_object(reader, out);
    case '[':
        return read_list(reader, out);
    default:
        return byte == '-' || (byte >= '0' && byte <= '9') ? read_number(reader, out)
                                                           : read_word(reader, out);
    }
}

static Error *read_tree(Reader *reader, const JsonValue **out)
{
    JsonValue *root = ARENA_NEW(reader->arena, JsonValue);
    TRY(read_value(reader, root));
    if (reader->at < reader->count)
        return refuse(reader, "something follows the end of the value");
    *out = root;
    return NULL;
}

static Error *refuse_scan(Arena *arena, JsonScan scan)
{
    /* clang-format off */
    static const char *const reasons[] = {
        [JSON_SCAN_EMPTY]             = "there is nothing but white space",
        [JSON_SCAN_NOT_UTF8]          = "it is not UTF-8",
        [JSON_SCAN_UNCLOSED_TEXT]     = "a text has no closing quote",
        [JSON_SCAN_CONTROL_CHARACTER] = "a control character in a text is not escaped",
        [JSON_SCAN_TOO_LONG]          = "it is too long",
        [JSON_SCAN_BROKEN]            = "it can't be read",
    };
    /* clang-format on */
    return error_new_code(arena, ERROR_INVALID, "invalidJson", "Not valid JSON: %s", reasons[scan]);
}

Error *json_read(Arena *arena, Str text, const JsonValue **out)
{
    Reader reader = { .arena = arena, .text = text };
    JsonScan scan = text.len == 0
                        ? JSON_SCAN_EMPTY
                        : json_simdjson_scan(text.data, text.len, &reader.starts, &reader.count);
    if (scan == JSON_SCAN_NO_MEMORY)
        memory_exhausted("json", text.len);
    if (scan != JSON_SCAN_DONE) {
        json_simdjson_scan_end();
        return refuse_scan(arena, scan);
    }
    /* Between two values stands at least one token of another kind. */
    size_t most_open = reader.count / 2 + 1;
    if (most_open > JSON_MAX_VALUES)
        most_open = JSON_MAX_VALUES;
    reader.open = memory_alloc(most_open * sizeof(JsonMember));
    Error *error = read_tree(&reader, out);
    memory_free(reader.open);
    json_simdjson_scan_end();
    return error;
}
