#include "feature/mass/upsert.h"

#include "base/clock.h"
#include "feature/mass/upsert_match.h"
#include "json/json_writer.h"

#define UPSERT_SCRATCH_BYTES ((size_t)128 << 10)
#define UPSERT_SCRATCH_MAX_BYTES ((size_t)64 << 20)

typedef struct Run {
    const UpsertOptions *options;
    UpsertItem *items;
    size_t count;
    size_t next;    /* the first item of the coming slice */
    size_t end;     /* behind the last one of the slice that ran */
    Arena *arena;   /* the task's own */
    Arena *scratch; /* of one item: what stays goes to the task's own */
    RecordOverlay overlay;
} Run;

static Error *item_error(Task *task, const char *reason)
{
    return error_new_code(task->arena, ERROR_INVALID, "badParameter", "%s", reason);
}

/* What takes long is done for records that will be created only: which, is known well enough from
 * what is stored now. */
static Error *prepare_item(Task *task, UpsertItem *item, const JsonValue *payload)
{
    Str id = STR_NONE;
    item->payload = payload;
    if (record_prepares_slowly(task, item->entity, true, payload)) {
        TRY(task_reader(task));
        TRY(upsert_match_find(task, item->entity, payload, NULL, &id));
    }
    return record_prepare(task, item->entity, str_is_none(id), payload, &item->payload);
}

/* Everything that can be said before the lane. */
static void read_item(Task *task, const JsonValue *value, UpsertItem *item)
{
    const JsonValue *entity = json_find(value, STR("entity"));
    const JsonValue *payload = json_find(value, STR("payload"));
    *item = (UpsertItem){ .record = STR_NONE };
    if (!json_is_object(value)) {
        item->error = item_error(task, "The item is not an object");
    } else if (!json_is_text(entity)) {
        item->error = item_error(task, "The item needs a text 'entity'");
    } else if (!json_is_object(payload)) {
        item->error = item_error(task, "The item needs an object 'payload'");
    } else {
        item->entity = schema_find_entity(task->schema, entity->text);
        if (item->entity == NULL)
            item->error = error_new_code(task->arena, ERROR_NOT_FOUND, "noSuchEntity",
                                         "There is no such entity");
    }
    if (item->error == NULL)
        item->error = prepare_item(task, item, payload);
}

static Error *read_record(Task *task, UpsertItem *item)
{
    Buf buf;
    buf_init(&buf, task->arena, (size_t)64 << 20);
    TRY(record_read(task, item->entity, item->result.id, NULL, &buf));
    item->record = buf_str(&buf);
    return NULL;
}

static Error *save_item(Task *task, Run *run, UpsertItem *item)
{
    Str id;
    AUTO_ROLLBACK SqlSavepoint savepoint = { 0 };
    item->result = (RecordResult){ .id = STR_NONE, .secret = STR_NONE };
    item->record = STR_NONE;
    TRY(sql_savepoint(task->sql, &savepoint));
    TRY(upsert_match_find(task, item->entity, item->payload, NULL, &id));
    if (str_is_none(id))
        TRY(record_create(task, item->entity, item->payload, &item->result));
    else
        TRY(record_update(task, item->entity, id, item->payload, &item->result));
    if (!run->options->leaves_records_out && item->result.outcome != RECORD_UNCHANGED)
        TRY(read_record(task, item));
    return sql_release(&savepoint);
}

typedef Error *ItemStep(Task *task, Run *run, UpsertItem *item);

/* It failed because of others at the same time: no outcome, the slice is run again. */
static bool is_passing(const Task *task)
{
    return task->is_writing && sql_may_run_again(task->sql);
}

/* An item works in the scratch arena, so that ten thousand of them need no more memory than one,
 * and their outcomes. An error that is not the item's outcome is returned. */
static Error *run_item(Task *task, Run *run, UpsertItem *item, ItemStep *step)
{
    Arena *own = task->arena;
    if (item->error == NULL)
        item->error = arena_check(own);
    if (item->error != NULL)
        return NULL;
    task_use_arena(task, run->scratch);
    Error *error = step(task, run, item);
    task_use_arena(task, own);
    error = error == NULL ? NULL : error_copy(own, error);
    if (error == NULL || !is_passing(task))
        item->error = error;
    item->record = str_copy(own, item->record);
    item->result.id = str_copy(own, item->result.id);
    item->result.secret = str_copy(own, item->result.secret);
    arena_reset(run->scratch);
    return item->error == NULL ? error : NULL;
}

/* On the lane: items until the slice is over. Fails only when the transaction is gone, with all of
 * the slice. */
static Error *run_slice(Task *task, void *context)
{
    Run *run = context;
    int64_t deadline_us = clock_monotonic_us() + UPSERT_SLICE_US;
    size_t last = run->next + UPSERT_SLICE_ITEMS;
    run->end = run->next;
    while (run->end < run->count && run->end < last && clock_monotonic_us() < deadline_us) {
        UpsertItem *item = &run->items[run->end++];
        TRY(run_item(task, run, item, save_item));
        if (!sql_is_in_transaction(task->sql))
            return item->error;
    }
    return NULL;
}

static void fail_items(Run *run, size_t from, size_t to, Error *error)
{
    for (size_t i = from; i < to; i++)
        if (run->items[i].error == NULL)
            run->items[i].error = error;
}

static void run_slices(Task *task, Run *run)
{
    while (run->next < run->count) {
        size_t from = run->next;
        Error *error = task_write_items(task, run_slice, run);
        run->next = run->end;
        if (error == NULL)
            continue;
        /* Nothing of this slice was stored. A full or failing storage won't take the rest either.
         */
        fail_items(run, from, run->count, error);
        return;
    }
}

static Error *try_item(Task *task, Run *run, UpsertItem *item)
{
    Str id;
    RecordDraft draft;
    TRY(upsert_match_find(task, item->entity, item->payload, &run->overlay, &id));
    TRY(record_dry_run(task, item->entity, id, item->payload, &run->overlay, &draft,
                       &item->result.outcome));
    item->result.id = draft.id;
    bool is_made = record_overlay_get(&run->overlay, task->arena, item->entity, draft.id) != NULL;
    if (item->result.outcome == RECORD_CREATED || is_made)
        record_overlay_add(&run->overlay, run->arena, &draft);
    return NULL;
}

static Error *run_dry(Task *task, Run *run)
{
    TRY(task_reader(task));
    for (size_t i = 0; i < run->count; i++)
        TRY(run_item(task, run, &run->items[i], try_item));
    return NULL;
}

Error *upsert_run(Task *task, const JsonValue *items, const UpsertOptions *options,
                  UpsertItem **out, size_t *out_count)
{
    Run run = { .options = options, .arena = task->arena };
    Error *error = NULL;
    if (!json_is_list(items))
        return error_new_code(task->arena, ERROR_INVALID, "badParameter",
                              "The body must be a list of items");
    if (items->list.count > task->instance->upsert_max_items)
        return error_new_code(task->arena, ERROR_INVALID, "badParameter",
                              "At most %zu items in one call", task->instance->upsert_max_items);
    run.count = items->list.count;
    run.items = ARENA_ARRAY(task->arena, UpsertItem, run.count);
    for (size_t i = 0; i < run.count; i++)
        read_item(task, &items->list.items[i], &run.items[i]);
    run.scratch = arena_new(UPSERT_SCRATCH_BYTES, UPSERT_SCRATCH_MAX_BYTES);
    if (options->is_dry_run)
        error = run_dry(task, &run);
    else
        run_slices(task, &run);
    arena_free(run.scratch);
    TRY(error);
    *out = run.items;
    *out_count = run.count;
    return NULL;
}
