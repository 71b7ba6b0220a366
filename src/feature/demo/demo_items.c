#include "feature/demo/demo_items.h"

#include <assert.h>

static JsonValue text_value(Str text)
{
    return (JsonValue){ .kind = JSON_TEXT, .text = text };
}

static JsonValue new_object(Arena *arena, size_t max_members)
{
    JsonValue object = { .kind = JSON_OBJECT };
    object.object.members = ARENA_ARRAY(arena, JsonMember, max_members);
    return object;
}

static void set(DemoItems *items, const char *key, JsonValue value)
{
    JsonValue *payload = items->payload;
    assert(payload->object.count < DEMO_MAX_MEMBERS);
    payload->object.members[payload->object.count++] = (JsonMember){ str_from(key), value };
}

DemoItems demo_items_new(Arena *arena, Str entity, size_t max_count)
{
    DemoItems items = { .arena = arena, .entity = entity, .max_count = max_count };
    items.list.kind = JSON_LIST;
    items.list.list.items = ARENA_ARRAY(arena, JsonValue, max_count);
    return items;
}

void demo_items_begin(DemoItems *items, Str id)
{
    assert(items->list.list.count < items->max_count);
    JsonValue item = new_object(items->arena, 2);
    item.object.count = 2;
    item.object.members[0] = (JsonMember){ STR("entity"), text_value(items->entity) };
    item.object.members[1] =
        (JsonMember){ STR("payload"), new_object(items->arena, DEMO_MAX_MEMBERS) };
    items->list.list.items[items->list.list.count++] = item;
    items->payload = &item.object.members[1].value;
    demo_items_set_text(items, "id", id);
}

void demo_items_set_text(DemoItems *items, const char *key, Str value)
{
    set(items, key, text_value(value));
}

void demo_items_set_int(DemoItems *items, const char *key, int64_t value)
{
    set(items, key, (JsonValue){ .kind = JSON_INT, .integer = value });
}

void demo_items_set_bool(DemoItems *items, const char *key, bool value)
{
    set(items, key, (JsonValue){ .kind = JSON_BOOL, .boolean = value });
}

void demo_items_set_cents(DemoItems *items, const char *key, int64_t cents)
{
    set(items, key, (JsonValue){ .kind = JSON_REAL, .real = (double)cents / 100 });
}

void demo_items_set_texts(DemoItems *items, const char *key, const Str *values, size_t count)
{
    JsonValue list = { .kind = JSON_LIST };
    list.list.items = ARENA_ARRAY(items->arena, JsonValue, count);
    list.list.count = count;
    for (size_t i = 0; i < count; i++)
        list.list.items[i] = text_value(values[i]);
    set(items, key, list);
}
