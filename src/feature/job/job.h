#pragma once
/* Jobs: long work that goes on after the request that asked for it (spec 5.3). A job is a record of
 * the entity Job; what it works on lies beside it in parts (JobPart). It runs in steps on the lane:
 * each step holds the job's row, and stores how far the job is in the transaction of its work. So
 * a job that was interrupted goes on behind its last step, nothing of which is done twice; one that
 * was canceled or taken over by another process ends before its next step. A job runs with the
 * rights of its owner, looked up when it runs.
 *
 *   Awaiting -> Pending                            (when all its parts are there)
 *   Pending -> Running -> Success | Failed         (the runner)
 *   Pending, Running -> Canceled                   (a client)
 *   Success, Failed, Canceled -> Pending           (a client; begins anew)
 *   Running -> Pending                             (its process ended)
 *
 * Threads: a JobRun belongs to the runner's thread that runs it. */

#include "record/hook.h"

extern const RecordHook job_hook;

/* The work of one step, at most; less when its commit takes long. */
#define JOB_SLICE_US 2500
/* Failures that are kept one by one; the rest is counted. */
#define JOB_MAX_ERRORS 1000
#define JOB_NOT_COUNTED (-1)

typedef struct JobRun JobRun;
typedef struct JobClaim JobClaim;

/* A kind of job: a row of the table that server/wiring.c gives to the runner. */
typedef struct JobType {
    const char *name;
    /* Until nothing is left, or a step says that it is over. An Error makes the job Failed. */
    Error *(*run)(JobRun *run);
    bool is_daily; /* the runner makes one a day by itself, for the internal user */
} JobType;

/* What changes from step to step. Set in a step, it is stored with the step's transaction, and back
 * at what it was when the step did not happen. */
typedef struct JobProgress {
    int64_t processed;
    int64_t total; /* JOB_NOT_COUNTED until it is known */
    int64_t failed;
    size_t error_count; /* of the list */
    size_t error_bytes;
} JobProgress;

struct JobRun {
    Task *task;
    Str id;
    const JsonValue *payload;
    JobProgress progress;
    Str message;      /* of a job that succeeded; none = nothing to say */
    bool is_over;     /* a step did not happen: end, whatever is left */
    int64_t slice_us; /* how long the next step should work at most */
    JobClaim *claim;  /* the runner's own */
};

/* Inside task_write: a job for the caller. `id` none: a new one. */
typedef struct JobOrder {
    const char *type;
    Str id;
    Str name;
    Str payload;          /* a JSON object */
    int64_t total;        /* or JOB_NOT_COUNTED */
    bool waits_for_parts; /* Awaiting, until job_release */
} JobOrder;
Error *job_add(Task *task, const JobOrder *order, Str *out_id) must_check;
/* Inside task_write: its parts are there, it may run. */
Error *job_release(Task *task, Str id) must_check;
/* After the commit of what was added: the runner looks at once. */
void job_wake(const Instance *instance);

/* Parts are JSON lists, numbered by the job's own rules. Adding one that is there changes nothing;
 * inside task_write. */
Error *job_add_part(Task *task, Str job_id, int64_t number, Str content) must_check;
/* `*out` is NULL when there is none. */
Error *job_read_part(Task *task, Str job_id, int64_t number, const JsonValue **out) must_check;
/* One, or all of them; inside task_write. */
Error *job_remove_part(Task *task, Str job_id, int64_t number) must_check;
Error *job_remove_parts(Task *task, Str job_id) must_check;

/* Runs `step` on the lane, and stores the progress with it. It may run more than once, each time
 * from the same progress; it must not fail with an item half done. What it allocates in the task's
 * arena is gone afterwards. With `run->is_over` set nothing has happened. */
Error *job_step(JobRun *run, Error *(*step)(JobRun *run, void *context), void *context) must_check;
/* In a step: one failure more. */
void job_tell_failure(JobRun *run, Str id, Str name, Str reason);

/* `{"done", "errors", "message"}` (spec 5.3). */
Error *job_write_status(Task *task, Str id, Buf *out) must_check;
