#include "record/inheritance.h"

#include "query/lookup.h"
#include "record/hierarchy.h"
#include "record/linked.h"
#include "record/row.h"

static bool has_inheritance(const Entity *entity)
{
    return entity->hierarchy != NULL && entity->hierarchy->inherits_fields;
}

static void fill_from(RecordDraft *draft, const SqlValue *parent_values)
{
    const Entity *entity = draft->entity;
    for (size_t i = 0; i < entity->column_count; i++) {
        const Field *field = entity->columns[i].field;
        /* what the parent does not have is left to the field's default */
        if (field->is_inherited && !draft->is_given[i] && parent_values[i].kind != SQL_NULL)
            draft_set(draft, field, parent_values[i]);
    }
}

Error *inheritance_fill(Task *task, RecordDraft *draft)
{
    RecordDraft parent;
    bool is_there = false;
    if (!has_inheritance(draft->entity))
        return NULL;
    Str parent_id = hierarchy_first_parent(draft);
    if (str_is_none(parent_id))
        return NULL;
    TRY(draft_find(task, draft->entity, parent_id, &parent, &is_there));
    /* A parent that is not there is told with the other problems. */
    if (is_there)
        fill_from(draft, parent.stored);
    return NULL;
}

/* ---- values down the tree ---- */

/* Columns of the child that had the old values of its parent's; false when none. */
static bool find_followers(const RecordDraft *parent, const bool *is_changed, RecordDraft *child)
{
    const Entity *entity = parent->entity;
    bool any = false;
    for (size_t i = 0; i < entity->column_count; i++) {
        const Field *field = entity->columns[i].field;
        if (!is_changed[i] || !field->is_inherited ||
            !sql_value_equal(&child->values[i], &parent->stored[i]))
            continue;
        draft_set(child, field, parent->values[i]);
        any = true;
    }
    return any;
}

static bool changes_inherited(const RecordDraft *draft, const bool *is_changed)
{
    for (size_t i = 0; i < draft->entity->column_count; i++)
        if (is_changed[i] && draft->entity->columns[i].field->is_inherited)
            return true;
    return false;
}

static Error *change_child(Task *task, const RecordDraft *parent, const bool *is_changed, Str id,
                           RecordDraft *out_child, bool **out_changed)
{
    bool *changes = ARENA_ARRAY(task->arena, bool, parent->entity->column_count);
    bool is_there = false;
    *out_changed = NULL;
    TRY(draft_find(task, parent->entity, id, out_child, &is_there));
    if (!is_there || !find_followers(parent, is_changed, out_child))
        return NULL;
    draft_fold(task, out_child);
    if (!draft_find_changes(task, out_child, changes))
        return NULL;
    *out_changed = changes;
    return row_change(task, out_child, changes);
}

/* One record whose children are still to be asked. */
typedef struct Spreading {
    struct Spreading *next;
    const RecordDraft *draft;
    const bool *is_changed;
} Spreading;

static Error *spread_one(Task *task, const Spreading *from, Spreading **last)
{
    Str *children;
    size_t count = 0;
    TRY(hierarchy_find_children(task, from->draft->entity, &from->draft->id, 1, false, &children,
                                &count));
    for (size_t i = 0; i < count; i++) {
        RecordDraft *child = ARENA_NEW(task->arena, RecordDraft);
        bool *is_changed = NULL;
        TRY(arena_check(task->arena));
        TRY(change_child(task, from->draft, from->is_changed, children[i], child, &is_changed));
        if (is_changed == NULL)
            continue;
        Spreading *next = ARENA_NEW(task->arena, Spreading);
        *next = (Spreading){ .draft = child, .is_changed = is_changed };
        (*last)->next = next;
        *last = next;
    }
    return NULL;
}

Error *inheritance_spread(Task *task, const RecordDraft *draft, const bool *is_changed)
{
    Spreading first = { .draft = draft, .is_changed = is_changed };
    Spreading *last = &first;
    if (!has_inheritance(draft->entity) || !changes_inherited(draft, is_changed))
        return NULL;
    for (const Spreading *at = &first; at != NULL; at = at->next)
        TRY(spread_one(task, at, &last));
    return NULL;
}

/* ---- what is inherited ---- */

static Error *links_equal(Task *task, const Field *field, Str id, Str parent_id, bool *out)
{
    LinkedBatch batch;
    Str ids[] = { id, parent_id };
    TRY(linked_read(task, field, ids, 2, &batch));
    *out = linked_is_same(task, &batch, id, parent_id);
    return NULL;
}

static Error *list_links(Task *task, const Entity *entity, Str id, Str parent_id,
                         JsonWriter *writer)
{
    for (size_t i = 0; i < entity->link_count; i++) {
        const Link *link = &entity->links[i];
        bool is_same = false;
        if (!link->is_inherited)
            continue;
        TRY(links_equal(task, link->field, id, parent_id, &is_same));
        if (is_same)
            json_write_text(writer, link->name);
    }
    return NULL;
}

Error *inheritance_list(Task *task, const Entity *entity, Str id, Str parent_id, Str *out)
{
    RecordDraft child;
    RecordDraft parent;
    bool is_there = false;
    bool is_parent_there = false;
    JsonWriter writer;
    Buf buf;
    TRY(draft_find(task, entity, id, &child, &is_there));
    TRY(draft_find(task, entity, parent_id, &parent, &is_parent_there));
    buf_init(&buf, task->arena, (size_t)1 << 20);
    json_writer_init(&writer, &buf);
    json_begin_list(&writer);
    for (size_t i = 0; is_there && is_parent_there && i < entity->column_count; i++)
        if (entity->columns[i].field->is_inherited &&
            sql_value_equal(&child.values[i], &parent.values[i]))
            json_write_text(&writer, entity->columns[i].field->name);
    if (is_there && is_parent_there)
        TRY(list_links(task, entity, id, parent_id, &writer));
    json_end_list(&writer);
    *out = buf_str(&buf);
    return buf_check(&buf);
}

/* ---- on request ---- */

Error *inheritance_take(Task *task, const Entity *entity, Str id, Str parent_id,
                        const InheritanceScope *scope, bool *out_changed)
{
    RecordDraft draft;
    RecordDraft parent;
    bool *is_changed = ARENA_ARRAY(task->arena, bool, entity->column_count);
    TRY(draft_begin_update(task, entity, parent_id, &parent));
    TRY(draft_begin_update(task, entity, id, &draft));
    for (size_t i = 0; i < entity->column_count; i++) {
        const Field *field = entity->columns[i].field;
        bool is_wanted = scope->field == NULL || scope->field == field;
        if (field->is_inherited && is_wanted &&
            !(scope->only_empty && !sql_value_is_empty(&draft.values[i])))
            draft_set(&draft, field, parent.values[i]);
    }
    draft_fold(task, &draft);
    if (!draft_find_changes(task, &draft, is_changed))
        return NULL;
    *out_changed = true;
    TRY(row_change(task, &draft, is_changed));
    return inheritance_spread(task, &draft, is_changed);
}
