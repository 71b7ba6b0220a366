#pragma once
/* Trash: the daily job ClearEntities (spec 3.5). What has been in the trash for longer than the
 * scope's `clearDeletedAfterDays` (60 when it says nothing) is removed for good; live records that
 * nobody changed for longer than `autoDeleteAfterDays` (0 = never) go to the trash; answers kept
 * for idempotency keys go when their time is over. In slices, each record looked at again before it
 * goes. */

#include "feature/job/job.h"

#define TRASH_DEFAULT_DAYS 60

extern const JobType trash_clear_job;
