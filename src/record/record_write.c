#include "access/access.h"
#include "base/id.h"
#include "query/row_statement.h"
#include "record/conditional.h"
#include "record/hierarchy.h"
#include "record/hierarchy_order.h"
#include "record/hierarchy_row.h"
#include "record/hook.h"
#include "record/inheritance.h"
#include "record/known.h"
#include "record/linked.h"
#include "record/model_change.h"
#include "record/nested.h"
#include "record/personal.h"
#include "record/record.h"
#include "record/record_check.h"
#include "record/relation_body.h"
#include "record/row.h"
#include "record/sorting.h"

static Error *run_before_save(Task *task, RecordDraft *draft)
{
    const RecordHook *hook = record_hook_find(task->instance, draft->entity);
    if (hook == NULL || hook->before_save == NULL)
        return NULL;
    return hook->before_save(task, draft);
}

static Error *run_after_save(Task *task, const RecordDraft *draft, const JsonValue *body)
{
    const RecordHook *hook = record_hook_find(task->instance, draft->entity);
    return hook == NULL || hook->after_save == NULL ? NULL : hook->after_save(task, draft, body);
}

static Error *follow_model(Task *task, const Entity *entity)
{
    const RecordHook *hook = record_hook_find(task->instance, entity);
    return hook != NULL && hook->is_model ? model_change(task) : NULL;
}

/* Whether a record may stay, or become, without values that are required. */
typedef enum Requirement { REQUIRED_CHECKED, REQUIRED_PASSED_OVER } Requirement;

static Error *check_draft(Task *task, RecordDraft *draft, Requirement requirement)
{
    if (requirement == REQUIRED_CHECKED)
        record_check_required(task, draft);
    record_check_ranges(task, draft);
    conditional_check_options(task, draft);
    TRY(hierarchy_check(task, draft));
    TRY(record_check_link_targets(task, draft));
    return error_from_problems(&draft->problems, task->arena, draft->entity->name);
}

static Error *build_new(Task *task, const Entity *entity, const JsonValue *body, RecordDraft *draft)
{
    TRY(access_check(task, entity, ACCESS_CREATE));
    TRY(nested_resolve(task, entity, body, &body));
    draft_begin_new(task, entity, draft);
    TRY(draft_read(task, draft, body));
    hierarchy_read(task, draft);
    TRY(inheritance_fill(task, draft));
    personal_own(task, draft);
    draft_fill_defaults(task, draft);
    if (conditional_drop_protected(task, draft))
        draft_fill_defaults(task, draft);
    TRY(run_before_save(task, draft));
    draft_fold(task, draft);
    return check_draft(task, draft, REQUIRED_CHECKED);
}

static bool follows_single_parent(const Entity *entity)
{
    return entity->tree != NULL && entity->tree->hierarchy->own_parent != NULL;
}

static Error *set_links(Task *task, RecordDraft *draft, bool *out_changed)
{
    for (size_t i = 0; i < draft->link_count; i++)
        TRY(linked_set(task, draft, &draft->links[i], out_changed));
    return NULL;
}

Error *record_create(Task *task, const Entity *entity, const JsonValue *body, RecordResult *out)
{
    RecordDraft draft;
    bool has_new_links = false;
    if (follows_single_parent(entity))
        return hierarchy_row_create(task, entity, body, out);
    TRY(build_new(task, entity, body, &draft));
    TRY(hierarchy_before_relation(task, &draft));
    TRY(sorting_take_flags(task, &draft));
    TRY(row_add(task, &draft));
    TRY(hierarchy_place(task, &draft, STR_NONE));
    TRY(inheritance_copy_links(task, &draft));
    TRY(set_links(task, &draft, &has_new_links));
    TRY(run_after_save(task, &draft, body));
    *out = (RecordResult){ .outcome = RECORD_CREATED, .id = draft.id, .secret = draft.secret };
    return follow_model(task, entity);
}

static Error *build_update(Task *task, const Entity *entity, Str id, const JsonValue *body,
                           Requirement requirement, RecordDraft *draft)
{
    TRY(access_check(task, entity, ACCESS_EDIT));
    TRY(personal_check_change(task, entity, id));
    TRY(draft_begin_update(task, entity, id, draft));
    TRY(nested_resolve(task, entity, body, &body));
    TRY(draft_read(task, draft, body));
    hierarchy_read(task, draft);
    TRY(hierarchy_order_read(task, draft, body));
    TRY(draft_check_previous(task, draft, body));
    conditional_drop_protected(task, draft);
    TRY(run_before_save(task, draft));
    draft_fold(task, draft);
    if (entity->tree != NULL)
        hierarchy_row_check(task, draft);
    return check_draft(task, draft, requirement);
}

/* The row, its place in the tree, and what follows below it. */
static Error *write_values(Task *task, RecordDraft *draft, const JsonValue *body, bool *is_changed)
{
    const Hierarchy *hierarchy = draft->entity->hierarchy;
    TRY(sorting_take_flags(task, draft));
    TRY(row_change(task, draft, is_changed));
    if (hierarchy != NULL && hierarchy->own_parent != NULL) {
        const SqlValue *old = &draft->stored[hierarchy->own_parent->column->index];
        TRY(hierarchy_place(task, draft, old->kind == SQL_TEXT ? old->text : STR_NONE));
    }
    TRY(inheritance_spread(task, draft, is_changed));
    return run_after_save(task, draft, body);
}

static Error *save_update(Task *task, const Entity *entity, Str id, const JsonValue *body,
                          Requirement requirement, RecordResult *out)
{
    RecordDraft draft;
    bool has_new_links = false;
    bool *is_changed = ARENA_ARRAY(task->arena, bool, entity->column_count);
    TRY(build_update(task, entity, id, body, requirement, &draft));
    bool has_new_values = draft_find_changes(task, &draft, is_changed);
    if (has_new_values)
        TRY(write_values(task, &draft, body, is_changed));
    TRY(set_links(task, &draft, &has_new_links));
    TRY(hierarchy_order_apply(task, &draft, body, &has_new_links));
    TRY(relation_body_apply(task, &draft, body, &has_new_links));
    TRY(sorting_apply(task, entity, body, &has_new_links));
    if (has_new_links && !has_new_values)
        TRY(row_touch(task, &draft));
    *out = (RecordResult){ .outcome =
                               has_new_values || has_new_links ? RECORD_UPDATED : RECORD_UNCHANGED,
                           .id = id,
                           .secret = STR_NONE };
    return has_new_values ? follow_model(task, entity) : NULL;
}

Error *record_update(Task *task, const Entity *entity, Str id, const JsonValue *body,
                     RecordResult *out)
{
    return save_update(task, entity, id, body, REQUIRED_CHECKED, out);
}

Error *record_change(Task *task, const Entity *entity, Str id, const JsonValue *body,
                     RecordResult *out)
{
    return save_update(task, entity, id, body, REQUIRED_PASSED_OVER, out);
}

Error *record_set(Task *task, const Entity *entity, Str id, const Field *field, SqlValue value,
                  RecordResult *out)
{
    JsonMember member = { .key = field->keys[0].name };
    JsonValue body = { .kind = JSON_OBJECT };
    if (value.kind == SQL_TEXT)
        member.value = (JsonValue){ .kind = JSON_TEXT, .text = value.text };
    body.object.members = &member;
    body.object.count = 1;
    return record_update(task, entity, id, &body, out);
}

static Error *run_before_delete(Task *task, const Entity *entity, Str id)
{
    const RecordHook *hook = record_hook_find(task->instance, entity);
    if (hook == NULL || hook->before_delete == NULL)
        return NULL;
    return hook->before_delete(task, id);
}

static Error *delete_one(Task *task, const Entity *entity, Str id, bool is_permanent)
{
    TRY(run_before_delete(task, entity, id));
    if (!is_permanent && !entity->is_reference)
        return row_trash(task, entity, id);
    TRY(row_purge(task, entity, id));
    return follow_model(task, entity);
}

/* The lowest first, all of them in this transaction. */
static Error *delete_below(Task *task, const Entity *entity, Str id, bool is_permanent)
{
    Str *below;
    size_t count = 0;
    TRY(hierarchy_find_below(task, entity, id, is_permanent, &below, &count));
    for (size_t i = count; i > 0; i--)
        TRY(delete_one(task, entity, below[i - 1], is_permanent));
    return NULL;
}

Error *record_delete(Task *task, const Entity *entity, Str id, bool is_permanent)
{
    int64_t row_id;
    SqlValue *values = NULL;
    TRY(access_check(task, entity, ACCESS_DELETE));
    TRY(personal_check_change(task, entity, id));
    TRY(row_find(task->sql, entity, id, is_permanent, &row_id, &values));
    if (values == NULL)
        return record_not_found(task, entity);
    if (follows_single_parent(entity) && values[entity->deleted->column->index].integer == 0)
        TRY(hierarchy_row_delete(task, entity, id));
    if (follows_single_parent(entity) && !is_permanent)
        return NULL;
    if (entity->hierarchy != NULL)
        TRY(delete_below(task, entity, id, is_permanent));
    return delete_one(task, entity, id, is_permanent);
}

Error *record_restore(Task *task, const Entity *entity, Str id, bool *out_restored)
{
    RecordDraft draft;
    TRY(access_check(task, entity, ACCESS_DELETE));
    if (entity->tree != NULL)
        return hierarchy_row_refuse_restore(task, entity);
    TRY(personal_check_change(task, entity, id));
    draft_begin_new(task, entity, &draft);
    TRY(row_find(task->sql, entity, id, true, &draft.row_id, &draft.stored));
    if (draft.stored == NULL)
        return record_not_found(task, entity);
    *out_restored = draft.stored[entity->deleted->column->index].integer != 0;
    if (!*out_restored)
        return NULL;
    /* As a new one to the checks: its own trashed row does not count as another. */
    draft.id = id;
    memcpy(draft.values, draft.stored, entity->column_count * sizeof(SqlValue));
    draft.stored = NULL;
    TRY(hierarchy_restore_parent(task, &draft));
    return row_restore(task, &draft);
}

static bool would_change_links(Task *task, const RecordDraft *draft, Error **out_error)
{
    for (size_t i = 0; i < draft->link_count; i++) {
        bool differs = true;
        *out_error = linked_differs(task, draft, &draft->links[i], &differs);
        if (*out_error != NULL || differs)
            return true;
    }
    return false;
}

Error *record_dry_run(Task *task, const Entity *entity, Str id, const JsonValue *body,
                      RecordResult *out)
{
    RecordDraft draft;
    bool *is_changed = ARENA_ARRAY(task->arena, bool, entity->column_count);
    Error *error = NULL;
    bool is_new = str_is_none(id);
    if (is_new)
        TRY(build_new(task, entity, body, &draft));
    else
        TRY(build_update(task, entity, id, body, REQUIRED_CHECKED, &draft));
    TRY(record_check_unique(task, &draft));
    TRY(error_from_problems(&draft.problems, task->arena, entity->name));
    if (is_new && str_is_none(draft.id))
        draft.id = id_new(task->arena);
    bool changes = is_new || draft_find_changes(task, &draft, is_changed);
    changes = changes || would_change_links(task, &draft, &error);
    TRY(error);
    if (changes && task->known != NULL)
        known_note_dry(task, &draft);
    *out = (RecordResult){ .outcome = is_new    ? RECORD_CREATED
                                      : changes ? RECORD_UPDATED
                                                : RECORD_UNCHANGED,
                           .id = draft.id,
                           .secret = STR_NONE };
    return NULL;
}

Error *record_try_change(Task *task, const Entity *entity, Str id, const JsonValue *body,
                         bool *out_changes)
{
    RecordDraft draft;
    bool *is_changed = ARENA_ARRAY(task->arena, bool, entity->column_count);
    Error *error = NULL;
    TRY(build_update(task, entity, id, body, REQUIRED_PASSED_OVER, &draft));
    TRY(record_check_unique(task, &draft));
    TRY(error_from_problems(&draft.problems, task->arena, entity->name));
    *out_changes =
        draft_find_changes(task, &draft, is_changed) || would_change_links(task, &draft, &error);
    return error;
}
