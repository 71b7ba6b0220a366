#pragma once
/* JSON text -> value tree (simdjson inside). Pure function of bytes; thread-safe (a parser per
 * thread is kept warm). Limits: depth 64, 10,000 members of one object, 1,000,000 values, numbers
 * of 64 characters; beyond: INVALID `invalidJson`. Text must be valid UTF-8 without lone surrogates
 * and without NUL (escaped or not). Whole numbers outside int64 become JSON_REAL; numbers that
 * overflow a double are refused. */

#include "json/json.h"

#define JSON_MAX_DEPTH 64
#define JSON_MAX_MEMBERS 10000
#define JSON_MAX_VALUES 1000000
#define JSON_MAX_NUMBER_CHARS 64

Error *json_read(Arena *arena, Str text, const JsonValue **out) must_check;
