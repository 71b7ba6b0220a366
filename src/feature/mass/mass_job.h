#pragma once
/* Mass jobs: mass actions on more records than one request should wait for. The ids are fixed
 * before the first record is changed - those of a filter when the job begins - and lie in the job's
 * parts, MASS_PART_IDS in each; so each selected record is visited once, whatever the filter finds
 * meanwhile. */

#include "feature/job/job.h"
#include "feature/mass/mass.h"

#define MASS_PART_IDS 1000

extern const JobType mass_update_job;
extern const JobType mass_delete_job;
extern const JobType mass_restore_job;
extern const JobType mass_link_job;
extern const JobType mass_unlink_job;

/* A job for the caller: of these ids, or with `ids` NULL of the body's `where`, which finds
 * `count`. */
Error *mass_job_add(Task *task, const MassWork *work, const JsonValue *body, const Str *ids,
                    size_t count, Str *out_id) must_check;
