#pragma once
/* Parameters: single values of a query string that was read into a tree (json/brackets.h). INVALID
 * `badParameter`, with the parameter as the field. */

#include "json/json.h"

/* `needs`: "must be …". */
Error *parameter_error(Arena *arena, Str name, const char *needs) must_check;
/* A scalar's text, none when absent or empty. */
Error *parameter_find(Arena *arena, const JsonValue *parameters, Str name, Str *out) must_check;
/* A whole number from 0 to `max`; `*out` stays when absent. */
Error *parameter_read_number(Arena *arena, const JsonValue *parameters, Str name, int64_t max,
                             int64_t *out) must_check;
/* true, false, 1, 0 in any letter case; `*out` stays when absent. */
Error *parameter_read_bool(Arena *arena, const JsonValue *parameters, Str name,
                           bool *out) must_check;
