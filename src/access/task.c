#include "access/task.h"

#include <assert.h>

#include "base/clock.h"

void task_begin(Task *task, Arena *arena, Instance *instance)
{
    *task = (Task){ .arena = arena,
                    .instance = instance,
                    .schema = instance_take_schema(instance),
                    .caller = &caller_anonymous,
                    .now_us = clock_wall_us() };
}

void task_end_read(Task *task)
{
    if (task->sql == NULL || task->is_writing)
        return;
    sql_give_reader(task->sql);
    task->sql = NULL;
}

void task_end(Task *task)
{
    task_end_read(task);
    schema_unref(task->schema);
    schema_unref(task->made_schema);
    task->schema = NULL;
    task->made_schema = NULL;
}

/* A token shows what was written with it; and what its user wrote with the password, as a login
 * does. */
static uint64_t fresh_position(const Task *task)
{
    const FreshWrites *writes = task->instance->fresh_writes;
    int64_t now_us = clock_monotonic_us();
    uint64_t position = fresh_writes_find(writes, task->caller->user_id, now_us);
    if (str_is_none(task->caller->token_id))
        return position;
    uint64_t by_token = fresh_writes_find(writes, task->caller->token_id, now_us);
    return by_token > position ? by_token : position;
}

void task_note_written(const Task *task, uint64_t position)
{
    const Caller *caller = task->caller;
    Str who = str_is_none(caller->token_id) ? caller->user_id : caller->token_id;
    if (position > 0 && task->instance->fresh_writes != NULL && !str_is_none(who))
        fresh_writes_note(task->instance->fresh_writes, who, position, clock_monotonic_us());
}

static SqlConnection *begin_on_replica(Task *task)
{
    ReplicaSet *replicas = task->instance->replicas;
    if (!task->may_read_replica || replicas == NULL || str_is_none(task->caller->user_id))
        return NULL;
    return replica_set_begin_read(replicas, task->arena, fresh_position(task), task->read_limit_ms);
}

bool task_replica_failed(Task *task, const Error *error)
{
    ReplicaSet *replicas = task->instance->replicas;
    if (replicas == NULL || task->sql == NULL || task->is_writing ||
        !replica_set_has_failed(replicas, task->sql, error))
        return false;
    task_end_read(task);
    task->may_read_replica = false;
    return true;
}

Error *task_reader(Task *task)
{
    if (task->sql != NULL)
        return NULL;
    task->sql = begin_on_replica(task);
    if (task->sql != NULL)
        return NULL;
    SqlConnection *reader = NULL;
    TRY(sql_take_reader(task->arena, task->instance->database, &reader));
    Error *error = sql_begin_read(reader, task->read_limit_ms);
    if (error == NULL)
        task->sql = reader;
    else
        sql_give_reader(reader);
    return error;
}

void task_use_arena(Task *task, Arena *arena)
{
    task->arena = arena;
    if (task->sql != NULL)
        sql_use_arena(task->sql, arena);
}

void task_enter_lane(Task *task, SqlConnection *connection)
{
    assert(!task->is_writing);
    task_end_read(task);
    task->sql = connection;
    task->is_writing = true;
}

void task_leave_lane(Task *task)
{
    task->sql = NULL;
    task->is_writing = false;
}

typedef struct Step {
    Task *task;
    Error *(*run)(Task *task, void *context);
    void *context;
} Step;

static Error *run_step(void *context, SqlConnection *connection)
{
    Step *step = context;
    task_enter_lane(step->task, connection);
    Error *error = step->run(step->task, step->context);
    task_leave_lane(step->task);
    return error;
}

static Error *write_step(Step *step, bool has_own_savepoints)
{
    Task *task = step->task;
    if (task->is_writing)
        return step->run(task, step->context);
    task_end_read(task);
    LaneStep on_lane = { .run = run_step,
                         .context = step,
                         .has_own_savepoints = has_own_savepoints };
    uint64_t position;
    Error *error = lane_run_step(task->instance->lane, task->arena, &on_lane, &position);
    task_note_written(task, position);
    return error;
}

Error *task_write(Task *task, Error *(*step)(Task *task, void *context), void *context)
{
    Step running = { .task = task, .run = step, .context = context };
    return write_step(&running, false);
}

Error *task_write_items(Task *task, Error *(*step)(Task *task, void *context), void *context)
{
    Step running = { .task = task, .run = step, .context = context };
    return write_step(&running, true);
}

Str task_now_text(Task *task)
{
    char *text = arena_alloc(task->arena, CLOCK_TEXT_LEN);
    clock_write_text(task->now_us, text);
    return (Str){ text, CLOCK_TEXT_LEN };
}
