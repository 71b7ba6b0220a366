#include "query/list_spec.h"

#include "base/list.h"
#include "base/utf8.h"
#include "json/brackets.h"
#include "query/parameter.h"
#include "query/where.h"

static void add_key(List *keys, Arena *arena, const Key *key)
{
    if (key->role == KEY_SECRET)
        return;
    for (size_t i = 0; i < keys->count; i++)
        if (keys->items[i] == key)
            return;
    list_add(keys, arena, (void *)(uintptr_t)key);
}

static void add_field(List *keys, Arena *arena, const Field *field)
{
    for (unsigned i = 0; i < field->key_count; i++)
        add_key(keys, arena, &field->keys[i]);
    for (size_t i = 0; i < field->entity->field_count; i++) {
        const Field *companion = &field->entity->fields[i];
        if (companion->main == field)
            add_key(keys, arena, &companion->keys[0]);
    }
}

static bool is_secret(const Field *field)
{
    return field->key_count > 0 && field->keys[0].role == KEY_SECRET;
}

/* Beside the ends and what every record has. */
static bool is_own(const Link *link, const Field *field)
{
    return field != link->near && field != link->far && !field->is_system && !field->is_internal;
}

/* `ProductCategory__sorting` -> the key or the field of that relation entity. */
static bool select_of_relation(Arena *arena, const Link *link, Str name, List *keys)
{
    if (link == NULL || link->type != LINK_MANY_TO_MANY)
        return false;
    Str prefix = str_concat(arena, link->relation->name, LIST_RELATION_MARK);
    if (!str_starts_with(name, prefix))
        return false;
    Str rest = str_slice(name, prefix.len, name.len);
    const Key *key = entity_find_key(link->relation, rest);
    const Field *field = key != NULL ? key->field : entity_find_field(link->relation, rest);
    if (field == NULL || !is_own(link, field))
        return false;
    if (key != NULL)
        add_key(keys, arena, key);
    else
        add_field(keys, arena, field);
    return true;
}

static void select_whole_relation(Arena *arena, const Link *link, List *keys)
{
    if (link == NULL || link->type != LINK_MANY_TO_MANY)
        return;
    for (size_t i = 0; i < link->relation->field_count; i++)
        if (is_own(link, &link->relation->fields[i]))
            add_field(keys, arena, &link->relation->fields[i]);
}

/* A stored name (`brandId`), or a field's own name for all its keys. */
static Error *select_name(Arena *arena, const Entity *entity, Str name, List *keys)
{
    const Key *key = entity_find_key(entity, name);
    const Field *field = entity_find_field(entity, name);
    if (key != NULL && key->role != KEY_SECRET) {
        add_key(keys, arena, key);
        return NULL;
    }
    if (field != NULL && !field->is_internal && !is_secret(field)) {
        add_field(keys, arena, field);
        return NULL;
    }
    Error *error = error_new_code(arena, ERROR_INVALID, "fieldDoesNotExist",
                                  "'%.*s' has no field '%.*s' to select", STR_ARGS(entity->name),
                                  STR_ARGS(utf8_prefix(name, 80)));
    error->field = name;
    error->entity = entity->name;
    return error;
}

/* One time zone, so far: another must not look as if it had been heard. */
static Error *check_zone(Arena *arena, const JsonValue *parameters)
{
    Str zone;
    TRY(parameter_find(arena, parameters, STR("timezone"), &zone));
    if (str_is_none(zone) || str_equal(zone, STR("UTC")))
        return NULL;
    return error_new_code(arena, ERROR_INVALID, "unknownTimezone", "Only UTC is supported so far");
}

static void keep_relation(const List *keys, ListSpec *out)
{
    out->relation_select = (const Key **)(uintptr_t)keys->items;
    out->relation_select_count = keys->count;
}

Error *list_spec_parse_select(Arena *arena, const Entity *entity, const JsonValue *parameters,
                              ListSpec *out)
{
    Str rest;
    Str name;
    List keys = { 0 };
    List relation_keys = { 0 };
    TRY(check_zone(arena, parameters));
    TRY(parameter_find(arena, parameters, STR("select"), &rest));
    if (str_is_none(rest)) {
        select_whole_relation(arena, out->link, &relation_keys);
        keep_relation(&relation_keys, out);
        return NULL;
    }
    add_key(&keys, arena, &entity->id->keys[0]);
    for (size_t i = 0; i < entity->field_count; i++)
        if (entity->fields[i].is_always_selected)
            add_field(&keys, arena, &entity->fields[i]);
    while (str_next_part(&rest, ',', &name)) {
        name = str_trim(name);
        if (name.len == 0)
            continue;
        if (keys.count + relation_keys.count > LIST_MAX_SELECT)
            return parameter_error(arena, STR("select"), "names too many fields");
        if (!select_of_relation(arena, out->link, name, &relation_keys))
            TRY(select_name(arena, entity, name, &keys));
    }
    keep_relation(&relation_keys, out);
    out->select = (const Key **)(uintptr_t)keys.items;
    out->select_count = keys.count;
    return NULL;
}

/* `sortBy=ProductCategory__sorting`; NULL when it names no field of the relation. */
static const Field *find_relation_sort(Arena *arena, const Link *link, Str name)
{
    List keys = { 0 };
    if (!select_of_relation(arena, link, name, &keys))
        return NULL;
    const Key *key = keys.items[0];
    return key->column != NULL && key->field->type->is_sortable ? key->field : NULL;
}

static Error *read_sort(Arena *arena, const Entity *entity, const JsonValue *parameters,
                        ListSpec *out)
{
    Str name;
    bool is_ascending = true;
    TRY(parameter_find(arena, parameters, STR("sortBy"), &name));
    TRY(parameter_read_bool(arena, parameters, STR("asc"), &is_ascending));
    if (str_is_none(name)) {
        bool has_direction = json_find(parameters, STR("asc")) != NULL;
        out->sort_field = entity->sort_field;
        out->relation_sort = out->link == NULL ? NULL : out->link->order;
        out->is_descending =
            has_direction ? !is_ascending : entity->sort_field == NULL || entity->sorts_descending;
        if (out->relation_sort != NULL && !has_direction)
            out->is_descending = false;
        return NULL;
    }
    out->is_descending = !is_ascending;
    out->relation_sort = find_relation_sort(arena, out->link, name);
    if (out->relation_sort != NULL)
        return NULL;
    const Field *field = entity_find_field(entity, name);
    bool is_unnamed_link =
        field != NULL && field->link != NULL && field->link->target->name_field == NULL;
    bool can_sort = field != NULL && !field->is_internal && field->column != NULL &&
                    field->type->is_sortable && !is_unnamed_link;
    if (!can_sort) {
        Error *error = error_new_code(arena, ERROR_INVALID, "unknownField",
                                      "'%.*s' has no field '%.*s' to sort by",
                                      STR_ARGS(entity->name), STR_ARGS(utf8_prefix(name, 80)));
        error->field = name;
        error->entity = entity->name;
        return error;
    }
    out->sort_field = field == entity->id ? NULL : field;
    return NULL;
}

static Error *read_page(Arena *arena, const JsonValue *parameters, int64_t max_rows, ListSpec *out)
{
    bool is_total_only = false;
    bool is_collection_only = false;
    TRY(parameter_read_number(arena, parameters, STR("offset"), LIST_MAX_OFFSET, &out->offset));
    TRY(parameter_read_number(arena, parameters, STR("maxSize"), INT64_MAX, &out->page_rows));
    TRY(parameter_read_bool(arena, parameters, STR("totalOnly"), &is_total_only));
    TRY(parameter_read_bool(arena, parameters, STR("collectionOnly"), &is_collection_only));
    if (is_total_only && is_collection_only)
        return parameter_error(arena, STR("totalOnly"), "can't be combined with 'collectionOnly'");
    if (out->page_rows == 0)
        out->page_rows = LIST_DEFAULT_ROWS;
    if (out->page_rows > max_rows)
        out->page_rows = max_rows;
    out->wants_total = !is_collection_only;
    out->wants_rows = !is_total_only;
    return NULL;
}

/* Filters of the contract that are not built yet: to pass over one would show what it was to hide.
 */
static Error *refuse_missing(Arena *arena, const JsonValue *parameters)
{
    static const char *const names[] = { "q", "textFilter", "primaryFilter", "filterList",
                                         "boolFilterList" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!json_is_null(json_find(parameters, str_from(names[i]))))
            return parameter_error(arena, str_from(names[i]), "is not supported yet");
    return NULL;
}

static Error *read_relation_where(Arena *arena, const Link *link, const JsonValue *parameters,
                                  const Condition **out)
{
    const JsonValue *where = json_find(parameters, STR("whereRelation"));
    if (json_is_null(where))
        return NULL;
    if (link == NULL || link->type != LINK_MANY_TO_MANY)
        return parameter_error(arena, STR("whereRelation"),
                               "is for links that have rows of their own");
    return where_parse(arena, link->relation, where, out);
}

/* `spec` says the entity, and the link of a linked list. */
static Error *parse(Arena *arena, Str query, int64_t max_rows, ListSpec spec, ListSpec *out)
{
    const JsonValue *parameters = NULL;
    const Entity *entity = spec.entity;
    TRY(brackets_read(arena, query, &parameters));
    TRY(refuse_missing(arena, parameters));
    TRY(read_page(arena, parameters, max_rows, &spec));
    TRY(read_sort(arena, entity, parameters, &spec));
    TRY(list_spec_parse_select(arena, entity, parameters, &spec));
    TRY(where_parse(arena, entity, json_find(parameters, STR("where")), &spec.where));
    TRY(read_relation_where(arena, spec.link, parameters, &spec.relation_where));
    *out = spec;
    return NULL;
}

Error *list_spec_parse(Arena *arena, const Entity *entity, Str query, int64_t max_rows,
                       ListSpec *out)
{
    return parse(arena, query, max_rows, (ListSpec){ .entity = entity }, out);
}

Error *list_spec_parse_linked(Arena *arena, const Link *link, Str from_id, Str query,
                              int64_t max_rows, ListSpec *out)
{
    ListSpec spec = { .entity = link->target, .link = link, .from_id = from_id };
    return parse(arena, query, max_rows, spec, out);
}
