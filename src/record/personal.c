#include "record/personal.h"

#include "query/lookup.h"
#include "query/operator.h"
#include "record/record.h"

void personal_own(const Task *task, RecordDraft *draft)
{
    if (draft->entity->personal_user != NULL)
        draft_set(draft, draft->entity->personal_user, sql_text(task->caller->user_id));
}

static const Condition *new_condition(Arena *arena, Condition condition)
{
    Condition *copy = ARENA_NEW(arena, Condition);
    *copy = condition;
    return copy;
}

static const Condition *new_group(Arena *arena, const char *op, const Condition *first,
                                  const Condition *second)
{
    const Condition **parts = ARENA_ARRAY(arena, const Condition *, 2);
    parts[0] = first;
    parts[1] = second;
    return new_condition(
        arena, (Condition){ .op = operator_find(str_from(op)), .parts = parts, .part_count = 2 });
}

static const Condition *visible(const Task *task, const Entity *entity)
{
    SqlValue *user = ARENA_NEW(task->arena, SqlValue);
    *user = sql_text(task->caller->user_id);
    const Condition *own =
        new_condition(task->arena, (Condition){ .op = operator_find(STR("equals")),
                                                .key = &entity->personal_user->keys[0],
                                                .values = user,
                                                .value_count = 1 });
    if (entity->shared_flag == NULL)
        return own;
    const Condition *shared =
        new_condition(task->arena, (Condition){ .op = operator_find(STR("isTrue")),
                                                .key = &entity->shared_flag->keys[0] });
    return new_group(task->arena, "or", own, shared);
}

void personal_restrict(const Task *task, const ListSpec *spec, ListSpec *out)
{
    *out = *spec;
    if (spec->entity->personal_user == NULL)
        return;
    out->where = visible(task, spec->entity);
    if (spec->where != NULL)
        out->where = new_group(task->arena, "and", out->where, spec->where);
}

static Error *look(Task *task, const Entity *entity, Str id, bool *out_own, bool *out_shared)
{
    const Field *shared = entity->shared_flag;
    const Column *columns[] = { entity->personal_user->column,
                                shared == NULL ? NULL : shared->column };
    LookupMatch match = { .column = entity->id->column, .value = sql_text(id) };
    Lookup lookup = { .entity = entity,
                      .matches = &match,
                      .match_count = 1,
                      .columns = columns,
                      .column_count = shared == NULL ? 1 : 2,
                      .with_deleted = true };
    SqlValue values[2] = { sql_null(), sql_null() };
    bool is_found = false;
    TRY(task_reader(task));
    TRY(lookup_find(task->sql, &lookup, values, &is_found));
    /* What is not there is told by who looks for it. */
    *out_own = !is_found ||
               (values[0].kind == SQL_TEXT && str_equal(values[0].text, task->caller->user_id));
    *out_shared = values[1].kind == SQL_INT && values[1].integer != 0;
    return NULL;
}

Error *personal_check_read(Task *task, const Entity *entity, Str id)
{
    bool is_own = false;
    bool is_shared = false;
    if (entity->personal_user == NULL)
        return NULL;
    TRY(look(task, entity, id, &is_own, &is_shared));
    return is_own || is_shared ? NULL : record_not_found(task, entity);
}

Error *personal_check_change(Task *task, const Entity *entity, Str id)
{
    bool is_own = false;
    bool is_shared = false;
    if (entity->personal_user == NULL)
        return NULL;
    TRY(look(task, entity, id, &is_own, &is_shared));
    if (is_own)
        return NULL;
    return is_shared ? error_new(task->arena, ERROR_FORBIDDEN, "The record is somebody else's")
                     : record_not_found(task, entity);
}
