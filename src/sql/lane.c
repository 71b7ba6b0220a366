#include "sql/lane.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "sql/driver.h"

#define LANE_ARENA_BYTES ((size_t)64 << 10)
#define LANE_ARENA_MAX_BYTES ((size_t)256 << 20)

struct Lane {
    SqlDatabase *database;
    SqlConnection *connection;
    const LaneHooks *hooks;
    void *owner;
    Arena *arena; /* of the group: savepoints, hooks */
    size_t max_waiting;
    pthread_t thread;
    pthread_mutex_t lock; /* guards first, last, waiting, is_stopping */
    pthread_cond_t changed;
    LaneJob *first;
    LaneJob *last;
    size_t waiting;
    bool is_stopping;
    uint64_t commits; /* atomic */
    uint64_t jobs;    /* atomic */
};

static LaneJob *take_job(Lane *lane, bool may_wait)
{
    pthread_mutex_lock(&lane->lock);
    while (may_wait && lane->first == NULL && !lane->is_stopping)
        pthread_cond_wait(&lane->changed, &lane->lock);
    LaneJob *job = lane->first;
    if (job != NULL) {
        lane->first = job->next;
        if (lane->first == NULL)
            lane->last = NULL;
        lane->waiting--;
        job->next = NULL;
    }
    pthread_mutex_unlock(&lane->lock);
    return job;
}

/* What the job itself failed of is its own to tell; what the lane could not do for it is `lost`. */
static Error *run_in_savepoint(Lane *lane, LaneJob *job)
{
    AUTO_ROLLBACK SqlSavepoint savepoint = { 0 };
    if (job->has_own_savepoints)
        return job->run(job, lane->connection);
    job->lost = sql_savepoint(lane->connection, &savepoint);
    TRY(job->lost);
    TRY(job->run(job, lane->connection));
    job->lost = sql_release(&savepoint);
    return job->lost;
}

static Error *run_job(Lane *lane, LaneJob *job)
{
    sql_use_arena(lane->connection, job->arena);
    Error *error = run_in_savepoint(lane, job);
    sql_use_arena(lane->connection, lane->arena);
    return error;
}

/* Some errors end the transaction by themselves, and the group with it. `error` is the job's. */
static Error *group_error(Lane *lane, const Error *error)
{
    if (sql_is_in_transaction(lane->connection))
        return NULL;
    if (error != NULL && error->kind == ERROR_STORAGE_FULL)
        return error_copy(lane->arena, error);
    return error_new(lane->arena, ERROR_UNAVAILABLE, "The storage failed; nothing was changed");
}

static Error *commit_group(Lane *lane)
{
    size_t count;
    const SqlChange *changes = sql_changes(lane->connection, &count);
    if (count > 0 && lane->hooks != NULL)
        TRY(lane->hooks->before_commit(lane->owner, lane->connection, changes, count));
    /* sql_commit forgets the changes; the caches need them afterwards. */
    SqlChange *kept = ARENA_ARRAY(lane->arena, SqlChange, count);
    if (count > 0)
        memcpy(kept, changes, count * sizeof *kept);
    TRY(sql_commit(lane->connection));
    if (count > 0 && lane->hooks != NULL)
        lane->hooks->after_commit(lane->owner, kept, count);
    return NULL;
}

/* After an I/O error the connection is closed and opened again, which recovers; without one there
 * is no going on. */
static void renew_if_broken(Lane *lane)
{
    if (!lane->connection->is_broken)
        return;
    sql_connection_close(lane->connection);
    Error *error = sql_writer_open(lane->arena, lane->database, &lane->connection);
    if (error == NULL)
        return;
    log_error(LOG_ERROR, "the write connection can't be opened again; stopping", error);
    abort();
}

static void finish_jobs(LaneJob *parked, Error *lost)
{
    while (parked != NULL) {
        LaneJob *job = parked;
        parked = job->next;
        job->next = NULL;
        /* Into the job's own arena: the group's is reset. */
        job->finish(job, lost != NULL ? error_copy(job->arena, lost) : job->lost);
    }
}

static Error *run_group_jobs(Lane *lane, LaneJob *job, LaneJob **out_parked)
{
    LaneJob **end = out_parked;
    int64_t deadline_us = clock_monotonic_us() + LANE_GROUP_US;
    Error *error = sql_begin(lane->connection);
    for (unsigned count = 1; job != NULL; count++) {
        *end = job;
        end = &job->next;
        if (error == NULL)
            error = group_error(lane, run_job(lane, job));
        bool is_due = count >= LANE_GROUP_JOBS || clock_monotonic_us() >= deadline_us;
        job = is_due || error != NULL || !lane->database->driver->shares_commits
                  ? NULL
                  : take_job(lane, false);
        __atomic_fetch_add(&lane->jobs, 1, __ATOMIC_RELAXED);
    }
    return error;
}

static void run_group(Lane *lane, LaneJob *job)
{
    LaneJob *parked = NULL;
    Error *error = run_group_jobs(lane, job, &parked);
    if (error == NULL)
        error = commit_group(lane);
    if (error != NULL) {
        log_error(LOG_ERROR, "a group of writes was lost", error);
        sql_rollback(lane->connection);
    }
    __atomic_fetch_add(&lane->commits, 1, __ATOMIC_RELAXED);
    finish_jobs(parked, error);
    renew_if_broken(lane);
    lane->database->driver->maintain(lane->connection);
    arena_reset(lane->arena);
}

static void *run_lane(void *context)
{
    Lane *lane = context;
    LaneJob *job;
    while ((job = take_job(lane, true)) != NULL)
        run_group(lane, job);
    return NULL;
}

Error *lane_start(Arena *arena, SqlDatabase *database, const LaneHooks *hooks, void *owner,
                  size_t max_waiting, Lane **out)
{
    Lane *lane = memory_zalloc(sizeof *lane);
    lane->database = database;
    lane->hooks = hooks;
    lane->owner = owner;
    lane->max_waiting = max_waiting;
    lane->arena = arena_new(LANE_ARENA_BYTES, LANE_ARENA_MAX_BYTES);
    pthread_mutex_init(&lane->lock, NULL);
    pthread_cond_init(&lane->changed, NULL);
    Error *error = sql_writer_open(arena, database, &lane->connection);
    if (error == NULL && pthread_create(&lane->thread, NULL, run_lane, lane) != 0)
        error = error_new(arena, ERROR_UNAVAILABLE, "The write lane's thread can't be started");
    if (error != NULL) {
        sql_connection_close(lane->connection);
        arena_free(lane->arena);
        memory_free(lane);
        return error;
    }
    sql_use_arena(lane->connection, lane->arena);
    *out = lane;
    return NULL;
}

void lane_stop(Lane *lane)
{
    if (lane == NULL)
        return;
    pthread_mutex_lock(&lane->lock);
    lane->is_stopping = true;
    pthread_cond_broadcast(&lane->changed);
    pthread_mutex_unlock(&lane->lock);
    pthread_join(lane->thread, NULL);
    sql_connection_close(lane->connection);
    arena_free(lane->arena);
    pthread_mutex_destroy(&lane->lock);
    pthread_cond_destroy(&lane->changed);
    memory_free(lane);
}

Error *lane_submit(Lane *lane, LaneJob *job)
{
    pthread_mutex_lock(&lane->lock);
    bool is_refused = lane->waiting >= lane->max_waiting || lane->is_stopping;
    if (!is_refused) {
        job->next = NULL;
        if (lane->last == NULL)
            lane->first = job;
        else
            lane->last->next = job;
        lane->last = job;
        lane->waiting++;
        pthread_cond_signal(&lane->changed);
    }
    pthread_mutex_unlock(&lane->lock);
    if (!is_refused)
        return NULL;
    Error *error =
        error_new(job->arena, ERROR_UNAVAILABLE, "Too many writes are waiting; try again");
    error->retry_after_s = 1;
    return error;
}

/* A job whose submitter waits. */
typedef struct WaitingJob {
    LaneJob job;
    Error *(*run)(void *context, SqlConnection *connection);
    void *context;
    Error *error;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
} WaitingJob;

static Error *run_waiting(LaneJob *job, SqlConnection *connection)
{
    WaitingJob *waiting = (WaitingJob *)job;
    waiting->error = waiting->run(waiting->context, connection);
    return waiting->error;
}

static void finish_waiting(LaneJob *job, Error *lost)
{
    WaitingJob *waiting = (WaitingJob *)job;
    pthread_mutex_lock(&waiting->lock);
    if (lost != NULL)
        waiting->error = lost;
    waiting->is_done = true;
    pthread_cond_signal(&waiting->done);
    pthread_mutex_unlock(&waiting->lock);
}

static Error *run_and_wait(Lane *lane, WaitingJob *waiting)
{
    pthread_mutex_init(&waiting->lock, NULL);
    pthread_cond_init(&waiting->done, NULL);
    Error *error = lane_submit(lane, &waiting->job);
    if (error == NULL) {
        pthread_mutex_lock(&waiting->lock);
        while (!waiting->is_done)
            pthread_cond_wait(&waiting->done, &waiting->lock);
        pthread_mutex_unlock(&waiting->lock);
        error = waiting->error;
    }
    pthread_mutex_destroy(&waiting->lock);
    pthread_cond_destroy(&waiting->done);
    return error;
}

Error *lane_run(Lane *lane, Arena *arena, Error *(*run)(void *context, SqlConnection *connection),
                void *context)
{
    WaitingJob waiting = { .job = { .run = run_waiting, .finish = finish_waiting, .arena = arena },
                           .run = run,
                           .context = context };
    return run_and_wait(lane, &waiting);
}

Error *lane_run_items(Lane *lane, Arena *arena,
                      Error *(*run)(void *context, SqlConnection *connection), void *context)
{
    WaitingJob waiting = { .job = { .run = run_waiting, .finish = finish_waiting, .arena = arena },
                           .run = run,
                           .context = context };
    waiting.job.has_own_savepoints = true;
    return run_and_wait(lane, &waiting);
}

void lane_counts(const Lane *lane, uint64_t *out_commits, uint64_t *out_jobs)
{
    *out_commits = __atomic_load_n(&lane->commits, __ATOMIC_RELAXED);
    *out_jobs = __atomic_load_n(&lane->jobs, __ATOMIC_RELAXED);
}
