#include "feature/job/job_claim.h"

#include <unistd.h>

#include "base/clock.h"
#include "json/json_reader.h"
#include "query/lookup.h"
#include "query/queue_query.h"

/* Texts of a job that are small enough to be searched; a list of outcomes is not. */
#define MAX_SEARCHED_MESSAGE_BYTES ((size_t)16 << 10)

static Str time_text(Task *task, int64_t time_us)
{
    char *text = arena_alloc(task->arena, CLOCK_TEXT_LEN);
    clock_write_text(time_us, text);
    return (Str){ text, CLOCK_TEXT_LEN };
}

static const Column *column_of(const Entity *entity, const char *name)
{
    return entity_find_field(entity, str_from(name))->column;
}

static Error *find_next(Task *task, Str *out_id)
{
    const Entity *entity = job_entity(task);
    QueueQuery query = {
        .entity = entity,
        .state = column_of(entity, "status"),
        .waiting = STR(JOB_PENDING),
        .due_at = column_of(entity, "executeTime"),
        .now = task_now_text(task),
        .priority = column_of(entity, "priority"),
        .running = STR(JOB_RUNNING),
        .seen_at = column_of(entity, "heartbeatAt"),
        .lost_before = time_text(task, task->now_us - JOB_LOST_S * (int64_t)1000000),
    };
    return queue_query_find(task->sql, &query, out_id);
}

typedef struct Claiming {
    Str id;
    Str token;
} Claiming;

static void take(Task *task, JobRow *row, Claiming *claiming)
{
    const SqlValue *attempts = job_row_get(row, "attempts");
    int64_t tried = attempts->kind == SQL_INT ? attempts->integer : 0;
    job_row_set(row, "status", sql_text(STR(JOB_RUNNING)));
    job_row_set(row, "claim", sql_text(claiming->token));
    job_row_set(row, "runner", sql_text(task->instance->home));
    job_row_set(row, "pid", sql_int(getpid()));
    job_row_set(row, "attempts", sql_int(tried + 1));
    job_row_set(row, "startedAt", sql_text(task_now_text(task)));
    job_row_set(row, "endedAt", sql_null());
    job_row_set(row, "heartbeatAt", sql_text(task_now_text(task)));
}

static Error *claim(Task *task, void *context)
{
    Claiming *claiming = context;
    JobRow row;
    TRY(find_next(task, &claiming->id));
    if (str_is_none(claiming->id))
        return NULL;
    TRY(job_row_find(task, claiming->id, &row));
    if (row.values == NULL) {
        claiming->id = STR_NONE;
        return NULL;
    }
    claiming->token = id_new(task->arena);
    take(task, &row, claiming);
    return job_row_write(task, &row, false);
}

Error *job_claim_next(Task *task, Str *out_id, Str *out_token)
{
    Claiming claiming = { .id = STR_NONE };
    task->now_us = clock_wall_us();
    TRY(task_reader(task));
    TRY(find_next(task, &claiming.id));
    task_end_read(task);
    if (!str_is_none(claiming.id))
        TRY(task_write(task, claim, &claiming));
    *out_id = claiming.id;
    *out_token = claiming.token;
    return NULL;
}

static Str text_of(const SqlValue *value)
{
    return value->kind == SQL_TEXT ? value->text : STR_NONE;
}

static Error *load_errors(JobRun *run, Str errors)
{
    const JsonValue *list = NULL;
    Buf *kept = &run->claim->errors;
    if (errors.len < 2)
        return NULL;
    TRY(json_read(run->task->arena, errors, &list));
    buf_append(kept, str_slice(errors, 1, errors.len - 1));
    run->progress.error_count = json_is_list(list) ? list->list.count : 0;
    run->progress.error_bytes = kept->len;
    return NULL;
}

Error *job_claim_load(JobRun *run, Str *out_type, Str *out_owner, bool *out_is_ours)
{
    Task *task = run->task;
    JobRow row;
    TRY(task_reader(task));
    TRY(job_row_find(task, run->id, &row));
    *out_is_ours = row.values != NULL && job_row_is(&row, "claim", run->claim->token);
    if (!*out_is_ours)
        return NULL;
    Str payload = text_of(job_row_get(&row, "payload"));
    if (payload.len > 0)
        TRY(json_read(task->arena, payload, &run->payload));
    run->progress = job_row_progress(&row);
    *out_type = text_of(job_row_get(&row, "type"));
    *out_owner = text_of(&row.values[row.entity->owner_user->column->index]);
    TRY(load_errors(run, text_of(job_row_get(&row, "errors"))));
    const SqlValue *attempts = job_row_get(&row, "attempts");
    if (attempts->kind == SQL_INT && attempts->integer > JOB_MAX_ATTEMPTS)
        return error_new(task->arena, ERROR_INVALID,
                         "It was begun %d times, and each time it was interrupted at once",
                         JOB_MAX_ATTEMPTS);
    return NULL;
}

typedef struct Ending {
    JobRun *run;
    const JobEnd *end;
} Ending;

static Error *end(Task *task, void *context)
{
    const Ending *ending = context;
    const JobEnd *how = ending->end;
    bool is_again = strcmp(how->status, JOB_PENDING) == 0;
    JobRow row;
    TRY(job_row_find(task, ending->run->id, &row));
    if (row.values == NULL || !job_row_is(&row, "status", STR(JOB_RUNNING)) ||
        !job_row_is(&row, "claim", ending->run->claim->token))
        return NULL;
    task->now_us = clock_wall_us();
    job_row_set(&row, "status", sql_text(str_from(how->status)));
    job_row_set(&row, "claim", sql_null());
    job_row_set(&row, "pid", sql_null());
    if (is_again)
        job_row_set(&row, "executeTime",
                    sql_text(time_text(task, task->now_us + how->delay_s * (int64_t)1000000)));
    else
        job_row_set(&row, "endedAt", sql_text(task_now_text(task)));
    if (!is_again)
        job_row_set(&row, "message", sql_text(how->message));
    job_row_set_progress(task, &row, ending->run);
    return job_row_write(task, &row, how->message.len <= MAX_SEARCHED_MESSAGE_BYTES);
}

Error *job_claim_end(JobRun *run, const JobEnd *how)
{
    Ending ending = { .run = run, .end = how };
    return task_write(run->task, end, &ending);
}

static Error *find_lost(Task *task, Str home, Str *out_id)
{
    const Entity *entity = job_entity(task);
    LookupMatch matches[] = {
        { .column = column_of(entity, "status"), .value = sql_text(STR(JOB_RUNNING)) },
        { .column = column_of(entity, "runner"), .value = sql_text(home) },
    };
    return lookup_find_id(task->sql, entity, matches, 2, out_id);
}

static Error *recover(Task *task, void *context)
{
    const Str *home = context;
    for (;;) {
        JobRow row;
        Str id;
        TRY(find_lost(task, *home, &id));
        if (str_is_none(id))
            return NULL;
        TRY(job_row_find(task, id, &row));
        if (row.values == NULL)
            return NULL;
        job_row_set(&row, "status", sql_text(STR(JOB_PENDING)));
        job_row_set(&row, "claim", sql_null());
        job_row_set(&row, "pid", sql_null());
        TRY(job_row_write(task, &row, false));
    }
}

Error *job_claim_recover(Task *task, Str home)
{
    return str_is_none(home) ? NULL : task_write(task, recover, &home);
}
