#pragma once
/* The write lane: where every write runs, and where waiting writes share one commit (design §3).
 *
 *   submit -> [queue] -> run in a savepoint of the open group -> parked -> COMMIT of the group ->
 * finish
 *
 * A job's `run` does its work on the lane's connection and returns an Error to have it undone; the
 * rest of the group is not touched. Its answer is parked, failed or not (it may rest on rows that
 * are not committed yet), and `finish` is called after the commit: with NULL, or with the Error
 * that took the job or its whole group away. The group commits when the queue is empty, or is 2 ms
 * or 256 jobs old. `finish` runs on the lane's thread: hand the answer on, don't work there.
 * With an engine whose writers don't wait for each other (driver.h) the lane has several tracks, a
 * connection and a thread each, and every job is a transaction of its own:
 *
 *   submit -> [queue] -> run -> COMMIT, or ROLLBACK when it failed -> finish
 *
 * A transaction that failed only because of others at the same time is run again, from the
 * beginning: so a `run` must be repeatable, and begin its answer anew.
 * Threads: `lane_submit` and `lane_run` from any thread but the lane's own. */

#include "sql/sql.h"

#define LANE_GROUP_JOBS 256
#define LANE_GROUP_US 2000
#define LANE_MAX_ATTEMPTS 5

typedef struct LaneJob {
    Error *(*run)(struct LaneJob *job, SqlConnection *connection);
    void (*finish)(struct LaneJob *job, Error *lost);
    Arena *arena; /* for the lane's own errors about this job */
    /* The job keeps its items apart by savepoints of its own and never leaves one half done: then
     * none is put around the whole. (Released inside another one, each would cost a walk over all
     * pages saved so far.) */
    bool has_own_savepoints;
    struct LaneJob *next;
    Error *lost;       /* the lane's own: what it could not do for this job */
    uint64_t position; /* sql_position of its commit; 0 = nothing was committed */
} LaneJob;

/* Called once a group, before its COMMIT (derived data) and after it (caches); a table given at
 * boot. */
typedef struct LaneHooks {
    Error *(*before_commit)(void *owner, SqlConnection *connection, const SqlChange *changes,
                            size_t count);
    /* Not `is_stored`: the connection broke, and it may be stored or not. */
    void (*after_commit)(void *owner, const SqlChange *changes, size_t count, bool is_stored);
} LaneHooks;

typedef struct Lane Lane;

/* `hooks` may be NULL. At most `max_waiting` jobs wait; more are refused. */
Error *lane_start(Arena *arena, SqlDatabase *database, const LaneHooks *hooks, void *owner,
                  size_t max_waiting, Lane **out) must_check;
/* Runs what waits, then ends the thread. */
void lane_stop(Lane *lane);
/* UNAVAILABLE when too many jobs wait; then the job was not taken. */
Error *lane_submit(Lane *lane, LaneJob *job) must_check;
/* Submits and waits for the commit; for threads that may block (the heavy pool, start-up). Gives
 * the job's own error, or the one that lost its group. */
Error *lane_run(Lane *lane, Arena *arena, Error *(*run)(void *context, SqlConnection *connection),
                void *context) must_check;
/* The same, said in full. `*out_position` is set also when it fails: a commit of unknown outcome
 * has a position. */
typedef struct LaneStep {
    Error *(*run)(void *context, SqlConnection *connection);
    void *context;
    bool has_own_savepoints; /* as in LaneJob */
} LaneStep;

Error *lane_run_step(Lane *lane, Arena *arena, const LaneStep *step,
                     uint64_t *out_position) must_check;
/* Groups committed so far and jobs in them: how well commits are shared. */
void lane_counts(const Lane *lane, uint64_t *out_commits, uint64_t *out_jobs);
