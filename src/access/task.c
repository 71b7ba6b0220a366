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
    task->schema = NULL;
}

Error *task_reader(Task *task)
{
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
    if (has_own_savepoints)
        return lane_run_items(task->instance->lane, task->arena, run_step, step);
    return lane_run(task->instance->lane, task->arena, run_step, step);
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
