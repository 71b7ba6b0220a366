#include "feature/mass/relation.h"

#include "base/clock.h"
#include "feature/mass/mass.h"
#include "feature/mass/mass_job.h"
#include "query/lookup.h"
#include "record/link.h"
#include "record/linked.h"
#include "record/record_check.h"

#define SCRATCH_BYTES ((size_t)128 << 10)
#define SCRATCH_MAX_BYTES ((size_t)64 << 20)

/* ---- which pairs ---- */

typedef struct Side {
    Str *ids;
    size_t count;
} Side;

static Error *find_link(Task *task, const Entity *entity, Str name, const Link **out)
{
    *out = str_is_none(name) ? NULL : entity_find_link(entity, name);
    if (*out != NULL)
        return NULL;
    Error *error = error_new_code(task->arena, ERROR_INVALID, "noSuchLink",
                                  "'%.*s' has no such link", STR_ARGS(entity->name));
    error->entity = entity->name;
    return error;
}

static Error *read_side(Task *task, const Entity *entity, const JsonValue *body,
                        const char *ids_key, const char *where_key, size_t max, Side *out)
{
    const JsonValue *where = json_find(body, str_from(where_key));
    if (json_is_null(json_find(body, str_from(ids_key))) && !json_is_null(where))
        return mass_find_ids(task, entity, where, max, &out->ids, &out->count);
    return mass_read_ids(task, body, ids_key, max, &out->ids, &out->count);
}

/* ---- one pair ---- */

static void add_text(JsonValue *object, Str key, Str text)
{
    object->object.members[object->object.count++] =
        (JsonMember){ .key = key, .value = { .kind = JSON_TEXT, .text = text } };
}

/* A link whose rows say more than which two belong together: a record of its own, of `data`. */
static Error *add_row(Task *task, const Link *link, Str id, Str foreign_id, const JsonValue *data)
{
    RecordResult result;
    size_t given = json_is_object(data) ? data->object.count : 0;
    JsonValue body = { .kind = JSON_OBJECT };
    body.object.members = ARENA_ARRAY(task->arena, JsonMember, given + 2);
    for (size_t i = 0; i < given; i++)
        body.object.members[body.object.count++] = data->object.members[i];
    add_text(&body, link->near->keys[0].name, id);
    add_text(&body, link->far->keys[0].name, foreign_id);
    Error *error = record_create(task, link->relation, &body, &result);
    bool is_there = error != NULL && strcmp(error->code, "notUnique") == 0;
    return is_there ? NULL : error;
}

typedef struct Relating {
    const RelationRequest *request;
    const Link *link;
    const JsonValue *data;
    Side near;
    Side far;
    size_t next; /* the first pair of the coming slice: near * far.count + far */
    size_t end;  /* behind the last one of the slice that ran */
    int64_t done;
    int64_t done_now;
    RelationFailure *failures_now;
    RelationFailure **last;
    Arena *own;
} Relating;

static void keep_failure(Relating *relating, Str id, Str foreign_id, Str reason)
{
    RelationFailure *kept = ARENA_NEW(relating->own, RelationFailure);
    *kept = (RelationFailure){ .id = id,
                               .foreign_id = foreign_id,
                               .reason = str_copy(relating->own, reason) };
    *relating->last = kept;
    relating->last = &kept->next;
}

/* Those of one record; what an Error undoes is told of each. */
static Error *relate_some(Task *task, const Relating *relating, Str id, const Str *far,
                          size_t count, FieldProblems *failed)
{
    FieldProblems not_linked = { 0 };
    AUTO_ROLLBACK SqlSavepoint savepoint = { 0 };
    TRY(sql_savepoint(task->sql, &savepoint));
    if (!relating->request->adds)
        TRY(link_remove(task, relating->link, id, far, count, &not_linked));
    else if (relating->data != NULL)
        TRY(add_row(task, relating->link, id, far[0], relating->data));
    else
        TRY(link_add(task, relating->link, id, far, count, failed));
    return sql_release(&savepoint);
}

static Error *run_some(Task *task, Relating *relating)
{
    FieldProblems failed = { 0 };
    size_t far_at = relating->end % relating->far.count;
    Str id = relating->near.ids[relating->end / relating->far.count];
    size_t most =
        relating->link->type == LINK_BELONGS_TO || relating->data != NULL ? 1 : RELATION_PAIRS;
    size_t count = relating->far.count - far_at < most ? relating->far.count - far_at : most;
    const Str *far = relating->far.ids + far_at;
    Error *error = relate_some(task, relating, id, far, count, &failed);
    bool is_gone = sql_may_run_again(task->sql) || !sql_is_in_transaction(task->sql);
    if (error != NULL && is_gone)
        return error;
    relating->done_now += error == NULL ? (int64_t)count : 0;
    for (size_t i = 0; error != NULL && i < count; i++)
        keep_failure(relating, id, far[i], error->reason);
    for (const FieldProblem *one = error == NULL ? failed.first : NULL; one != NULL;
         one = one->next, relating->done_now--)
        keep_failure(relating, id, str_copy(relating->own, one->field), one->reason);
    relating->end += count;
    return NULL;
}

static Error *run_slice(Task *task, void *context)
{
    Relating *relating = context;
    int64_t deadline_us = clock_monotonic_us() + MASS_SLICE_US;
    relating->end = relating->next;
    relating->done_now = 0;
    relating->failures_now = NULL;
    relating->last = &relating->failures_now;
    do
        TRY(run_some(task, relating));
    while (relating->end < relating->near.count * relating->far.count &&
           clock_monotonic_us() < deadline_us);
    return NULL;
}

static Error *run_slices(Task *task, Relating *relating, Arena *scratch, RelationResult *out)
{
    RelationFailure **last = &out->failures;
    while (relating->next < relating->near.count * relating->far.count) {
        task_use_arena(task, scratch);
        Error *error = task_write_items(task, run_slice, relating);
        task_use_arena(task, relating->own);
        if (error != NULL)
            return error_copy(relating->own, error);
        arena_reset(scratch);
        *last = relating->failures_now;
        while (*last != NULL)
            last = &(*last)->next;
        relating->done += relating->done_now;
        relating->next = relating->end;
    }
    return NULL;
}

/* ---- the answer ---- */

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
                      .column_count = 1 };
    TRY(lookup_find(task->sql, &lookup, &value, &is_there));
    *out = is_there && value.kind == SQL_TEXT ? value.text : STR_NONE;
    return NULL;
}

static Error *find_names(Task *task, const Link *link, RelationFailure *failure)
{
    if (failure != NULL)
        TRY(task_reader(task));
    for (; failure != NULL; failure = failure->next) {
        TRY(find_name(task, link->entity, failure->id, &failure->name));
        TRY(find_name(task, link->target, failure->foreign_id, &failure->foreign_name));
    }
    return NULL;
}

static Error *run_direct(Task *task, Relating *relating, RelationResult *out)
{
    Arena *scratch = arena_new(SCRATCH_BYTES, SCRATCH_MAX_BYTES);
    relating->own = task->arena;
    Error *error = run_slices(task, relating, scratch, out);
    arena_free(scratch);
    TRY(error);
    TRY(find_names(task, relating->link, out->failures));
    size_t pairs = relating->near.count * relating->far.count;
    out->done = relating->done;
    out->message = str_format(task->arena, "%lld of %zu relations %s", (long long)out->done, pairs,
                              relating->request->adds ? "added" : "removed");
    return NULL;
}

/* ---- as a job ---- */

static void add_ids(Arena *arena, JsonValue *object, Str key, const Side *side)
{
    JsonValue list = { .kind = JSON_LIST };
    list.list.items = ARENA_ARRAY(arena, JsonValue, side->count);
    list.list.count = side->count;
    for (size_t i = 0; i < side->count; i++)
        list.list.items[i] = (JsonValue){ .kind = JSON_TEXT, .text = side->ids[i] };
    object->object.members[object->object.count++] = (JsonMember){ .key = key, .value = list };
}

static Error *run_as_job(Task *task, const Relating *relating, RelationResult *out)
{
    MassWork work;
    const MassAction *action = relating->request->adds ? &mass_link : &mass_unlink;
    JsonValue body = { .kind = JSON_OBJECT };
    if (relating->data != NULL)
        return error_new(task->arena, ERROR_INVALID,
                         "At most %d relations of this link in one call", RELATION_MAX_DIRECT);
    body.object.members = ARENA_ARRAY(task->arena, JsonMember, 2);
    add_text(&body, STR("link"), relating->link->name);
    add_ids(task->arena, &body, STR("foreignIds"), &relating->far);
    TRY(mass_work_read(task, action, relating->link->entity, &body, &work));
    TRY(mass_job_add(task, &work, &body, relating->near.ids, relating->near.count, &out->job_id));
    out->message = STR("The relations are changed by a job");
    return NULL;
}

Error *relation_run(Task *task, const RelationRequest *request, RelationResult *out)
{
    Relating relating = { .request = request };
    const JsonValue *data = json_find(request->body, STR("data"));
    *out = (RelationResult){ .job_id = STR_NONE };
    TRY(access_check(task, request->entity, ACCESS_EDIT));
    TRY(find_link(task, request->entity, request->link_name, &relating.link));
    TRY(access_check(task, relating.link->target, ACCESS_EDIT));
    TRY(read_side(task, request->entity, request->body, "ids", "where", MASS_MAX_IDS,
                  &relating.near));
    TRY(read_side(task, relating.link->target, request->body, "foreignIds", "foreignWhere",
                  MASS_MAX_FOREIGN_IDS, &relating.far));
    if (relating.near.count == 0 || relating.far.count == 0) {
        out->message = STR("No records were found to relate");
        return NULL;
    }
    if (relating.link->type == LINK_MANY_TO_MANY && record_needs_more_than_ids(relating.link) &&
        json_is_object(data))
        relating.data = data;
    task_end_read(task);
    if (relating.near.count * relating.far.count > RELATION_MAX_DIRECT)
        return run_as_job(task, &relating, out);
    return run_direct(task, &relating, out);
}

/* ---- unlink all ---- */

typedef struct UnlinkingAll {
    const Link *link;
    Str id;
    bool goes_on;
} UnlinkingAll;

static Error *find_some(Task *task, const UnlinkingAll *unlinking, Str *ids, size_t *out_count)
{
    const Link *link = unlinking->link;
    *out_count = 0;
    if (link->type == LINK_BELONGS_TO) {
        RecordDraft draft;
        TRY(draft_begin_update(task, link->entity, unlinking->id, &draft));
        const SqlValue *value = draft_get(&draft, link->field);
        if (value->kind == SQL_TEXT)
            ids[(*out_count)++] = value->text;
        return NULL;
    }
    return linked_find_ids(task, link, unlinking->id, RELATION_PAIRS, ids, out_count);
}

static Error *unlink_some(Task *task, void *context)
{
    UnlinkingAll *unlinking = context;
    Str *ids = ARENA_ARRAY(task->arena, Str, RELATION_PAIRS);
    RecordDraft draft;
    FieldProblems ignored = { 0 };
    size_t count = 0;
    unlinking->goes_on = false;
    TRY(draft_begin_update(task, unlinking->link->entity, unlinking->id, &draft));
    TRY(find_some(task, unlinking, ids, &count));
    if (count == 0)
        return NULL;
    unlinking->goes_on = count == RELATION_PAIRS;
    return link_remove(task, unlinking->link, unlinking->id, ids, count, &ignored);
}

Error *relation_unlink_all(Task *task, const Entity *entity, Str id, Str link_name)
{
    UnlinkingAll unlinking = { .id = id, .goes_on = true };
    if (str_is_none(id))
        return error_new(task->arena, ERROR_INVALID, "The body needs the 'id' of the record");
    TRY(find_link(task, entity, link_name, &unlinking.link));
    while (unlinking.goes_on)
        TRY(task_write(task, unlink_some, &unlinking));
    return NULL;
}
