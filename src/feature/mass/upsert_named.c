#include "feature/mass/upsert_named.h"

/* One member more, at the end. */
static JsonValue with_member(Arena *arena, const JsonValue *object, Str key, JsonValue value)
{
    size_t count = object->object.count;
    JsonValue more = { .kind = JSON_OBJECT };
    more.object.members = ARENA_ARRAY(arena, JsonMember, count + 1);
    if (count > 0)
        memcpy(more.object.members, object->object.members, count * sizeof(JsonMember));
    more.object.members[count] = (JsonMember){ .key = key, .value = value };
    more.object.count = count + 1;
    return more;
}

JsonValue upsert_named(Arena *arena, const JsonValue *item, Str id)
{
    const JsonValue *payload = json_find(item, STR("payload"));
    JsonValue given = *item;
    if (!json_is_object(payload) || json_find(payload, STR("id")) != NULL)
        return given;
    JsonValue more =
        with_member(arena, payload, STR("id"), (JsonValue){ .kind = JSON_TEXT, .text = id });
    given.object.members = ARENA_ARRAY(arena, JsonMember, item->object.count);
    memcpy(given.object.members, item->object.members, item->object.count * sizeof(JsonMember));
    for (size_t i = 0; i < given.object.count; i++)
        if (&item->object.members[i].value == payload)
            given.object.members[i].value = more;
    return given;
}
