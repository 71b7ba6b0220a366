#include "feature/hierarchy/inherit.h"

#include "access/access.h"
#include "record/hierarchy.h"
#include "record/inheritance.h"

static Error *begin(Task *task, const Entity *entity, Str id, Str **out_parents, size_t *out_count)
{
    RecordDraft draft;
    TRY(access_check(task, entity, ACCESS_EDIT));
    if (entity->hierarchy == NULL)
        return error_new_code(task->arena, ERROR_INVALID, "notAllowedForEntityType",
                              "'%.*s' has no parents and children", STR_ARGS(entity->name));
    TRY(draft_begin_update(task, entity, id, &draft));
    return hierarchy_find_parents(task, entity, id, out_parents, out_count);
}

static Error *need_parent(Task *task, size_t count)
{
    return count > 0 ? NULL : error_new(task->arena, ERROR_INVALID, "The record has no parent");
}

static Error *check_parents_agree(Task *task, const Entity *entity, const Field *field,
                                  const Str *parents, size_t count)
{
    RecordDraft first;
    TRY(draft_begin_update(task, entity, parents[0], &first));
    for (size_t i = 1; i < count; i++) {
        RecordDraft other;
        TRY(draft_begin_update(task, entity, parents[i], &other));
        if (!sql_value_equal(draft_get(&first, field), draft_get(&other, field)))
            return error_new(task->arena, ERROR_INVALID, "The parents differ in '%.*s'",
                             STR_ARGS(field->label));
    }
    return NULL;
}

static const Field *find_field(const Entity *entity, Str name)
{
    const Key *key = entity_find_key(entity, name);
    return key != NULL ? key->field : entity_find_field(entity, name);
}

static Error *unknown_field(Task *task, const Entity *entity, Str name)
{
    Error *error = error_new_code(task->arena, ERROR_INVALID, "fieldDoesNotExist",
                                  "'%.*s' has no such field", STR_ARGS(entity->name));
    error->field = name;
    error->entity = entity->name;
    return error;
}

static Error *take_all_links(Task *task, const Link *link, Str id, const Str *parents, size_t count)
{
    bool is_changed = false;
    for (size_t i = 0; i < count; i++)
        TRY(inheritance_take_links(task, link, id, parents[i], false, &is_changed));
    return NULL;
}

Error *inherit_field(Task *task, const Entity *entity, Str id, Str name, bool *out_done)
{
    Str *parents;
    size_t count = 0;
    bool is_changed = false;
    const Field *field = find_field(entity, name);
    TRY(begin(task, entity, id, &parents, &count));
    if (field == NULL)
        return unknown_field(task, entity, name);
    *out_done = field->is_inherited || (field->link != NULL && field->link->is_inherited);
    if (!*out_done)
        return NULL;
    TRY(need_parent(task, count));
    if (!field->is_inherited)
        return take_all_links(task, field->link, id, parents, count);
    TRY(check_parents_agree(task, entity, field, parents, count));
    InheritanceScope scope = { .field = field };
    return inheritance_take(task, entity, id, parents[0], &scope, &is_changed);
}

Error *inherit_links(Task *task, const Entity *entity, Str id, Str name, bool *out_done)
{
    Str *parents;
    size_t count = 0;
    const Link *link = entity_find_link(entity, name);
    TRY(begin(task, entity, id, &parents, &count));
    if (link == NULL)
        return error_new_code(task->arena, ERROR_INVALID, "noSuchLink", "'%.*s' has no such link",
                              STR_ARGS(entity->name));
    if (!link->is_inherited)
        return error_new(task->arena, ERROR_INVALID, "The link '%.*s' is not inherited",
                         STR_ARGS(link->name));
    TRY(need_parent(task, count));
    *out_done = true;
    return take_all_links(task, link, id, parents, count);
}

/* `row_id` may be the linked record's own. */
static Error *find_far(Task *task, const Link *link, Str row_id, Str *out)
{
    RecordDraft row;
    bool is_there = false;
    *out = row_id;
    TRY(draft_find(task, link->relation, row_id, &row, &is_there));
    if (is_there)
        *out = draft_get(&row, link->far)->text;
    return NULL;
}

Error *inherit_row(Task *task, const Entity *relation, const InheritRow *which, Str *out_row_id)
{
    Str *parents;
    Str far_id;
    size_t count = 0;
    const Entity *entity = schema_find_entity(task->schema, which->entity);
    const Link *link = entity == NULL ? NULL : entity_find_link(entity, which->link);
    TRY(access_check(task, relation, ACCESS_EDIT));
    if (link == NULL || link->type != LINK_MANY_TO_MANY || link->relation != relation)
        return error_new_code(task->arena, ERROR_INVALID, "noSuchLink",
                              "'%.*s' is not the relation of such a link",
                              STR_ARGS(relation->name));
    TRY(begin(task, entity, which->id, &parents, &count));
    TRY(need_parent(task, count));
    TRY(find_far(task, link, which->row_id, &far_id));
    return inheritance_take_row(task, link, which->id, parents[0], far_id, out_row_id);
}

Error *inherit_from_parent(Task *task, const Entity *entity, Str id, bool only_empty,
                           bool *out_done)
{
    Str *parents;
    size_t count = 0;
    bool is_changed = false;
    InheritanceScope scope = { .only_empty = only_empty };
    TRY(begin(task, entity, id, &parents, &count));
    if (entity->hierarchy->own_parent == NULL)
        return error_new(task->arena, ERROR_INVALID,
                         "Records of '%.*s' may have many parents: which one is not clear",
                         STR_ARGS(entity->name));
    *out_done = count > 0;
    return count == 0 ? NULL : inheritance_take(task, entity, id, parents[0], &scope, &is_changed);
}

/* From its own parent, which has been given what it lacked before. */
static Error *fill_empty(Task *task, const Entity *entity, Str id)
{
    Str *parents;
    size_t count = 0;
    bool is_changed = false;
    InheritanceScope scope = { .only_empty = true };
    TRY(hierarchy_find_parents(task, entity, id, &parents, &count));
    if (count == 0)
        return NULL;
    TRY(inheritance_take(task, entity, id, parents[0], &scope, &is_changed));
    for (size_t i = 0; i < entity->link_count; i++)
        if (entity->links[i].is_inherited)
            TRY(inheritance_take_links(task, &entity->links[i], id, parents[0], true, &is_changed));
    return NULL;
}

Error *inherit_for_children(Task *task, const Entity *entity, Str id, bool *out_done)
{
    Str *ids;
    size_t count = 0;
    TRY(begin(task, entity, id, &ids, &count));
    TRY(hierarchy_find_below(task, entity, id, false, &ids, &count));
    *out_done = count > 0;
    for (size_t i = 0; i < count; i++) {
        TRY(arena_check(task->arena));
        TRY(fill_empty(task, entity, ids[i]));
    }
    return NULL;
}
