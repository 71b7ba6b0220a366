#pragma once
/* Sanitizer: HTML from outside, without what runs when it is shown - scripts, event handlers,
 * `javascript:` and the like (spec 3.8). Only elements and attributes that are known to be harmless
 * stay, and they are written anew, quoted and escaped, so that every browser reads them alike;
 * unknown elements leave their content behind. What it gives it gives back unchanged. Text without
 * a `<` is left alone. */

#include "base/str.h"

#define SANITIZER_MAX_DEPTH 200

/* False when it is nested too deep. `html` is valid UTF-8. */
bool sanitizer_clean(Arena *arena, Str html, Str *out);
