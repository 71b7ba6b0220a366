#include "feature/mass/upsert.h"

#include "feature/mass/upsert_item.h"
#include "feature/mass/upsert_match.h"
#include "feature/mass/upsert_slice.h"

#define UPSERT_SCRATCH_BYTES ((size_t)128 << 10)
#define UPSERT_SCRATCH_MAX_BYTES ((size_t)64 << 20)

typedef struct Run {
    const UpsertOptions *options;
    UpsertItem *items;
    size_t count;
    Arena *scratch; /* of one item: what stays goes to the task's own */
    Arena *slice;   /* what is known while a slice runs */
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
        TRY(upsert_match_find(task, item->entity, payload, &id));
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
        else if (item->entity->is_reference)
            item->error = error_new_code(task->arena, ERROR_INVALID, "notAllowedForEntityType",
                                         "Records of '%.*s' can't be written in bulk",
                                         STR_ARGS(item->entity->name));
    }
    if (item->error == NULL)
        item->error = prepare_item(task, item, payload);
}

static void fail_items(const Run *run, size_t from, size_t to, Error *error)
{
    for (size_t i = from; i < to; i++)
        if (run->items[i].error == NULL)
            run->items[i].error = error;
}

static void run_slices(Task *task, const Run *run)
{
    size_t next = 0;
    while (next < run->count) {
        size_t rest = run->count - next;
        UpsertSlice slice = { .options = run->options,
                              .items = run->items + next,
                              .count = rest < UPSERT_SLICE_ITEMS ? rest : UPSERT_SLICE_ITEMS,
                              .scratch = run->scratch,
                              .arena = run->slice };
        Error *error = task_write_items(task, upsert_slice_run, &slice);
        if (error != NULL) {
            /* Nothing of this slice was stored. A full or failing storage won't take the rest
             * either. */
            fail_items(run, next, run->count, error);
            return;
        }
        next += slice.done;
    }
}

static Error *try_item(Task *task, const UpsertOptions *options, UpsertItem *item)
{
    Str id;
    (void)options;
    TRY(upsert_match_find(task, item->entity, item->payload, &id));
    return record_dry_run(task, item->entity, id, item->payload, &item->result);
}

static Error *try_items(Task *task, const Run *run)
{
    for (size_t i = 0; i < run->count; i++)
        TRY(upsert_item_run(task, run->scratch, run->options, &run->items[i], try_item));
    return NULL;
}

static Error *run_dry(Task *task, const Run *run)
{
    Known made = { .arena = task->arena };
    TRY(task_reader(task));
    task->known = &made;
    Error *error = try_items(task, run);
    task->known = NULL;
    return error;
}

Error *upsert_run(Task *task, const JsonValue *items, const UpsertOptions *options,
                  UpsertItem **out, size_t *out_count)
{
    Run run = { .options = options };
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
    run.slice = arena_new(UPSERT_SCRATCH_BYTES, UPSERT_SCRATCH_MAX_BYTES);
    if (options->is_dry_run)
        error = run_dry(task, &run);
    else
        run_slices(task, &run);
    arena_free(run.scratch);
    arena_free(run.slice);
    TRY(error);
    *out = run.items;
    *out_count = run.count;
    return NULL;
}

Str upsert_item_status(const UpsertItem *item)
{
    static const char *const statuses[] = { [RECORD_CREATED] = "Created",
                                            [RECORD_UPDATED] = "Updated",
                                            [RECORD_UNCHANGED] = "NotModified" };
    return str_from(item->error != NULL ? "Failed" : statuses[item->result.outcome]);
}
