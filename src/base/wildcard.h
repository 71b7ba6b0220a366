#pragma once
/* Wildcard: LIKE patterns on text of any length in bounded time - '%' any run, '_' one character,
 * '\' takes the next character as it is. The whole text must fit. Bytes are compared as they are:
 * both sides come folded. */

#include "base/str.h"

typedef enum WildcardOutcome {
    WILDCARD_FITS,
    WILDCARD_DIFFERS,
    WILDCARD_TOO_COSTLY
} WildcardOutcome;

/* Goes back to the last '%' only, so the steps are at most text times pattern; `steps` is what may
 * be spent, and what is left of it afterwards. */
WildcardOutcome wildcard_match(Str pattern, Str text, uint64_t *steps);
