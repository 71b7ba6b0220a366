#include "base/wildcard.h"

static size_t next_char(Str text, size_t at)
{
    at++;
    while (at < text.len && ((unsigned char)text.data[at] & 0xC0) == 0x80)
        at++;
    return at;
}

/* Whether the pattern's character at `*p` takes the text's at `*t`; moves both on. '%' is not asked
 * here. */
static bool take_one(Str pattern, size_t *p, Str text, size_t *t)
{
    bool is_escaped = pattern.data[*p] == '\\' && *p + 1 < pattern.len;
    if (pattern.data[*p] == '_') {
        *p += 1;
        *t = next_char(text, *t);
        return true;
    }
    if (pattern.data[*p + is_escaped] != text.data[*t])
        return false;
    *p += 1u + is_escaped;
    *t += 1;
    return true;
}

WildcardOutcome wildcard_match(Str pattern, Str text, uint64_t *steps)
{
    size_t p = 0;
    size_t t = 0;
    size_t after_run = SIZE_MAX; /* pattern behind the last '%' */
    size_t run_end = 0;          /* where that '%' ends in the text, as tried now */
    while (t < text.len) {
        if ((*steps)-- == 0)
            return WILDCARD_TOO_COSTLY;
        if (p < pattern.len && pattern.data[p] == '%') {
            after_run = ++p;
            run_end = t;
        } else if (p < pattern.len && take_one(pattern, &p, text, &t)) {
            continue;
        } else if (after_run != SIZE_MAX) {
            p = after_run;
            run_end = next_char(text, run_end);
            t = run_end;
        } else {
            return WILDCARD_DIFFERS;
        }
    }
    while (p < pattern.len && pattern.data[p] == '%')
        p++;
    return p == pattern.len ? WILDCARD_FITS : WILDCARD_DIFFERS;
}
