#pragma once
/* Wiring: what the features bring, listed once. */

#include "feature/job/job.h"

extern const RecordHook *const wiring_hooks[];
extern const JobType *const wiring_job_types[];
