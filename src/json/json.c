#include "json/json.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/memory.h"

#define FEW_MEMBERS 16 /* up to here comparing keys is quicker than an index */

const JsonValue *json_find(const JsonValue *object, Str key)
{
    if (!json_is_object(object))
        return NULL;
    for (size_t i = 0; i < object->object.count; i++)
        if (str_equal(object->object.members[i].key, key))
            return &object->object.members[i].value;
    return NULL;
}

Str json_find_text(const JsonValue *object, Str key)
{
    const JsonValue *value = json_find(object, key);
    return json_is_text(value) ? value->text : STR_NONE;
}

bool json_find_true(const JsonValue *object, Str key)
{
    const JsonValue *value = json_find(object, key);
    return value != NULL && value->kind == JSON_BOOL && value->boolean;
}

static bool int_equals_real(int64_t integer, double real)
{
    /* Beyond these bounds the cast would be undefined; 2^63 itself is no int64. */
    return real >= -0x1p63 && real < 0x1p63 && (int64_t)real == integer &&
           (double)(int64_t)real == real;
}

static int compare_keys(const void *a, const void *b)
{
    const JsonMember *const *left = a;
    const JsonMember *const *right = b;
    return str_compare((*left)->key, (*right)->key);
}

static const JsonMember **members_by_key(const JsonValue *object)
{
    size_t count = object->object.count;
    const JsonMember **sorted = memory_alloc(count * sizeof(JsonMember *));
    for (size_t i = 0; i < count; i++)
        sorted[i] = &object->object.members[i];
    qsort(sorted, count, sizeof(JsonMember *), compare_keys);
    return sorted;
}

static bool many_members_equal(const JsonValue *a, const JsonValue *b)
{
    const JsonMember **left = members_by_key(a);
    const JsonMember **right = members_by_key(b);
    bool is_equal = true;
    for (size_t i = 0; is_equal && i < a->object.count; i++)
        is_equal =
            str_equal(left[i]->key, right[i]->key) && json_equal(&left[i]->value, &right[i]->value);
    memory_free(left);
    memory_free(right);
    return is_equal;
}

static bool has_same_order(const JsonValue *a, const JsonValue *b)
{
    for (size_t i = 0; i < a->object.count; i++)
        if (!str_equal(a->object.members[i].key, b->object.members[i].key))
            return false;
    return true;
}

static bool objects_equal(const JsonValue *a, const JsonValue *b)
{
    size_t count = a->object.count;
    if (count != b->object.count)
        return false;
    bool is_same_order = has_same_order(a, b);
    if (!is_same_order && count > FEW_MEMBERS)
        return many_members_equal(a, b);
    for (size_t i = 0; i < count; i++) {
        const JsonMember *member = &a->object.members[i];
        const JsonValue *other =
            is_same_order ? &b->object.members[i].value : json_find(b, member->key);
        if (other == NULL || !json_equal(&member->value, other))
            return false;
    }
    return true;
}

static bool lists_equal(const JsonValue *a, const JsonValue *b)
{
    if (a->list.count != b->list.count)
        return false;
    for (size_t i = 0; i < a->list.count; i++)
        if (!json_equal(&a->list.items[i], &b->list.items[i]))
            return false;
    return true;
}

bool json_equal(const JsonValue *a, const JsonValue *b)
{
    if (json_is_null(a) || json_is_null(b))
        return json_is_null(a) && json_is_null(b);
    if (a->kind == JSON_INT && b->kind == JSON_REAL)
        return int_equals_real(a->integer, b->real);
    if (a->kind == JSON_REAL && b->kind == JSON_INT)
        return int_equals_real(b->integer, a->real);
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case JSON_NULL:
        return true;
    case JSON_BOOL:
        return a->boolean == b->boolean;
    case JSON_INT:
        return a->integer == b->integer;
    case JSON_REAL:
        return a->real == b->real;
    case JSON_TEXT:
        return str_equal(a->text, b->text);
    case JSON_LIST:
        return lists_equal(a, b);
    case JSON_OBJECT:
        return objects_equal(a, b);
    }
    return false;
}

static bool is_appending(const JsonValue *list)
{
    return list->list.count > 0 && json_is_text(&list->list.items[0]) &&
           str_equal(list->list.items[0].text, STR("__APPEND__"));
}

/* `base` (not NULL only when a list) and then the items of `over` behind its marker. */
static JsonValue append_list(Arena *arena, const JsonValue *base, const JsonValue *over)
{
    size_t kept = base != NULL ? base->list.count : 0;
    size_t added = over->list.count - 1;
    JsonValue result = { .kind = JSON_LIST };
    result.list.items = ARENA_ARRAY(arena, JsonValue, kept + added);
    result.list.count = kept + added;
    if (kept > 0)
        memcpy(result.list.items, base->list.items, kept * sizeof(JsonValue));
    if (added > 0)
        memcpy(result.list.items + kept, over->list.items + 1, added * sizeof(JsonValue));
    return result;
}

/* Where the members of an object stand: by key when there are many. */
typedef struct MemberIndex {
    JsonMember *members;
    size_t count;
    Map by_key; /* key -> JsonMember, empty when few */
} MemberIndex;

static void index_members(MemberIndex *index, Arena *arena)
{
    if (index->count <= FEW_MEMBERS)
        return;
    for (size_t i = 0; i < index->count; i++)
        map_put(&index->by_key, arena, index->members[i].key, &index->members[i]);
}

static JsonMember *find_member(const MemberIndex *index, Str key)
{
    if (index->count > FEW_MEMBERS)
        return map_find(&index->by_key, key);
    for (size_t i = 0; i < index->count; i++)
        if (str_equal(index->members[i].key, key))
            return &index->members[i];
    return NULL;
}

static JsonValue merge_objects(Arena *arena, const JsonValue *base, const JsonValue *over)
{
    size_t kept = base != NULL ? base->object.count : 0;
    JsonMember *members = ARENA_ARRAY(arena, JsonMember, kept + over->object.count);
    if (kept > 0)
        memcpy(members, base->object.members, kept * sizeof(JsonMember));
    MemberIndex index = { .members = members, .count = kept };
    index_members(&index, arena);
    size_t count = kept;
    for (size_t i = 0; i < over->object.count; i++) {
        const JsonMember *member = &over->object.members[i];
        JsonMember *same = find_member(&index, member->key);
        if (same != NULL)
            same->value = json_merge(arena, &same->value, &member->value);
        else
            members[count++] = (JsonMember){ member->key, json_merge(arena, NULL, &member->value) };
    }
    JsonValue result = { .kind = JSON_OBJECT };
    result.object.members = members;
    result.object.count = count;
    return result;
}

JsonValue json_merge(Arena *arena, const JsonValue *base, const JsonValue *over)
{
    if (over == NULL)
        return base != NULL ? *base : (JsonValue){ .kind = JSON_NULL };
    if (json_is_list(over) && is_appending(over))
        return append_list(arena, json_is_list(base) ? base : NULL, over);
    if (json_is_object(over))
        return merge_objects(arena, json_is_object(base) ? base : NULL, over);
    return *over;
}
