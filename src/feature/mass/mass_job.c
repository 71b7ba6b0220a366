#include "feature/mass/mass_job.h"

#include "base/clock.h"
#include "json/json_writer.h"
#include "query/id_query.h"
#include "query/where.h"

#define SELECT_IDS (MASS_PART_IDS * 5)

/* ---- asked for ---- */

typedef struct Asking {
    const MassWork *work;
    const JsonValue *body;
    const Str *ids;
    size_t count;
    Str id;
} Asking;

static void copy_member(JsonWriter *writer, const JsonValue *body, const char *key)
{
    const JsonValue *value = json_find(body, str_from(key));
    if (json_is_null(value))
        return;
    json_write_key(writer, str_from(key));
    json_write_value(writer, value);
}

/* What mass_work_read reads again when the job runs. */
static Error *write_payload(Task *task, const Asking *asking, Str *out)
{
    static const char *const keys[] = { "attributes", "permanently", "link", "foreignIds", NULL };
    Buf buf;
    JsonWriter writer;
    buf_init(&buf, task->arena, (size_t)16 << 20);
    json_writer_init(&writer, &buf);
    json_begin_object(&writer);
    json_write_key(&writer, STR("entityType"));
    json_write_text(&writer, asking->work->entity->name);
    for (const char *const *key = keys; *key != NULL; key++)
        copy_member(&writer, asking->body, *key);
    if (asking->ids == NULL)
        copy_member(&writer, asking->body, "where");
    json_end_object(&writer);
    *out = buf_str(&buf);
    return buf_check(&buf);
}

/* Parts are numbered by the place of their first id. */
static Error *add_parts(Task *task, Str job_id, const Str *ids, size_t count, size_t first)
{
    for (size_t from = 0; from < count; from += MASS_PART_IDS) {
        ArenaMark mark = arena_mark(task->arena);
        Buf buf;
        JsonWriter writer;
        size_t end = from + MASS_PART_IDS < count ? from + MASS_PART_IDS : count;
        buf_init(&buf, task->arena, (size_t)1 << 20);
        json_writer_init(&writer, &buf);
        json_begin_list(&writer);
        for (size_t i = from; i < end; i++)
            json_write_text(&writer, ids[i]);
        json_end_list(&writer);
        TRY(buf_check(&buf));
        TRY(job_add_part(task, job_id, (int64_t)((first + from) / MASS_PART_IDS), buf_str(&buf)));
        arena_reset_to(task->arena, mark);
    }
    return NULL;
}

static Error *add(Task *task, void *context)
{
    Asking *asking = context;
    const MassWork *work = asking->work;
    JobOrder order = { .type = work->action->job_type,
                       .id = STR_NONE,
                       .total = asking->ids == NULL ? JOB_NOT_COUNTED : (int64_t)asking->count };
    order.name =
        str_format(task->arena, "%s %.*s", work->action->name, STR_ARGS(work->entity->name));
    TRY(write_payload(task, asking, &order.payload));
    TRY(job_add(task, &order, &asking->id));
    return asking->ids == NULL ? NULL : add_parts(task, asking->id, asking->ids, asking->count, 0);
}

Error *mass_job_add(Task *task, const MassWork *work, const JsonValue *body, const Str *ids,
                    size_t count, Str *out_id)
{
    Asking asking = { .work = work, .body = body, .ids = ids, .count = count };
    task_end_read(task);
    TRY(task_write(task, add, &asking));
    job_wake(task->instance);
    *out_id = asking.id;
    return NULL;
}

/* ---- the ids of a filter ---- */

typedef struct Selecting {
    Str *ids;
    size_t count; /* of this batch */
    size_t first; /* selected before it */
    bool is_last;
} Selecting;

/* What an interrupted selection left; nothing was changed yet. */
static Error *forget_parts(JobRun *run, void *context)
{
    (void)context;
    return job_remove_parts(run->task, run->id);
}

static Error *keep_ids(JobRun *run, void *context)
{
    const Selecting *selecting = context;
    TRY(add_parts(run->task, run->id, selecting->ids, selecting->count, selecting->first));
    if (selecting->is_last)
        run->progress.total = (int64_t)(selecting->first + selecting->count);
    return NULL;
}

static Error *select_ids(JobRun *run, const MassWork *work)
{
    Task *task = run->task;
    IdQuery query = { .entity = work->entity, .is_trash = work->action->is_for_trash };
    Selecting selecting = { .ids = ARENA_ARRAY(task->arena, Str, SELECT_IDS) };
    Str after = STR_NONE;
    TRY(where_parse(task->arena, work->entity, json_find(run->payload, STR("where")),
                    &query.where));
    TRY(job_step(run, forget_parts, NULL));
    while (!selecting.is_last && !run->is_over) {
        ArenaMark mark = arena_mark(task->arena);
        TRY(task_reader(task));
        TRY(id_query_read(task->sql, &query, after, SELECT_IDS, selecting.ids, &selecting.count));
        selecting.is_last = selecting.count < SELECT_IDS;
        TRY(job_step(run, keep_ids, &selecting));
        selecting.first += selecting.count;
        char last[ID_MAX_LEN];
        size_t len = selecting.count == 0 ? 0 : selecting.ids[selecting.count - 1].len;
        if (len > sizeof last)
            return error_new(task->arena, ERROR_INTERNAL, "An id is longer than ids may be");
        if (len > 0)
            memcpy(last, selecting.ids[selecting.count - 1].data, len);
        arena_reset_to(task->arena, mark);
        after = len == 0 ? STR_NONE : str_copy(task->arena, (Str){ last, len });
    }
    return NULL;
}

/* ---- the work ---- */

typedef struct Part {
    const MassWork *work;
    const JsonValue *ids;
    int64_t first; /* place of its first id */
} Part;

static Error *change_some(JobRun *run, void *context)
{
    const Part *part = context;
    int64_t deadline_us = clock_monotonic_us() + run->slice_us;
    int64_t end = part->first + (int64_t)part->ids->list.count;
    do {
        ArenaMark mark = arena_mark(run->task->arena);
        MassFailure *failure = NULL;
        const JsonValue *id = &part->ids->list.items[run->progress.processed - part->first];
        TRY(mass_apply(run->task, part->work, id->text, &failure));
        if (failure != NULL)
            job_tell_failure(run, failure->id, failure->name, failure->reason);
        run->progress.processed++;
        arena_reset_to(run->task->arena, mark);
    } while (run->progress.processed < end && clock_monotonic_us() < deadline_us);
    return NULL;
}

static Error *change_part(JobRun *run, const MassWork *work)
{
    Part part = { .work = work };
    int64_t number = run->progress.processed / MASS_PART_IDS;
    part.first = number * MASS_PART_IDS;
    TRY(job_read_part(run->task, run->id, number, &part.ids));
    int64_t end = part.first + (json_is_list(part.ids) ? (int64_t)part.ids->list.count : 0);
    if (run->progress.processed >= end)
        return error_new(run->task->arena, ERROR_INVALID, "Its list of records is gone");
    while (run->progress.processed < end && !run->is_over)
        TRY(job_step(run, change_some, &part));
    return NULL;
}

static Error *run_action(JobRun *run, const MassAction *action)
{
    MassWork work;
    Task *task = run->task;
    Str name = json_find_text(run->payload, STR("entityType"));
    const Entity *entity = str_is_none(name) ? NULL : schema_find_entity(task->schema, name);
    if (entity == NULL)
        return error_new_code(task->arena, ERROR_NOT_FOUND, "noSuchEntity",
                              "There is no such entity any more");
    TRY(mass_work_read(task, action, entity, run->payload, &work));
    if (run->progress.total == JOB_NOT_COUNTED)
        TRY(select_ids(run, &work));
    while (!run->is_over && run->progress.processed < run->progress.total) {
        ArenaMark mark = arena_mark(task->arena);
        Error *error = change_part(run, &work);
        if (error != NULL)
            return error;
        arena_reset_to(task->arena, mark);
    }
    run->message = str_format(task->arena, "%lld of %lld records done",
                              (long long)(run->progress.processed - run->progress.failed),
                              (long long)run->progress.processed);
    return NULL;
}

static Error *run_update(JobRun *run)
{
    return run_action(run, &mass_update);
}

static Error *run_delete(JobRun *run)
{
    return run_action(run, &mass_delete);
}

static Error *run_restore(JobRun *run)
{
    return run_action(run, &mass_restore);
}

static Error *run_link(JobRun *run)
{
    return run_action(run, &mass_link);
}

static Error *run_unlink(JobRun *run)
{
    return run_action(run, &mass_unlink);
}

const JobType mass_update_job = { .name = "MassUpdate", .run = run_update };
const JobType mass_delete_job = { .name = "MassDelete", .run = run_delete };
const JobType mass_restore_job = { .name = "MassRestore", .run = run_restore };
const JobType mass_link_job = { .name = "MassRelate", .run = run_link };
const JobType mass_unlink_job = { .name = "MassUnrelate", .run = run_unlink };
