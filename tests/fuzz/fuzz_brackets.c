/* Reads any bytes as a query string; what is taken must be a tree of valid text within the limits.
 */

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "json/brackets.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static size_t count_leaves(const JsonValue *value, size_t depth)
{
    size_t leaves = 0;
    require(depth <= BRACKETS_MAX_DEPTH + 1);
    if (value->kind == JSON_TEXT) {
        require(utf8_is_valid(value->text));
        return 1;
    }
    require(value->kind == JSON_LIST || value->kind == JSON_OBJECT);
    require(depth == 0 || value->list.count > 0);
    for (size_t i = 0; value->kind == JSON_LIST && i < value->list.count; i++)
        leaves += count_leaves(&value->list.items[i], depth + 1);
    for (size_t i = 0; value->kind == JSON_OBJECT && i < value->object.count; i++) {
        const JsonMember *member = &value->object.members[i];
        require(utf8_is_valid(member->key) && member->key.len <= BRACKETS_MAX_KEY_BYTES);
        require(json_find(value, member->key) == &member->value);
        leaves += count_leaves(&member->value, depth + 1);
    }
    return leaves;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(4096, (size_t)64 << 20);
    Str text = { (const char *)data, size };
    const JsonValue *value;
    const JsonValue *again;
    Str decoded;
    if (brackets_read(arena, text, &value) == NULL) {
        require(value->kind == JSON_OBJECT);
        require(count_leaves(value, 0) <= BRACKETS_MAX_PARAMETERS);
        require(json_read(arena, json_to_text(arena, value), &again) == NULL);
        require(json_equal(value, again));
    }
    if (brackets_decode(arena, text, size % 2 == 0, &decoded) == NULL)
        require(utf8_is_valid(decoded) && decoded.len <= size);
    arena_free(arena);
    return 0;
}
