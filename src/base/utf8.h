#pragma once
/* UTF-8: validity, length in characters, folding for search (design: NFKD, combining marks dropped,
 * case-folded). */

#include "base/str.h"

/* Valid UTF-8 without surrogates and without NUL. */
bool utf8_is_valid(Str text);
size_t utf8_count_chars(Str text);
/* The longest prefix with at most `max_chars` characters. */
Str utf8_prefix(Str text, size_t max_chars);
/* The form in which text is searched. Plain ASCII costs one pass. Input must be valid. */
Str utf8_fold(Arena *arena, Str text);
/* NFC, trimmed, case-folded: for comparing user names. */
Str utf8_fold_name(Arena *arena, Str text);
