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

Error *list_spec_parse_select(Arena *arena, const Entity *entity, const JsonValue *parameters,
                              ListSpec *out)
{
    Str rest;
    Str name;
    List keys = { 0 };
    TRY(check_zone(arena, parameters));
    TRY(parameter_find(arena, parameters, STR("select"), &rest));
    if (str_is_none(rest))
        return NULL;
    add_key(&keys, arena, &entity->id->keys[0]);
    for (size_t i = 0; i < entity->field_count; i++)
        if (entity->fields[i].is_always_selected)
            add_field(&keys, arena, &entity->fields[i]);
    while (str_next_part(&rest, ',', &name)) {
        name = str_trim(name);
        if (name.len == 0)
            continue;
        if (keys.count > LIST_MAX_SELECT)
            return parameter_error(arena, STR("select"), "names too many fields");
        TRY(select_name(arena, entity, name, &keys));
    }
    out->select = (const Key **)(uintptr_t)keys.items;
    out->select_count = keys.count;
    return NULL;
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
        out->is_descending =
            has_direction ? !is_ascending : entity->sort_field == NULL || entity->sorts_descending;
        return NULL;
    }
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
    out->is_descending = !is_ascending;
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
    static const char *const names[] = { "q",          "textFilter",     "primaryFilter",
                                         "filterList", "boolFilterList", "whereRelation" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!json_is_null(json_find(parameters, str_from(names[i]))))
            return parameter_error(arena, str_from(names[i]), "is not supported yet");
    return NULL;
}

void list_spec_follow(ListSpec *spec, const Link *link, Str from_id, bool names_order)
{
    spec->link = link;
    spec->from_id = from_id;
    spec->is_link_order = link->order != NULL && !names_order;
    if (spec->is_link_order)
        spec->is_descending = false;
}

Error *list_spec_parse(Arena *arena, const Entity *entity, Str query, int64_t max_rows,
                       ListSpec *out)
{
    const JsonValue *parameters = NULL;
    ListSpec spec = { .entity = entity };
    TRY(brackets_read(arena, query, &parameters));
    TRY(refuse_missing(arena, parameters));
    TRY(read_page(arena, parameters, max_rows, &spec));
    TRY(read_sort(arena, entity, parameters, &spec));
    TRY(list_spec_parse_select(arena, entity, parameters, &spec));
    TRY(where_parse(arena, entity, json_find(parameters, STR("where")), &spec.where));
    *out = spec;
    return NULL;
}
