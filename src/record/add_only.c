#include "record/add_only.h"

#include "json/json_reader.h"
#include "json/json_writer.h"
#include "schema/field_type.h"

#define SUFFIX STR("AddOnlyMode")

bool add_only_is_on(const JsonValue *body, const Field *field)
{
    for (size_t i = 0; i < body->object.count; i++) {
        const JsonMember *member = &body->object.members[i];
        bool is_on = member->value.kind == JSON_BOOL && member->value.boolean;
        if (!is_on || !str_ends_with(member->key, SUFFIX))
            continue;
        Str name = str_slice(member->key, 0, member->key.len - SUFFIX.len);
        if (str_equal(name, field->name) || str_equal(name, field->keys[0].name))
            return true;
    }
    return false;
}

Error *add_only_check(Arena *arena, const Entity *entity, const JsonMember *member)
{
    bool is_on = member->value.kind == JSON_BOOL && member->value.boolean;
    if (!is_on || !str_ends_with(member->key, SUFFIX))
        return NULL;
    Str name = str_slice(member->key, 0, member->key.len - SUFFIX.len);
    const Key *key = entity_find_key(entity, name);
    const Field *field = key != NULL ? key->field : entity_find_field(entity, name);
    if (field == NULL || field->type->is_list || field->type->value_class == VALUE_LINKS)
        return NULL;
    Error *error = error_new(arena, ERROR_INVALID, "Field '%.*s' is no list to add to",
                             STR_ARGS(field->label));
    error->field = member->key;
    return error;
}

static void add_items(Arena *arena, const JsonValue *from, Map *seen, JsonValue *list)
{
    for (size_t i = 0; i < from->list.count; i++) {
        Str word = json_to_text(arena, &from->list.items[i]);
        if (map_find(seen, word) != NULL)
            continue;
        JsonValue *item = &list->list.items[list->list.count++];
        *item = from->list.items[i];
        map_put(seen, arena, word, item);
    }
}

SqlValue add_only_merge(Arena *arena, const SqlValue *stored, const SqlValue *added)
{
    const JsonValue *old = NULL;
    const JsonValue *new = NULL;
    Map seen = { 0 };
    bool is_list = stored->kind == SQL_TEXT && added->kind == SQL_TEXT &&
                   json_read(arena, stored->text, &old) == NULL &&
                   json_read(arena, added->text, &new) == NULL && json_is_list(old) &&
                   json_is_list(new);
    if (!is_list)
        return added->kind == SQL_TEXT ? *added : *stored;
    JsonValue list = { .kind = JSON_LIST };
    list.list.items = ARENA_ARRAY(arena, JsonValue, old->list.count + new->list.count);
    memcpy(list.list.items, old->list.items, old->list.count * sizeof(JsonValue));
    list.list.count = old->list.count;
    for (size_t i = 0; i < old->list.count; i++)
        map_put(&seen, arena, json_to_text(arena, &old->list.items[i]), &list.list.items[i]);
    add_items(arena, new, &seen, &list);
    return sql_text(json_to_text(arena, &list));
}
