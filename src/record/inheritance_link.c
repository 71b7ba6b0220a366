#include "query/lookup.h"
#include "query/row_statement.h"
#include "query/tree_query.h"
#include "record/hierarchy.h"
#include "record/inheritance.h"
#include "record/linked.h"
#include "record/row.h"

static bool has_links(const Entity *entity)
{
    return entity->hierarchy != NULL && entity->hierarchy->inherits_links;
}

static bool is_own_value(const Link *link, const Field *field)
{
    const Entity *relation = link->relation;
    return field != relation->id && !field->is_system && field != link->near && field != link->far;
}

static Error *find_row(Task *task, const Link *link, Str near_id, Str far_id, RecordDraft *out,
                       bool *out_found)
{
    LookupMatch matches[] = { { .column = link->near->column, .value = sql_text(near_id) },
                              { .column = link->far->column, .value = sql_text(far_id) } };
    Str row_id;
    *out_found = false;
    TRY(lookup_find_id(task->sql, link->relation, matches, 2, &row_id));
    return str_is_none(row_id) ? NULL : draft_find(task, link->relation, row_id, out, out_found);
}

/* A row like `model`, of another record. */
static Error *copy_row(Task *task, const Link *link, const RecordDraft *model, Str near_id)
{
    const Entity *relation = link->relation;
    RecordDraft copy;
    draft_begin_new(task, relation, &copy);
    for (size_t i = 0; i < relation->column_count; i++)
        if (is_own_value(link, relation->columns[i].field))
            draft_set(&copy, relation->columns[i].field, model->values[i]);
    draft_set(&copy, link->near, sql_text(near_id));
    draft_set(&copy, link->far, *draft_get(model, link->far));
    return row_add(task, &copy);
}

Error *inheritance_take_links(Task *task, const Link *link, Str id, Str parent_id,
                              bool only_when_none, bool *out_changed)
{
    LinkedBatch batch;
    Str *far_ids;
    size_t count = 0;
    Str ids[] = { id, parent_id };
    TRY(linked_read(task, link->field, ids, 2, &batch));
    if (only_when_none && linked_count(&batch, id) > 0)
        return NULL;
    linked_list_missing(task, &batch, id, parent_id, &far_ids, &count);
    for (size_t i = 0; i < count; i++) {
        RecordDraft model;
        bool is_there = false;
        TRY(find_row(task, link, parent_id, far_ids[i], &model, &is_there));
        if (!is_there)
            continue;
        TRY(copy_row(task, link, &model, id));
        *out_changed = true;
    }
    return NULL;
}

Error *inheritance_take_row(Task *task, const Link *link, Str id, Str parent_id, Str far_id,
                            Str *out_row_id)
{
    const Entity *relation = link->relation;
    RecordDraft row;
    RecordDraft model;
    bool is_there = false;
    bool is_model_there = false;
    bool *is_changed = ARENA_ARRAY(task->arena, bool, relation->column_count);
    TRY(find_row(task, link, id, far_id, &row, &is_there));
    TRY(find_row(task, link, parent_id, far_id, &model, &is_model_there));
    if (!is_there)
        return record_not_found(task, relation);
    if (!is_model_there)
        return error_new(task->arena, ERROR_INVALID, "The parent has no such link");
    *out_row_id = row.id;
    for (size_t i = 0; i < relation->column_count; i++)
        if (is_own_value(link, relation->columns[i].field))
            draft_set(&row, relation->columns[i].field, model.values[i]);
    return draft_find_changes(task, &row, is_changed) ? row_change(task, &row, is_changed) : NULL;
}

static bool is_given(const RecordDraft *draft, const Link *link)
{
    for (size_t i = 0; i < draft->link_count; i++)
        if (draft->links[i].field == link->field)
            return true;
    return false;
}

Error *inheritance_copy_links(Task *task, const RecordDraft *draft)
{
    const Entity *entity = draft->entity;
    bool is_changed = false;
    Str parent_id = hierarchy_first_parent(draft);
    if (!has_links(entity) || str_is_none(parent_id))
        return NULL;
    for (size_t i = 0; i < entity->link_count; i++)
        if (entity->links[i].is_inherited && !is_given(draft, &entity->links[i]))
            TRY(inheritance_take_links(task, &entity->links[i], draft->id, parent_id, true,
                                       &is_changed));
    return NULL;
}

/* ---- a link that comes or goes above ---- */

/* The link of `entity` that these relation rows are of, seen from this end; NULL when children do
 * not take it. */
static const Link *find_inherited(const Entity *entity, const Entity *relation, const Field *near)
{
    for (size_t i = 0; has_links(entity) && i < entity->link_count; i++) {
        const Link *link = &entity->links[i];
        if (link->is_inherited && link->relation == relation && link->near == near)
            return link;
    }
    return NULL;
}

static bool has_equal_values(const Link *link, const RecordDraft *a, const RecordDraft *b)
{
    for (size_t i = 0; i < link->relation->column_count; i++)
        if (is_own_value(link, link->relation->columns[i].field) &&
            !sql_value_equal(&a->values[i], &b->values[i]))
            return false;
    return true;
}

/* True when the record follows, and so the ones below it are asked. */
static Error *follow(Task *task, const Link *link, const RecordDraft *row, Str id, bool is_added,
                     bool *out_follows)
{
    RecordDraft own;
    bool has_own = false;
    Str far_id = draft_get(row, link->far)->text;
    TRY(find_row(task, link, id, far_id, &own, &has_own));
    *out_follows = is_added ? !has_own : has_own && has_equal_values(link, row, &own);
    if (!*out_follows)
        return NULL;
    return is_added ? copy_row(task, link, row, id) : row_trash(task, link->relation, own.id);
}

static Error *spread_from(Task *task, const Link *link, const RecordDraft *row, bool is_added)
{
    Str *level = ARENA_NEW(task->arena, Str);
    size_t count = 1;
    *level = draft_get(row, link->near)->text;
    while (count > 0) {
        Str *children;
        size_t child_count = 0;
        TRY(hierarchy_find_children(task, link->entity, level, count, false, &children,
                                    &child_count));
        count = 0;
        level = children; /* the ones that follow are moved to its front */
        for (size_t i = 0; i < child_count; i++) {
            bool follows = false;
            TRY(follow(task, link, row, children[i], is_added, &follows));
            if (follows)
                level[count++] = children[i];
        }
    }
    return NULL;
}

Error *inheritance_spread_row(Task *task, const RecordDraft *row, bool is_added)
{
    const Entity *relation = row->entity;
    for (size_t i = 0; i < relation->link_count; i++) {
        const Link *end = &relation->links[i];
        const Link *link = end->type != LINK_BELONGS_TO || end->field->is_system
                               ? NULL
                               : find_inherited(end->target, relation, end->field);
        if (link != NULL && draft_get(row, link->near)->kind == SQL_TEXT &&
            draft_get(row, link->far)->kind == SQL_TEXT)
            TRY(spread_from(task, link, row, is_added));
    }
    return NULL;
}
