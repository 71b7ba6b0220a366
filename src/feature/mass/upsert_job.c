#include "feature/mass/upsert_job.h"

#include "base/clock.h"
#include "base/id.h"
#include "feature/mass/upsert.h"
#include "feature/mass/upsert_named.h"

/* Parts of outcomes are numbered from here on. */
#define OUTCOMES_FROM ((int64_t)1000000)
#define PART_MAX_BYTES ((size_t)64 << 20)
#define MESSAGE_MAX_BYTES ((size_t)64 << 20)

/* ---- asked for ---- */

static Error *check_secrets(Task *task, const JsonValue *item)
{
    Str name = json_find_text(item, STR("entity"));
    const JsonValue *payload = json_find(item, STR("payload"));
    const Entity *entity = str_is_none(name) ? NULL : schema_find_entity(task->schema, name);
    for (size_t i = 0; entity != NULL && json_is_object(payload) && i < payload->object.count;
         i++) {
        const Key *key = entity_find_key(entity, payload->object.members[i].key);
        if (key == NULL || key->role != KEY_SECRET)
            continue;
        Error *error = error_new(task->arena, ERROR_INVALID, "'%.*s' can't be set by a job",
                                 STR_ARGS(key->name));
        error->field = key->name;
        error->entity = entity->name;
        return error;
    }
    return NULL;
}

static Error *check(Task *task, const JsonValue *items)
{
    if (!json_is_list(items))
        return error_new_code(task->arena, ERROR_INVALID, "badParameter",
                              "The body must be a list of items");
    if (items->list.count > task->instance->upsert_max_items)
        return error_new_code(task->arena, ERROR_INVALID, "badParameter",
                              "At most %zu items in one call", task->instance->upsert_max_items);
    for (size_t i = 0; i < items->list.count; i++)
        TRY(check_secrets(task, &items->list.items[i]));
    return NULL;
}

typedef struct Asking {
    const JsonValue *items;
    Str id;
    size_t next; /* the first item of the coming slice */
    size_t end;  /* behind the last one of the slice that ran */
} Asking;

static Error *add_job(Task *task, void *context)
{
    Asking *asking = context;
    JobOrder order = { .type = "Upsert",
                       .id = STR_NONE,
                       .name = STR("upsert"),
                       .payload = STR("{}"),
                       .total = (int64_t)asking->items->list.count,
                       .waits_for_parts = true };
    return job_add(task, &order, &asking->id);
}

static Error *add_part(Task *task, const Asking *asking, size_t from, size_t to)
{
    Buf buf;
    JsonWriter writer;
    buf_init(&buf, task->arena, PART_MAX_BYTES);
    json_writer_init(&writer, &buf);
    json_begin_list(&writer);
    for (size_t i = from; i < to; i++) {
        const JsonValue *item = &asking->items->list.items[i];
        JsonValue named = upsert_named(task->arena, item, id_new(task->arena));
        json_write_value(&writer, &named);
    }
    json_end_list(&writer);
    TRY(buf_check(&buf));
    return job_add_part(task, asking->id, (int64_t)(from / UPSERT_JOB_ITEMS), buf_str(&buf));
}

static Error *add_parts(Task *task, void *context)
{
    Asking *asking = context;
    int64_t deadline_us = clock_monotonic_us() + UPSERT_SLICE_US;
    size_t count = asking->items->list.count;
    asking->end = asking->next;
    while (asking->end < count && clock_monotonic_us() < deadline_us) {
        ArenaMark mark = arena_mark(task->arena);
        size_t rest = count - asking->end;
        size_t to = asking->end + (rest < UPSERT_JOB_ITEMS ? rest : UPSERT_JOB_ITEMS);
        TRY(add_part(task, asking, asking->end, to));
        arena_reset_to(task->arena, mark);
        asking->end = to;
    }
    return asking->end == count ? job_release(task, asking->id) : NULL;
}

Error *upsert_job_add(Task *task, const JsonValue *items, Str *out_id)
{
    Asking asking = { .items = items };
    TRY(check(task, items));
    TRY(task_write(task, add_job, &asking));
    do {
        TRY(task_write(task, add_parts, &asking));
        asking.next = asking.end;
    } while (asking.next < items->list.count);
    job_wake(task->instance);
    *out_id = asking.id;
    return NULL;
}

/* ---- done ---- */

static void write_error(JsonWriter *writer, const Error *error)
{
    json_write_key(writer, STR("message"));
    json_write_text(writer, error->reason);
    json_write_key(writer, STR("error"));
    json_begin_object(writer);
    json_write_key(writer, STR("reason"));
    json_write_text(writer, error->reason);
    json_write_key(writer, STR("code"));
    json_write_text(writer, str_from(error->code));
    json_write_key(writer, STR("field"));
    json_write_text_or_null(writer, error->field);
    json_write_key(writer, STR("entity"));
    json_write_text_or_null(writer, error->entity);
    json_end_object(writer);
}

static void write_outcome(JsonWriter *writer, const UpsertItem *item)
{
    json_begin_object(writer);
    json_write_key(writer, STR("status"));
    json_write_text(writer, upsert_item_status(item));
    json_write_key(writer, STR("stored"));
    json_write_bool(writer, item->error == NULL);
    if (item->error != NULL) {
        write_error(writer, item->error);
    } else if (item->result.outcome != RECORD_UNCHANGED) {
        json_write_key(writer, STR("entity"));
        json_begin_object(writer);
        json_write_key(writer, STR("id"));
        json_write_text(writer, item->result.id);
        json_end_object(writer);
    }
    json_end_object(writer);
}

typedef struct Outcomes {
    const JsonValue *sent;
    const UpsertItem *items;
    size_t count;
    int64_t part;
} Outcomes;

static void tell_failure(JobRun *run, const JsonValue *sent, const Error *error)
{
    const JsonValue *payload = json_find(sent, STR("payload"));
    Str id = json_find_text(payload, STR("id"));
    job_tell_failure(run, str_is_none(id) ? STR("") : id, json_find_text(payload, STR("name")),
                     error->reason);
}

static Error *keep_outcomes(JobRun *run, void *context)
{
    const Outcomes *outcomes = context;
    Buf buf;
    JsonWriter writer;
    buf_init(&buf, run->task->arena, PART_MAX_BYTES);
    json_writer_init(&writer, &buf);
    json_begin_list(&writer);
    for (size_t i = 0; i < outcomes->count; i++) {
        write_outcome(&writer, &outcomes->items[i]);
        if (outcomes->items[i].error != NULL)
            tell_failure(run, &outcomes->sent->list.items[i], outcomes->items[i].error);
    }
    json_end_list(&writer);
    TRY(buf_check(&buf));
    run->progress.processed += (int64_t)outcomes->count;
    TRY(job_remove_part(run->task, run->id,
                        OUTCOMES_FROM + outcomes->part)); /* of an earlier run */
    return job_add_part(run->task, run->id, OUTCOMES_FROM + outcomes->part, buf_str(&buf));
}

static Error *run_part(JobRun *run)
{
    const UpsertOptions options = { .leaves_records_out = true };
    Outcomes outcomes = { .part = run->progress.processed / UPSERT_JOB_ITEMS };
    UpsertItem *items = NULL;
    TRY(job_read_part(run->task, run->id, outcomes.part, &outcomes.sent));
    if (!json_is_list(outcomes.sent) || outcomes.sent->list.count == 0)
        return error_new(run->task->arena, ERROR_INVALID, "Its items are gone");
    task_end_read(run->task);
    TRY(upsert_run(run->task, outcomes.sent, &options, &items, &outcomes.count));
    outcomes.items = items;
    return job_step(run, keep_outcomes, &outcomes);
}

static Error *gather_outcomes(JobRun *run)
{
    Arena *arena = run->task->arena;
    Buf buf;
    JsonWriter writer;
    buf_init(&buf, arena, MESSAGE_MAX_BYTES);
    json_writer_init(&writer, &buf);
    json_begin_list(&writer);
    for (int64_t part = 0; part * UPSERT_JOB_ITEMS < run->progress.total; part++) {
        const JsonValue *list = NULL;
        TRY(job_read_part(run->task, run->id, OUTCOMES_FROM + part, &list));
        for (size_t i = 0; json_is_list(list) && i < list->list.count; i++)
            json_write_value(&writer, &list->list.items[i]);
    }
    json_end_list(&writer);
    run->message = buf_str(&buf);
    task_end_read(run->task);
    return buf_check(&buf);
}

/* The first step comes before the first item: one that was canceled changes nothing. */
static Error *do_nothing(JobRun *run, void *context)
{
    (void)run;
    (void)context;
    return NULL;
}

static Error *run_upsert(JobRun *run)
{
    TRY(job_step(run, do_nothing, NULL));
    while (!run->is_over && run->progress.processed < run->progress.total) {
        ArenaMark mark = arena_mark(run->task->arena);
        TRY(run_part(run));
        arena_reset_to(run->task->arena, mark);
    }
    return run->is_over ? NULL : gather_outcomes(run);
}

const JobType upsert_job = { .name = "Upsert", .run = run_upsert };
