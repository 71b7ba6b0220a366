#include "feature/mass/mass.h"

#include "base/clock.h"
#include "feature/mass/mass_job.h"
#include "query/id_query.h"
#include "query/lookup.h"
#include "query/where.h"

#define SCRATCH_BYTES ((size_t)128 << 10)
#define SCRATCH_MAX_BYTES ((size_t)64 << 20)

/* ---- which records ---- */

static Error *bad_key(Task *task, const char *key, Str reason)
{
    Str name = str_from(key);
    Error *error =
        error_new(task->arena, ERROR_INVALID, "'%.*s' %.*s", STR_ARGS(name), STR_ARGS(reason));
    error->field = name;
    return error;
}

Error *mass_read_ids(Task *task, const JsonValue *body, const char *key, size_t max, Str **out,
                     size_t *out_count)
{
    const JsonValue *list = json_find(body, str_from(key));
    Map seen = { 0 };
    size_t count = 0;
    if (!json_is_list(list) || list->list.count == 0)
        return bad_key(task, key, STR("must be a list of ids"));
    if (list->list.count > max)
        return bad_key(task, key, STR("names too many records; a filter may mean more"));
    Str *ids = ARENA_ARRAY(task->arena, Str, list->list.count);
    for (size_t i = 0; i < list->list.count; i++) {
        const JsonValue *item = &list->list.items[i];
        if (!json_is_text(item) || item->text.len == 0)
            return error_new_code(task->arena, ERROR_INVALID, "badId", "%s[%zu] is no id", key, i);
        if (map_find(&seen, item->text) != NULL)
            continue;
        ids[count] = item->text;
        map_put(&seen, task->arena, item->text, &ids[count]);
        count++;
    }
    *out = ids;
    *out_count = count;
    return NULL;
}

static Error *read_where(Task *task, const Entity *entity, const JsonValue *where, bool is_trash,
                         IdQuery *out)
{
    *out = (IdQuery){ .entity = entity, .is_trash = is_trash };
    if (json_is_null(where))
        return bad_key(task, "where", STR("must say which records; an empty list means all"));
    TRY(access_check(task, entity, ACCESS_READ));
    TRY(where_parse(task->arena, entity, where, &out->where));
    return id_query_check(task->arena, out);
}

Error *mass_find_ids(Task *task, const Entity *entity, const JsonValue *where, size_t max,
                     Str **out, size_t *out_count)
{
    IdQuery query;
    *out = ARENA_ARRAY(task->arena, Str, max + 1);
    TRY(read_where(task, entity, where, false, &query));
    TRY(task_reader(task));
    TRY(id_query_read(task->sql, &query, STR_NONE, max + 1, *out, out_count));
    return *out_count <= max ? NULL : bad_key(task, "where", STR("finds too many records"));
}

typedef struct Selection {
    Str *ids; /* NULL: only counted */
    size_t count;
} Selection;

static Error *select_by_where(Task *task, const MassAction *action, const Entity *entity,
                              const JsonValue *body, Selection *out)
{
    IdQuery query;
    int64_t total = 0;
    size_t max = task->instance->mass_max_direct;
    TRY(read_where(task, entity, json_find(body, STR("where")), action->is_for_trash, &query));
    TRY(task_reader(task));
    out->ids = ARENA_ARRAY(task->arena, Str, max + 1);
    TRY(id_query_read(task->sql, &query, STR_NONE, max + 1, out->ids, &out->count));
    if (out->count <= max)
        return NULL;
    TRY(id_query_count(task->sql, &query, &total));
    *out = (Selection){ .count = (size_t)total };
    return NULL;
}

/* `ids` win when both are given (spec 5.2). */
static Error *select_records(Task *task, const MassAction *action, const Entity *entity,
                             const JsonValue *body, Selection *out)
{
    const JsonValue *ids = json_find(body, STR("ids"));
    *out = (Selection){ 0 };
    if (json_is_list(ids) && ids->list.count > 0)
        return mass_read_ids(task, body, "ids", MASS_MAX_IDS, &out->ids, &out->count);
    if (!json_is_null(ids) && !json_is_list(ids))
        return bad_key(task, "ids", STR("must be a list of ids"));
    if (json_find_true(body, STR("byWhere")))
        return select_by_where(task, action, entity, body, out);
    return error_new(task->arena, ERROR_INVALID,
                     "Say which records: 'ids', or 'byWhere' with 'where'");
}

Error *mass_work_read(Task *task, const MassAction *action, const Entity *entity,
                      const JsonValue *body, MassWork *out)
{
    *out = (MassWork){ .action = action, .entity = entity };
    TRY(access_check(task, entity, action->right));
    if (entity->is_reference)
        return error_new_code(task->arena, ERROR_INVALID, "notAllowedForEntityType",
                              "Records of '%.*s' can't be changed in bulk", STR_ARGS(entity->name));
    return action->read(task, body, out);
}

/* ---- one record ---- */

static Error *apply_in_savepoint(Task *task, const MassWork *work, Str id)
{
    AUTO_ROLLBACK SqlSavepoint savepoint = { 0 };
    TRY(sql_savepoint(task->sql, &savepoint));
    TRY(work->action->apply(task, work, id));
    return sql_release(&savepoint);
}

static Error *find_name(Task *task, const Entity *entity, Str id, Str *out)
{
    SqlValue value = sql_null();
    bool is_there = false;
    *out = STR_NONE;
    if (entity->name_field == NULL)
        return NULL;
    LookupMatch match = { .column = entity->id->column, .value = sql_text(id) };
    Lookup lookup = { .entity = entity,
                      .matches = &match,
                      .match_count = 1,
                      .columns = &entity->name_field->column,
                      .column_count = 1,
                      .with_deleted = true };
    TRY(lookup_find(task->sql, &lookup, &value, &is_there));
    if (is_there && value.kind == SQL_TEXT)
        *out = value.text;
    return NULL;
}

static Error *make_failure(Task *task, const MassWork *work, Str id, const Error *error,
                           MassFailure **out)
{
    MassFailure *failure = ARENA_NEW(task->arena, MassFailure);
    *failure = (MassFailure){ .id = id, .reason = error->reason };
    TRY(find_name(task, work->entity, id, &failure->name));
    *out = failure;
    return NULL;
}

Error *mass_apply(Task *task, const MassWork *work, Str id, MassFailure **out)
{
    *out = NULL;
    Error *error = apply_in_savepoint(task, work, id);
    if (error == NULL)
        return NULL;
    if (sql_may_run_again(task->sql) || !sql_is_in_transaction(task->sql))
        return error;
    return make_failure(task, work, id, error, out);
}

/* ---- at once ---- */

typedef struct Slicing {
    const MassWork *work;
    const Str *ids;
    size_t count;
    size_t next;           /* the first id of the coming slice */
    size_t end;            /* behind the last one of the slice that ran */
    MassFailure *failures; /* of the slice that ran */
    MassFailure **last;
    Arena *own;
} Slicing;

static void keep_failure(Slicing *slicing, const MassFailure *failure)
{
    MassFailure *kept = ARENA_NEW(slicing->own, MassFailure);
    *kept = (MassFailure){ .id = str_copy(slicing->own, failure->id),
                           .name = str_copy(slicing->own, failure->name),
                           .reason = str_copy(slicing->own, failure->reason) };
    *slicing->last = kept;
    slicing->last = &kept->next;
}

static Error *run_slice(Task *task, void *context)
{
    Slicing *slicing = context;
    int64_t deadline_us = clock_monotonic_us() + MASS_SLICE_US;
    slicing->failures = NULL;
    slicing->last = &slicing->failures;
    slicing->end = slicing->next;
    do {
        MassFailure *failure = NULL;
        TRY(mass_apply(task, slicing->work, slicing->ids[slicing->end], &failure));
        if (failure != NULL)
            keep_failure(slicing, failure);
        slicing->end++;
    } while (slicing->end < slicing->count && clock_monotonic_us() < deadline_us);
    return NULL;
}

static Error *run_slices(Task *task, Slicing *slicing, Arena *scratch, MassResult *out)
{
    MassFailure **last = &out->failures;
    while (*last != NULL)
        last = &(*last)->next;
    while (slicing->next < slicing->count) {
        task_use_arena(task, scratch);
        Error *error = task_write_items(task, run_slice, slicing);
        task_use_arena(task, slicing->own);
        if (error != NULL)
            return error_copy(slicing->own, error);
        arena_reset(scratch);
        *last = slicing->failures;
        for (; *last != NULL; last = &(*last)->next)
            out->failed++;
        slicing->next = slicing->end;
    }
    return NULL;
}

Error *mass_apply_all(Task *task, const MassWork *work, const Str *ids, size_t count,
                      MassResult *out)
{
    Slicing slicing = { .work = work, .ids = ids, .count = count, .own = task->arena };
    Arena *scratch = arena_new(SCRATCH_BYTES, SCRATCH_MAX_BYTES);
    task_end_read(task);
    Error *error = run_slices(task, &slicing, scratch, out);
    arena_free(scratch);
    return error;
}

/* ---- dry ---- */

/* What an update would change, record by record. */
static Error *try_update(Task *task, const MassWork *work, const Selection *selection,
                         MassResult *out)
{
    out->changed = 0;
    TRY(task_reader(task));
    for (size_t i = 0; i < selection->count; i++) {
        ArenaMark mark = arena_mark(task->arena);
        bool changes = false;
        Error *error =
            record_try_change(task, work->entity, selection->ids[i], work->attributes, &changes);
        if (error != NULL && error->kind == ERROR_UNAVAILABLE)
            return error;
        out->failed += error != NULL;
        out->changed += error == NULL && changes;
        arena_reset_to(task->arena, mark);
    }
    return NULL;
}

Error *mass_run(Task *task, const MassAction *action, const Entity *entity, const JsonValue *body,
                bool is_dry_run, MassResult *out)
{
    MassWork work;
    Selection selection;
    *out = (MassResult){ .job_id = STR_NONE, .changed = -1 };
    TRY(mass_work_read(task, action, entity, body, &work));
    TRY(select_records(task, action, entity, body, &selection));
    out->count = (int64_t)selection.count;
    out->is_direct = selection.count <= task->instance->mass_max_direct;
    if (is_dry_run)
        return action == &mass_update && selection.ids != NULL
                   ? try_update(task, &work, &selection, out)
                   : NULL;
    if (out->is_direct)
        return mass_apply_all(task, &work, selection.ids, selection.count, out);
    return mass_job_add(task, &work, body, selection.ids, selection.count, &out->job_id);
}
