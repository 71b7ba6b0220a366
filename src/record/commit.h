#pragma once
/* Commit: what follows every group of writes - counters and side indexes in the same transaction,
 * cached logins after it. The lane calls it through a table (sql/lane.h); its owner is the
 * Instance. */

#include "sql/announcement.h"
#include "sql/lane.h"

extern const LaneHooks record_commit_hooks;
/* For announcement_follow: another process changed what this one keeps. `owner` as above. */
void record_commit_hear(void *owner, AnnouncementTopic topic);
