#pragma once
/* Query string in the bracket notation of spec 4.1 -> value tree: an object of the roots, leaves
 * all text. `where[0][type]=in&where[0][value][]=x` gives {"where":[{"type":"in","value":["x"]}]}.
 * A node whose keys are all non-negative integers (no leading zeros) is a list in order of
 * appearance; a name given twice keeps its place and takes the last value. Pure function of bytes;
 * Str may point into `query`, which must live as long as the tree. INVALID `badParameter`: a limit
 * below (keys: each root and each bracket), unclosed bracket, bad percent escape in a name, not
 * UTF-8, NUL, one name both as a value and with brackets. A '%' in a value that starts no escape
 * stays a '%'. */

#include "json/json.h"

#define BRACKETS_MAX_PARAMETERS 1000
#define BRACKETS_MAX_DEPTH 16
#define BRACKETS_MAX_KEY_BYTES 256

Error *brackets_read(Arena *arena, Str query, const JsonValue **out) must_check;
/* One path segment or form value: percent escapes ('+' -> space only with `is_form`); INVALID as
 * above, strict. */
Error *brackets_decode(Arena *arena, Str text, bool is_form, Str *out) must_check;
