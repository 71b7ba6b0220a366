#include "record/link.h"

#include "access/access.h"
#include "query/lookup.h"
#include "record/linked.h"
#include "record/personal.h"
#include "record/record_check.h"
#include "record/row.h"

Error *link_list(Task *task, const ListSpec *spec, Buf *out)
{
    RecordDraft draft;
    TRY(access_check(task, spec->link->entity, ACCESS_READ));
    TRY(task_reader(task));
    TRY(personal_check_read(task, spec->link->entity, spec->from_id));
    TRY(draft_begin_update(task, spec->link->entity, spec->from_id, &draft));
    return record_list(task, spec, out);
}

/* A belongsTo link is a value of the record itself: it is set as any value is, with every rule. */
static Error *set_own(Task *task, const RecordDraft *draft, const Link *link, SqlValue value)
{
    RecordResult result;
    bool is_same = sql_value_equal(draft_get(draft, link->field), &value);
    TRY(record_set(task, link->entity, draft->id, link->field, value, &result));
    if (result.outcome != RECORD_UNCHANGED || is_same)
        return NULL;
    return error_new_code(task->arena, ERROR_INVALID, "immutable",
                          "The link '%.*s' can't be changed", STR_ARGS(link->name));
}

static Error *begin(Task *task, const Link *link, Str id, RecordDraft *out)
{
    TRY(access_check(task, link->entity, ACCESS_EDIT));
    TRY(access_check(task, link->target, ACCESS_EDIT));
    TRY(draft_begin_update(task, link->entity, id, out));
    if (link->field == NULL || !link->field->is_system)
        return NULL;
    return error_new_code(task->arena, ERROR_INVALID, "immutable",
                          "The link '%.*s' is set by the server", STR_ARGS(link->name));
}

static void tell(Task *task, FieldProblems *failed, Str id, const char *code, Str reason)
{
    field_problems_add(failed, task->arena, code, id, "%.*s", STR_ARGS(reason));
}

/* Ids of no record are told; the others are linked. */
static Error *add_existing(Task *task, const Link *link, Str id, const Str *linked_ids,
                           size_t count, FieldProblems *failed, bool *out_changed)
{
    Map existing = { 0 };
    TRY(lookup_existing(task->sql, link->target, linked_ids, count, &existing));
    for (size_t i = 0; i < count; i++) {
        if (map_find(&existing, linked_ids[i]) != NULL)
            TRY(linked_add(task, link, id, linked_ids[i], out_changed));
        else
            tell(task, failed, linked_ids[i], "noSuchRecord", STR("There is no such record"));
    }
    return NULL;
}

Error *link_add(Task *task, const Link *link, Str id, const Str *linked_ids, size_t count,
                FieldProblems *failed)
{
    RecordDraft draft;
    bool is_changed = false;
    TRY(begin(task, link, id, &draft));
    if (link->type == LINK_BELONGS_TO && count > 1)
        return error_new(task->arena, ERROR_INVALID, "The link '%.*s' leads to one record",
                         STR_ARGS(link->name));
    if (link->type == LINK_BELONGS_TO)
        return set_own(task, &draft, link, sql_text(linked_ids[0]));
    if (link->field == NULL || record_needs_more_than_ids(link))
        return error_new_code(
            task->arena, ERROR_INVALID, "noSuchLink",
            "The link '%.*s' is changed through the records of '%.*s'", STR_ARGS(link->name),
            STR_ARGS(link->type == LINK_MANY_TO_MANY ? link->relation->name : link->target->name));
    TRY(add_existing(task, link, id, linked_ids, count, failed, &is_changed));
    return is_changed ? row_touch(task, &draft) : NULL;
}

static Error *unlink_own(Task *task, RecordDraft *draft, const Link *link, const Str *linked_ids,
                         size_t count)
{
    const SqlValue *value = draft_get(draft, link->field);
    bool is_linked = false;
    for (size_t i = 0; i < count; i++)
        is_linked = is_linked || (value->kind == SQL_TEXT && str_equal(value->text, linked_ids[i]));
    if (!is_linked)
        return error_new_code(task->arena, ERROR_INVALID, "nothingToLink",
                              "None of these records is linked");
    if (link->field->is_required)
        return error_new_code(task->arena, ERROR_INVALID, "fieldRequired",
                              "Field '%.*s' is required.", STR_ARGS(link->field->label));
    return set_own(task, draft, link, sql_null());
}

Error *link_remove(Task *task, const Link *link, Str id, const Str *linked_ids, size_t count,
                   FieldProblems *failed)
{
    RecordDraft draft;
    bool any = false;
    TRY(begin(task, link, id, &draft));
    if (link->type == LINK_BELONGS_TO)
        return unlink_own(task, &draft, link, linked_ids, count);
    if (link->type == LINK_HAS_MANY && link->foreign->is_required)
        return error_new_code(task->arena, ERROR_INVALID, "fieldRequired",
                              "Field '%.*s' of '%.*s' is required.", STR_ARGS(link->foreign->label),
                              STR_ARGS(link->target->name));
    for (size_t i = 0; i < count; i++) {
        bool is_changed = false;
        TRY(linked_remove(task, link, id, linked_ids[i], &is_changed));
        any = any || is_changed;
        if (!is_changed)
            tell(task, failed, linked_ids[i], "notLinked", STR("The record is not linked"));
    }
    return any ? row_touch(task, &draft) : NULL;
}
