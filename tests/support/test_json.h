#pragma once
/* JSON in C sources, readable: single quotes stand for double ones. */

#include "json/json.h"

/* A copy with the quotes turned. */
Str test_json_text(Arena *arena, const char *text);
/* The value tree; fails the test when it is no JSON. */
const JsonValue *test_json(Arena *arena, const char *text);
