#pragma once
/* What the files of jobs share: the row of a job, and the claim of the process that runs it. */

#include "feature/job/job.h"

/* A running job that nobody has worked on for so long lost its process. Longer than any one read
 * may take (the setting query-seconds) and any step waits for the lane. */
#define JOB_LOST_S 60
/* Starts of one job without a step in between: then it does more harm than good. */
#define JOB_MAX_ATTEMPTS 5

#define JOB_PENDING "Pending"
#define JOB_AWAITING "Awaiting"
#define JOB_RUNNING "Running"
#define JOB_SUCCESS "Success"
#define JOB_FAILED "Failed"
#define JOB_CANCELED "Canceled"

struct JobClaim {
    Str token;      /* what the row says as long as the job is ours */
    Arena *scratch; /* of one step */
    Buf errors;     /* the items of the list, without brackets */
    bool (*must_stop)(void *owner);
    void *owner;
};

/* The row of a job while it is being changed. */
typedef struct JobRow {
    const Entity *entity;
    int64_t row_id;
    SqlValue *values; /* NULL: no such job */
    bool *is_changed;
} JobRow;

const Entity *job_entity(const Task *task);
/* Locked until the transaction is over. */
Error *job_row_find(Task *task, Str id, JobRow *out) must_check;
const SqlValue *job_row_get(const JobRow *row, const char *field);
bool job_row_is(const JobRow *row, const char *field, Str text);
void job_row_set(JobRow *row, const char *field, SqlValue value);
/* `is_told`: also to those who search for texts. */
Error *job_row_write(Task *task, JobRow *row, bool is_told) must_check;
/* The progress in the row, and into it. */
JobProgress job_row_progress(const JobRow *row);
void job_row_set_progress(Task *task, JobRow *row, const JobRun *run);
