#include "feature/mass/mass.h"
#include "query/lookup.h"
#include "query/row_statement.h"
#include "record/link.h"

/* ---- update ---- */

/* A secret would lie in the job's payload until the job runs. */
static Error *check_secrets(Task *task, const Entity *entity, const JsonValue *attributes)
{
    for (size_t i = 0; i < attributes->object.count; i++) {
        const Key *key = entity_find_key(entity, attributes->object.members[i].key);
        if (key == NULL || key->role != KEY_SECRET)
            continue;
        Error *error =
            error_new(task->arena, ERROR_INVALID, "'%.*s' can't be set for many records at once",
                      STR_ARGS(key->name));
        error->field = key->name;
        return error;
    }
    return NULL;
}

static Error *read_update(Task *task, const JsonValue *body, MassWork *out)
{
    const JsonValue *attributes = json_find(body, STR("attributes"));
    if (json_is_object(attributes) && attributes->object.count > 0) {
        TRY(check_secrets(task, out->entity, attributes));
        return record_prepare(task, out->entity, false, attributes, &out->attributes);
    }
    Error *error = error_new(task->arena, ERROR_INVALID,
                             "The body needs an object 'attributes' with the values to set");
    error->field = STR("attributes");
    return error;
}

static Error *apply_update(Task *task, const MassWork *work, Str id)
{
    RecordResult result;
    return record_change(task, work->entity, id, work->attributes, &result);
}

const MassAction mass_update = { .name = "massUpdate",
                                 .job_type = "MassUpdate",
                                 .right = ACCESS_EDIT,
                                 .read = read_update,
                                 .apply = apply_update };

/* ---- delete, restore ---- */

static Error *read_delete(Task *task, const JsonValue *body, MassWork *out)
{
    const JsonValue *permanently = json_find(body, STR("permanently"));
    if (!json_is_null(permanently) && permanently->kind != JSON_BOOL) {
        Error *error = error_new(task->arena, ERROR_INVALID, "'permanently' must be true or false");
        error->field = STR("permanently");
        return error;
    }
    out->is_permanent = json_find_true(body, STR("permanently"));
    return NULL;
}

/* One that is in the trash already went there with another one of the selection. */
static Error *apply_delete(Task *task, const MassWork *work, Str id)
{
    int64_t row_id;
    SqlValue *values = NULL;
    Error *error = record_delete(task, work->entity, id, work->is_permanent);
    if (error == NULL || error->kind != ERROR_NOT_FOUND || work->is_permanent)
        return error;
    TRY(row_find(task->sql, work->entity, id, true, &row_id, &values));
    return values != NULL ? NULL : error;
}

const MassAction mass_delete = { .name = "massDelete",
                                 .job_type = "MassDelete",
                                 .right = ACCESS_DELETE,
                                 .read = read_delete,
                                 .apply = apply_delete };

static Error *read_nothing(Task *task, const JsonValue *body, MassWork *out)
{
    (void)task;
    (void)body;
    (void)out;
    return NULL;
}

static Error *apply_restore(Task *task, const MassWork *work, Str id)
{
    bool is_restored;
    return record_restore(task, work->entity, id, &is_restored);
}

const MassAction mass_restore = { .name = "massRestore",
                                  .job_type = "MassRestore",
                                  .right = ACCESS_EDIT,
                                  .is_for_trash = true,
                                  .read = read_nothing,
                                  .apply = apply_restore };

/* ---- relations ---- */

static Error *read_link(Task *task, const JsonValue *body, MassWork *out)
{
    Str name = json_find_text(body, STR("link"));
    Str *ids = NULL;
    out->link = str_is_none(name) ? NULL : entity_find_link(out->entity, name);
    if (out->link == NULL)
        return error_new_code(task->arena, ERROR_INVALID, "noSuchLink", "'%.*s' has no such link",
                              STR_ARGS(out->entity->name));
    TRY(mass_read_ids(task, body, "foreignIds", MASS_MAX_FOREIGN_IDS, &ids, &out->foreign_count));
    out->foreign_ids = ids;
    return access_check(task, out->link->target, ACCESS_EDIT);
}

/* Of one record all or nothing. */
static Error *told(Task *task, const FieldProblems *failed)
{
    if (failed->first == NULL)
        return NULL;
    return error_new_code(task->arena, ERROR_INVALID, failed->first->code, "%.*s: %.*s",
                          STR_ARGS(failed->first->field), STR_ARGS(failed->first->reason));
}

static Error *apply_link(Task *task, const MassWork *work, Str id)
{
    FieldProblems failed = { 0 };
    TRY(link_add(task, work->link, id, work->foreign_ids, work->foreign_count, &failed));
    return told(task, &failed);
}

/* What is not linked needs no unlinking. */
static Error *apply_unlink(Task *task, const MassWork *work, Str id)
{
    FieldProblems ignored = { 0 };
    return link_remove(task, work->link, id, work->foreign_ids, work->foreign_count, &ignored);
}

const MassAction mass_link = { .name = "massRelate",
                               .job_type = "MassRelate",
                               .right = ACCESS_EDIT,
                               .read = read_link,
                               .apply = apply_link };
const MassAction mass_unlink = { .name = "massUnrelate",
                                 .job_type = "MassUnrelate",
                                 .right = ACCESS_EDIT,
                                 .read = read_link,
                                 .apply = apply_unlink };
