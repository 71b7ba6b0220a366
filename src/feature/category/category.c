#include "feature/category/category.h"

#include "record/hierarchy.h"
#include "record/row.h"

static const Field *active_field(const RecordDraft *draft)
{
    const Field *field = entity_find_field(draft->entity, STR("isActive"));
    return field == NULL || field->column == NULL || draft->entity->hierarchy == NULL ? NULL
                                                                                      : field;
}

static bool is_changed(const RecordDraft *draft, const Field *field)
{
    return draft->stored == NULL ||
           !sql_value_equal(draft_get(draft, field), &draft->stored[field->column->index]);
}

static Error *set_all(Task *task, const Field *field, const Str *ids, size_t count, SqlValue value)
{
    const Entity *entity = field->entity;
    for (size_t i = 0; i < count; i++) {
        RecordDraft other;
        bool *changes = ARENA_ARRAY(task->arena, bool, entity->column_count);
        TRY(arena_check(task->arena));
        TRY(draft_begin_update(task, entity, ids[i], &other));
        draft_set(&other, field, value);
        if (draft_find_changes(task, &other, changes))
            TRY(row_change(task, &other, changes));
    }
    return NULL;
}

static Error *after_save(Task *task, const RecordDraft *draft, const JsonValue *body)
{
    (void)body;
    const Field *active = active_field(draft);
    Str *ids;
    size_t count = 0;
    if (active == NULL || !is_changed(draft, active))
        return NULL;
    SqlValue value = *draft_get(draft, active);
    bool is_active = value.kind == SQL_INT && value.integer != 0;
    if (is_active)
        TRY(hierarchy_find_above(task, draft->entity, draft->id, &ids, &count));
    else if (!draft->is_new)
        TRY(hierarchy_find_below(task, draft->entity, draft->id, false, &ids, &count));
    return count == 0 ? NULL : set_all(task, active, ids, count, value);
}

const RecordHook category_hook = { .entity = "Category", .after_save = after_save };
