#pragma once
/* Job claim: from the queue to a process and back. The claim is a random word in the job's row; who
 * does not find its own there any more has lost the job. */

#include "feature/job/job_private.h"

/* The next job that is due, as Running and ours; `*out_id` none when there is none. Looks before it
 * writes. */
Error *job_claim_next(Task *task, Str *out_id, Str *out_token) must_check;
/* What the row says to the runner: payload, progress, errors so far, type and owner. False when the
 * job is not ours any more. */
Error *job_claim_load(JobRun *run, Str *out_type, Str *out_owner, bool *out_is_ours) must_check;
/* How it ended. Nothing happens when the job is not ours any more. */
typedef struct JobEnd {
    const char *status;
    Str message; /* none: nothing to say */
    int delay_s; /* Pending: not before */
} JobEnd;
Error *job_claim_end(JobRun *run, const JobEnd *end) must_check;
/* Jobs that run for `home`, which can't be true: back to Pending. */
Error *job_claim_recover(Task *task, Str home) must_check;
