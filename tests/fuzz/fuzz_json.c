/* Reads any bytes; what is taken must survive writing and reading again, equal and within the
 * limits. */

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void check_tree(const JsonValue *value, size_t depth)
{
    require(depth <= JSON_MAX_DEPTH);
    if (value->kind == JSON_TEXT)
        require(utf8_is_valid(value->text));
    if (value->kind == JSON_REAL)
        require(__builtin_isfinite(value->real));
    for (size_t i = 0; value->kind == JSON_LIST && i < value->list.count; i++)
        check_tree(&value->list.items[i], depth + 1);
    for (size_t i = 0; value->kind == JSON_OBJECT && i < value->object.count; i++) {
        const JsonMember *member = &value->object.members[i];
        require(utf8_is_valid(member->key));
        require(json_find(value, member->key) == &member->value);
        check_tree(&member->value, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(4096, (size_t)64 << 20);
    const JsonValue *value;
    const JsonValue *again;
    if (json_read(arena, (Str){ (const char *)data, size }, &value) == NULL) {
        check_tree(value, 0);
        Str text = json_to_text(arena, value);
        require(json_read(arena, text, &again) == NULL);
        require(json_equal(value, again));
        require(str_equal(text, json_to_text(arena, again)));
        JsonValue merged = json_merge(arena, value, again);
        check_tree(&merged, 0);
    }
    arena_free(arena);
    return 0;
}
