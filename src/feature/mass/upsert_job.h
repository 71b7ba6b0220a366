#pragma once
/* Upsert as a job (spec 5.1, `Use-Queue`): the items lie in parts of UPSERT_JOB_ITEMS; of each part
 * the outcomes are kept, and all of them are the job's message in the end: the same list as the
 * answer of an upsert, with the ids instead of the records. Items without an id get one when the
 * job is made, so a part that was done and not noted yet creates nothing twice when it is done
 * again. */

#include "feature/job/job.h"

#define UPSERT_JOB_ITEMS 100

extern const JobType upsert_job;

/* INVALID: no list, too many items, or a secret among the values (it would lie in the job). Call it
 * from a thread that may wait. */
Error *upsert_job_add(Task *task, const JsonValue *items, Str *out_id) must_check;
