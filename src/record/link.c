#include "record/link.h"

#include "access/access.h"
#include "record/linked.h"
#include "record/record_check.h"
#include "record/row.h"

Error *link_list(Task *task, const ListSpec *spec, Buf *out)
{
    RecordDraft draft;
    TRY(access_check(task, spec->link->entity, ACCESS_READ));
    TRY(task_reader(task));
    TRY(draft_begin_update(task, spec->link->entity, spec->from_id, &draft));
    return record_list(task, spec, out);
}

/* A belongsTo link is a value of the record itself. */
static Error *set_own(Task *task, RecordDraft *draft, const Link *link, SqlValue value)
{
    draft_set(draft, link->field, value);
    TRY(record_check_link_targets(task, draft, NULL));
    TRY(error_from_problems(&draft->problems, task->arena, draft->entity->name));
    return row_change(task, draft);
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

static Error *check_targets(Task *task, RecordDraft *draft, const Link *link, const Str *ids,
                            size_t count)
{
    if (link->field == NULL)
        return error_new_code(task->arena, ERROR_INVALID, "noSuchLink",
                              "The link '%.*s' is changed through the records of '%.*s'",
                              STR_ARGS(link->name), STR_ARGS(link->target->name));
    DraftLinks *links = ARENA_NEW(task->arena, DraftLinks);
    *links = (DraftLinks){ .field = link->field,
                           .ids = ARENA_ARRAY(task->arena, Str, count),
                           .count = count };
    memcpy(links->ids, ids, count * sizeof *ids);
    draft->links = links;
    draft->link_count = 1;
    TRY(record_check_link_targets(task, draft, NULL));
    return error_from_problems(&draft->problems, task->arena, draft->entity->name);
}

Error *link_add(Task *task, const Link *link, Str id, const Str *linked_ids, size_t count)
{
    RecordDraft draft;
    bool is_changed = false;
    TRY(begin(task, link, id, &draft));
    if (link->type == LINK_BELONGS_TO)
        return set_own(task, &draft, link, sql_text(linked_ids[count - 1]));
    TRY(check_targets(task, &draft, link, linked_ids, count));
    for (size_t i = 0; i < count; i++)
        TRY(linked_add(task, link, id, linked_ids[i], &is_changed));
    return is_changed ? row_touch(task, &draft) : NULL;
}

Error *link_remove(Task *task, const Link *link, Str id, const Str *linked_ids, size_t count)
{
    RecordDraft draft;
    bool is_changed = false;
    TRY(begin(task, link, id, &draft));
    if (link->type == LINK_BELONGS_TO) {
        const SqlValue *value = draft_get(&draft, link->field);
        for (size_t i = 0; i < count; i++)
            is_changed =
                is_changed || (value->kind == SQL_TEXT && str_equal(value->text, linked_ids[i]));
        if (!is_changed)
            return error_new_code(task->arena, ERROR_INVALID, "nothingToLink",
                                  "None of these records is linked");
        if (link->field->is_required)
            return error_new_code(task->arena, ERROR_INVALID, "fieldRequired",
                                  "Field '%.*s' is required.", STR_ARGS(link->field->label));
        return set_own(task, &draft, link, sql_null());
    }
    for (size_t i = 0; i < count; i++)
        TRY(linked_remove(task, link, id, linked_ids[i], &is_changed));
    if (!is_changed)
        return error_new_code(task->arena, ERROR_INVALID, "nothingToLink",
                              "None of these records is linked");
    return row_touch(task, &draft);
}

void link_add_id(List *ids, Arena *arena, Str id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (str_equal(*(const Str *)ids->items[i], id))
            return;
    Str *copy = ARENA_NEW(arena, Str);
    *copy = id;
    list_add(ids, arena, copy);
}
