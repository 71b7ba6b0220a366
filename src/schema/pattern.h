#pragma once
/* Pattern: the regular expression of a field (spec 3.8), written with delimiters and flags:
 * `/^[0-9]{8}$/i`. Compiled once a schema and shared by threads; a match is bounded in steps and
 * memory, whatever pattern and text are. Compiled code lies outside the arena: pattern_free. */

#include "base/str.h"

typedef struct Pattern {
    struct Pattern *next; /* of the schema's */
    void *code;
    void *limits;
} Pattern;

typedef enum PatternOutcome {
    PATTERN_MATCHES,
    PATTERN_DIFFERS,
    PATTERN_TOO_COSTLY, /* given up: nobody knows whether it would match */
} PatternOutcome;

#define PATTERN_MAX_BYTES 4096

/* NULL, and why, when the text is no pattern. */
Pattern *pattern_new(Arena *arena, Str text, Str *out_problem);
/* `text` is valid UTF-8; the arena is used and given back. */
PatternOutcome pattern_match(Arena *arena, const Pattern *pattern, Str text);
/* All of the list. */
void pattern_free(Pattern *pattern);
