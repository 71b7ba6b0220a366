#include "feature/mass/upsert_slice.h"

#include <stdlib.h>

#include "access/access.h"
#include "base/clock.h"
#include "feature/mass/upsert_item.h"
#include "feature/mass/upsert_match.h"

/* ---- reading ahead ---- */

static void ask(Task *task, const UpsertSlice *slice)
{
    Arena *own = task->arena;
    task_use_arena(task, slice->scratch);
    for (size_t i = 0; i < slice->count; i++) {
        const UpsertItem *item = &slice->items[i];
        if (item->error != NULL)
            continue;
        upsert_match_ask(task, item->entity, item->payload);
        known_ask_links(task->known, item->entity, item->payload);
        arena_reset(slice->scratch);
    }
    task_use_arena(task, own);
}

static Error *load(Task *task)
{
    AUTO_ROLLBACK SqlSavepoint savepoint = { 0 };
    TRY(sql_savepoint(task->sql, &savepoint));
    TRY(known_load(task));
    return sql_release(&savepoint);
}

/* An error that must not be passed over: the slice can't go on after it. */
static Error *passing_or_lost(const Task *task, Error *error)
{
    bool ends_slice = upsert_item_is_passing(task) || !sql_is_in_transaction(task->sql);
    return ends_slice ? error : NULL;
}

static Error *read_ahead(Task *task, const UpsertSlice *slice)
{
    ask(task, slice);
    Error *error = load(task);
    if (error == NULL)
        return NULL;
    /* Then each item reads for itself, and tells its own failure. */
    known_forget(task->known);
    return passing_or_lost(task, error);
}

/* ---- the items ---- */

static Error *save(Task *task, const UpsertOptions *options, UpsertItem *item)
{
    Str id;
    AUTO_ROLLBACK SqlSavepoint savepoint = { 0 };
    item->result = (RecordResult){ .id = STR_NONE, .secret = STR_NONE };
    TRY(sql_savepoint(task->sql, &savepoint));
    TRY(upsert_match_find(task, item->entity, item->payload, &id));
    if (str_is_none(id))
        TRY(record_create(task, item->entity, item->payload, &item->result));
    else
        TRY(record_update(task, item->entity, id, item->payload, &item->result));
    if (!options->leaves_records_out && item->result.outcome != RECORD_UNCHANGED)
        TRY(access_check(task, item->entity, ACCESS_READ)); /* the outcome shows the record */
    return sql_release(&savepoint);
}

static Error *save_and_note(Task *task, const UpsertOptions *options, UpsertItem *item)
{
    size_t notes = task->known->note_count;
    Error *error = save(task, options, item);
    if (error != NULL && task->known->note_count != notes)
        known_forget(task->known);
    return error;
}

static Error *save_item(Task *task, const UpsertOptions *options, UpsertItem *item)
{
    Error *error = save_and_note(task, options, item);
    if (error == NULL || passing_or_lost(task, error) != NULL)
        return error;
    /* Maybe only because what was read ahead is so no more: once again, with what is stored now. */
    task->known->is_ignored = true;
    error = save_and_note(task, options, item);
    task->known->is_ignored = false;
    return error;
}

static Error *run_items(Task *task, UpsertSlice *slice)
{
    int64_t deadline_us = clock_monotonic_us() + UPSERT_SLICE_US;
    while (slice->done < slice->count && clock_monotonic_us() < deadline_us) {
        UpsertItem *item = &slice->items[slice->done++];
        item->record = STR_NONE;
        TRY(upsert_item_run(task, slice->scratch, slice->options, item, save_item));
        if (!sql_is_in_transaction(task->sql))
            return item->error;
    }
    return NULL;
}

/* ---- the records of the outcomes ---- */

static int compare_items(const void *left, const void *right)
{
    const UpsertItem *a = *(UpsertItem *const *)left;
    const UpsertItem *b = *(UpsertItem *const *)right;
    if (a->entity != b->entity)
        return (uintptr_t)a->entity < (uintptr_t)b->entity ? -1 : 1;
    return (a > b) - (a < b);
}

/* Those whose outcome shows a record, by entity. */
static size_t gather_shown(Arena *arena, const UpsertSlice *slice, UpsertItem ***out)
{
    size_t count = 0;
    *out = ARENA_ARRAY(arena, UpsertItem *, slice->done);
    for (size_t i = 0; i < slice->done; i++) {
        UpsertItem *item = &slice->items[i];
        if (item->error == NULL && item->result.outcome != RECORD_UNCHANGED)
            (*out)[count++] = item;
    }
    qsort(*out, count, sizeof **out, compare_items);
    return count;
}

static Error *read_entity(Task *task, Arena *keep, UpsertItem **items, size_t count)
{
    Str *ids = ARENA_ARRAY(task->arena, Str, count);
    Str *records = ARENA_ARRAY(task->arena, Str, count);
    for (size_t i = 0; i < count; i++)
        ids[i] = items[i]->result.id;
    Error *error = record_read_many(task, items[0]->entity, ids, count, keep, records);
    for (size_t i = 0; i < count; i++)
        items[i]->record = records[i];
    return error;
}

static Error *read_shown(Task *task, const UpsertSlice *slice, Arena *keep)
{
    UpsertItem **shown = NULL;
    size_t count = gather_shown(task->arena, slice, &shown);
    AUTO_ROLLBACK SqlSavepoint savepoint = { 0 };
    TRY(sql_savepoint(task->sql, &savepoint));
    for (size_t from = 0; from < count;) {
        size_t to = from + 1;
        while (to < count && shown[to]->entity == shown[from]->entity)
            to++;
        TRY(read_entity(task, keep, shown + from, to - from));
        from = to;
    }
    return sql_release(&savepoint);
}

/* The items are stored, whether their records can be shown or not: what can't be read is left out.
 */
static Error *read_records(Task *task, const UpsertSlice *slice)
{
    Arena *own = task->arena;
    if (slice->options->leaves_records_out)
        return NULL;
    task_use_arena(task, slice->scratch);
    Error *error = read_shown(task, slice, own);
    task_use_arena(task, own);
    error = error == NULL ? NULL : error_copy(own, error);
    arena_reset(slice->scratch);
    return error == NULL ? NULL : passing_or_lost(task, error);
}

Error *upsert_slice_run(Task *task, void *context)
{
    UpsertSlice *slice = context;
    Known known = { .arena = slice->arena };
    slice->done = 0;
    arena_reset(slice->arena);
    task->known = &known;
    Error *error = read_ahead(task, slice);
    if (error == NULL)
        error = run_items(task, slice);
    task->known = NULL;
    TRY(error);
    return read_records(task, slice);
}
