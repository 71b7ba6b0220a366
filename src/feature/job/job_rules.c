#include "feature/job/job_private.h"

/* What a client does to a job record: change its status within the allowed steps, its name, its
 * priority, its time; never anything that the runner says (spec 5.3). */

static const Field *job_field(const RecordDraft *draft, const char *name)
{
    return entity_find_field(draft->entity, str_from(name));
}

static bool is_one_of(Str status, const char *const *options)
{
    for (; *options != NULL; options++)
        if (str_equal(status, str_from(*options)))
            return true;
    return false;
}

static void set_null(RecordDraft *draft, const char *name)
{
    draft_set(draft, job_field(draft, name), sql_null());
}

/* From its beginning: what an earlier run has told is gone. */
static void begin_anew(RecordDraft *draft)
{
    static const char *const told[] = { "startedAt", "endedAt",     "pid",    "message",  "errors",
                                        "claim",     "heartbeatAt", "runner", "attempts", NULL };
    for (const char *const *name = told; *name != NULL; name++)
        set_null(draft, *name);
    draft_set(draft, job_field(draft, "processed"), sql_int(0));
    draft_set(draft, job_field(draft, "failed"), sql_int(0));
}

static void cancel(Task *task, RecordDraft *draft)
{
    draft_set(draft, job_field(draft, "endedAt"), sql_text(task_now_text(task)));
    set_null(draft, "claim");
    set_null(draft, "pid");
}

static Error *change_status(Task *task, RecordDraft *draft, Str from, Str to)
{
    static const char *const open[] = { JOB_PENDING, JOB_AWAITING, JOB_RUNNING, NULL };
    static const char *const ended[] = { JOB_SUCCESS, JOB_FAILED, JOB_CANCELED, NULL };
    if (str_equal(to, STR(JOB_RUNNING)))
        return error_new(task->arena, ERROR_FORBIDDEN, "Only the server starts a job");
    if (str_equal(to, STR(JOB_CANCELED)) && is_one_of(from, open)) {
        cancel(task, draft);
        return NULL;
    }
    if (str_equal(to, STR(JOB_PENDING)) && is_one_of(from, ended)) {
        begin_anew(draft);
        return NULL;
    }
    Error *error =
        error_new_code(task->arena, ERROR_INVALID, "immutable",
                       "A job can't go from '%.*s' to '%.*s'", STR_ARGS(from), STR_ARGS(to));
    error->field = STR("status");
    return error;
}

static Error *before_save(Task *task, RecordDraft *draft)
{
    if (draft->is_new)
        return error_new_code(task->arena, ERROR_NOT_FOUND, "noSuchAction",
                              "Jobs are made by the server, not by clients");
    const Field *status = job_field(draft, "status");
    const Field *owner = draft->entity->owner_user;
    const SqlValue *from = &draft->stored[status->column->index];
    const SqlValue *to = draft_get(draft, status);
    /* It runs with the owner's rights. */
    draft_set(draft, owner, draft->stored[owner->column->index]);
    if (from->kind != SQL_TEXT || to->kind != SQL_TEXT || sql_value_equal(from, to))
        return NULL;
    return change_status(task, draft, from->text, to->text);
}

static Error *before_delete(Task *task, Str id)
{
    JobRow row;
    TRY(job_row_find(task, id, &row));
    if (row.values != NULL && job_row_is(&row, "status", STR(JOB_RUNNING)))
        return error_new_code(task->arena, ERROR_INVALID, "inUse",
                              "A running job can't be deleted; cancel it first");
    return job_remove_parts(task, id);
}

const RecordHook job_hook = { .entity = "Job",
                              .before_save = before_save,
                              .before_delete = before_delete };
