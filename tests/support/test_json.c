#include "support/test_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "json/json_reader.h"

Str test_json_text(Arena *arena, const char *text)
{
    char *copy = str_copy_c(arena, str_from(text));
    for (char *at = copy; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    return str_from(copy);
}

const JsonValue *test_json(Arena *arena, const char *text)
{
    const JsonValue *value = NULL;
    const Error *error = json_read(arena, test_json_text(arena, text), &value);
    if (error != NULL)
        fail_msg("%s: %.*s", text, STR_ARGS(error->reason));
    return value;
}
