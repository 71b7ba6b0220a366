#include "feature/mass/upsert_item.h"

bool upsert_item_is_passing(const Task *task)
{
    return task->is_writing && sql_may_run_again(task->sql);
}

Error *upsert_item_run(Task *task, Arena *scratch, const UpsertOptions *options, UpsertItem *item,
                       UpsertStep *step)
{
    Arena *own = task->arena;
    if (item->error == NULL)
        item->error = arena_check(own);
    if (item->error != NULL)
        return NULL;
    task_use_arena(task, scratch);
    Error *error = step(task, options, item);
    task_use_arena(task, own);
    error = error == NULL ? NULL : error_copy(own, error);
    if (error == NULL || !upsert_item_is_passing(task))
        item->error = error;
    item->result.id = str_copy(own, item->result.id);
    item->result.secret = str_copy(own, item->result.secret);
    arena_reset(scratch);
    return item->error == NULL ? error : NULL;
}
