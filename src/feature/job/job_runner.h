#pragma once
/* Job runner: the threads that run jobs. Each one takes the next job that is due (higher priority
 * first), runs it and looks again; with nothing to do it looks twice a second, so that jobs of
 * other processes on the same database that ended are found. A job is claimed in a transaction, so
 * two threads never have the same one. What a process of the same directory left running is taken
 * up again at once, what another process left, after JOB_LOST_S. */

#include "feature/job/job.h"

typedef struct JobRunner JobRunner;

typedef struct JobRunnerOptions {
    const JobType *const *types; /* ends with NULL */
    unsigned threads;
    int64_t first_daily_us; /* from the start until daily jobs are looked for */
    int64_t daily_from_us;  /* since midnight UTC: when daily jobs are due */
} JobRunnerOptions;

/* Gives back to the queue what this directory's last process left, then starts the threads. */
Error *job_runner_start(Arena *arena, Instance *instance, const JobRunnerOptions *options,
                        JobRunner **out) must_check;
/* Running jobs end after their step and go back to the queue. Accepts NULL. */
void job_runner_stop(JobRunner *runner);
void job_runner_wake(JobRunner *runner);
