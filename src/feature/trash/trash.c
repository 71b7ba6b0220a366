#include "feature/trash/trash.h"

#include "base/clock.h"
#include "feature/idempotency/idempotency.h"
#include "query/id_query.h"
#include "query/row_statement.h"
#include "record/record.h"

#define BATCH_IDS 500

/* One sweep over an entity: what is older than `before`. */
typedef struct Sweep {
    IdQuery query;
    Str ids[BATCH_IDS];
    size_t count;
    size_t next;
} Sweep;

/* ---- what is done to each ---- */

static bool is_still_due(const Sweep *sweep, const SqlValue *values)
{
    const SqlValue *changed = &values[sweep->query.dated->index];
    bool is_trashed = values[sweep->query.entity->deleted->column->index].integer != 0;
    return is_trashed == sweep->query.is_trash && changed->kind == SQL_TEXT &&
           str_compare(changed->text, sweep->query.before) < 0;
}

static Error *delete_record(Task *task, const Sweep *sweep, Str id)
{
    AUTO_ROLLBACK SqlSavepoint savepoint = { 0 };
    TRY(sql_savepoint(task->sql, &savepoint));
    TRY(record_delete(task, sweep->query.entity, id, sweep->query.is_trash));
    return sql_release(&savepoint);
}

/* It may have been restored, or changed, since it was listed. */
static Error *remove_one(JobRun *run, const Sweep *sweep, Str id)
{
    Task *task = run->task;
    int64_t row_id;
    SqlValue *values = NULL;
    TRY(row_find(task->sql, sweep->query.entity, id, true, &row_id, &values));
    if (values == NULL || !is_still_due(sweep, values))
        return NULL;
    if (sweep->query.entity->is_internal)
        return row_delete(task->sql, sweep->query.entity, row_id);
    Error *error = delete_record(task, sweep, id);
    bool is_gone = sql_may_run_again(task->sql) || !sql_is_in_transaction(task->sql);
    if (error != NULL && is_gone)
        return error;
    run->progress.processed++;
    if (error != NULL)
        job_tell_failure(run, id, STR_NONE, error->reason);
    return NULL;
}

typedef struct Slice {
    Sweep *sweep;
    size_t end;
} Slice;

static Error *remove_some(JobRun *run, void *context)
{
    Slice *slice = context;
    const Sweep *sweep = slice->sweep;
    int64_t deadline_us = clock_monotonic_us() + run->slice_us;
    slice->end = sweep->next;
    do {
        ArenaMark mark = arena_mark(run->task->arena);
        TRY(remove_one(run, sweep, sweep->ids[slice->end++]));
        arena_reset_to(run->task->arena, mark);
    } while (slice->end < sweep->count && clock_monotonic_us() < deadline_us);
    return NULL;
}

static Error *remove_batch(JobRun *run, Sweep *sweep)
{
    Slice slice = { .sweep = sweep };
    for (sweep->next = 0; sweep->next < sweep->count && !run->is_over; sweep->next = slice.end)
        TRY(job_step(run, remove_some, &slice));
    return NULL;
}

static Error *run_sweep(JobRun *run, Sweep *sweep)
{
    Task *task = run->task;
    Str after = STR_NONE;
    do {
        TRY(task_reader(task));
        TRY(id_query_read(task->sql, &sweep->query, after, BATCH_IDS, sweep->ids, &sweep->count));
        task_end_read(task);
        TRY(remove_batch(run, sweep));
        after = sweep->count > 0 ? sweep->ids[sweep->count - 1] : STR_NONE;
        TRY(arena_check(task->arena));
    } while (sweep->count == BATCH_IDS && !run->is_over);
    return NULL;
}

/* ---- which ---- */

static Str days_ago(const Task *task, int64_t days)
{
    char *text = arena_alloc(task->arena, CLOCK_TEXT_LEN);
    clock_write_text(task->now_us - days * 86400 * (int64_t)1000000, text);
    return (Str){ text, CLOCK_TEXT_LEN };
}

static int64_t days_of(const Task *task, const Entity *entity, const char *key, int64_t usual)
{
    const JsonValue *scopes = json_find(task->schema->metadata, STR("scopes"));
    const JsonValue *days = json_find(json_find(scopes, entity->name), str_from(key));
    return days != NULL && days->kind == JSON_INT ? days->integer : usual;
}

static Error *sweep_entity(JobRun *run, const Entity *entity, bool is_trash, int64_t days)
{
    ArenaMark mark = arena_mark(run->task->arena);
    const Field *dated = entity->modified_at != NULL ? entity->modified_at : entity->created_at;
    if (dated == NULL || run->is_over)
        return NULL;
    Sweep *sweep = ARENA_NEW(run->task->arena, Sweep);
    sweep->query = (IdQuery){ .entity = entity,
                              .is_trash = is_trash,
                              .dated = dated->column,
                              .before = days_ago(run->task, days) };
    TRY(run_sweep(run, sweep));
    arena_reset_to(run->task->arena, mark);
    return NULL;
}

static Error *clear_entity(JobRun *run, const Entity *entity)
{
    int64_t live_days = days_of(run->task, entity, "autoDeleteAfterDays", 0);
    int64_t trash_days = days_of(run->task, entity, "clearDeletedAfterDays", TRASH_DEFAULT_DAYS);
    if (entity->is_internal)
        return NULL;
    if (live_days > 0)
        TRY(sweep_entity(run, entity, false, live_days));
    return sweep_entity(run, entity, true, trash_days);
}

static Error *clear(JobRun *run)
{
    const Schema *schema = run->task->schema;
    const Entity *keys = schema_find_entity(schema, STR("IdempotencyKey"));
    for (size_t i = 0; i < schema->entity_count && !run->is_over; i++)
        TRY(clear_entity(run, &schema->entities[i]));
    TRY(sweep_entity(run, keys, false, (IDEMPOTENCY_HOURS + 23) / 24));
    run->message = str_format(run->task->arena, "%lld records removed",
                              (long long)(run->progress.processed - run->progress.failed));
    return NULL;
}

const JobType trash_clear_job = { .name = "ClearEntities", .run = clear, .is_daily = true };
