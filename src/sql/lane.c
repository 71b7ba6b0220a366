#include "sql/lane.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "sql/driver.h"

#define LANE_ARENA_BYTES ((size_t)64 << 10)
#define LANE_ARENA_MAX_BYTES ((size_t)256 << 20)

/* One writing connection and its thread. */
typedef struct Track {
    Lane *lane;
    SqlConnection *connection;
    Arena *arena; /* of the group: savepoints, hooks */
    pthread_t thread;
    bool has_thread;
} Track;

struct Lane {
    SqlDatabase *database;
    const LaneHooks *hooks;
    void *owner;
    size_t max_waiting;
    Track *tracks;
    unsigned track_count;
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
static Error *run_in_savepoint(Track *track, LaneJob *job)
{
    AUTO_ROLLBACK SqlSavepoint savepoint = { 0 };
    if (job->has_own_savepoints)
        return job->run(job, track->connection);
    job->lost = sql_savepoint(track->connection, &savepoint);
    TRY(job->lost);
    TRY(job->run(job, track->connection));
    job->lost = sql_release(&savepoint);
    return job->lost;
}

static Error *run_job(Track *track, LaneJob *job)
{
    sql_use_arena(track->connection, job->arena);
    Error *error = run_in_savepoint(track, job);
    sql_use_arena(track->connection, track->arena);
    return error;
}

/* Some errors end the transaction by themselves, and the group with it. `error` is the job's. */
static Error *group_error(Track *track, const Error *error)
{
    if (sql_is_in_transaction(track->connection))
        return NULL;
    if (error != NULL && error->kind == ERROR_STORAGE_FULL)
        return error_copy(track->arena, error);
    return error_new(track->arena, ERROR_UNAVAILABLE, "The storage failed; nothing was changed");
}

static Error *commit_group(Track *track)
{
    size_t count;
    const Lane *lane = track->lane;
    const SqlChange *changes = sql_changes(track->connection, &count);
    if (count > 0 && lane->hooks != NULL)
        TRY(lane->hooks->before_commit(lane->owner, track->connection, changes, count));
    /* sql_commit forgets the changes; the caches need them afterwards. */
    SqlChange *kept = ARENA_ARRAY(track->arena, SqlChange, count);
    if (count > 0)
        memcpy(kept, changes, count * sizeof *kept);
    Error *error = sql_commit(track->connection);
    /* A connection that broke may have stored it all the same. */
    bool may_be_stored = error == NULL || track->connection->is_broken;
    if (count > 0 && lane->hooks != NULL && may_be_stored)
        lane->hooks->after_commit(lane->owner, kept, count, error == NULL);
    return error;
}

/* After an I/O error the connection is closed and opened again, which recovers; without one there
 * is no going on. */
static void renew_if_broken(Track *track)
{
    if (!track->connection->is_broken)
        return;
    sql_connection_close(track->connection);
    Error *error = sql_writer_open(track->arena, track->lane->database, &track->connection);
    if (error == NULL)
        return;
    log_error(LOG_ERROR, "the write connection can't be opened again; stopping", error);
    abort();
}

static void finish_jobs(LaneJob *parked, Error *lost, uint64_t position)
{
    while (parked != NULL) {
        LaneJob *job = parked;
        parked = job->next;
        job->next = NULL;
        job->position = position;
        /* Into the job's own arena: the group's is reset. */
        job->finish(job, lost != NULL ? error_copy(job->arena, lost) : job->lost);
    }
}

static Error *run_group_jobs(Track *track, LaneJob *job, LaneJob **out_parked)
{
    LaneJob **end = out_parked;
    int64_t deadline_us = clock_monotonic_us() + LANE_GROUP_US;
    Error *error = sql_begin(track->connection);
    for (unsigned count = 1; job != NULL; count++) {
        *end = job;
        end = &job->next;
        if (error == NULL)
            error = group_error(track, run_job(track, job));
        bool is_due = count >= LANE_GROUP_JOBS || clock_monotonic_us() >= deadline_us;
        job = is_due || error != NULL ? NULL : take_job(track->lane, false);
        __atomic_fetch_add(&track->lane->jobs, 1, __ATOMIC_RELAXED);
    }
    return error;
}

static void run_group(Track *track, LaneJob *job)
{
    LaneJob *parked = NULL;
    Error *error = run_group_jobs(track, job, &parked);
    if (error == NULL)
        error = commit_group(track);
    if (error != NULL) {
        log_error(LOG_ERROR, "a group of writes was lost", error);
        sql_rollback(track->connection);
    }
    __atomic_fetch_add(&track->lane->commits, 1, __ATOMIC_RELAXED);
    finish_jobs(parked, error, sql_position(track->connection));
    renew_if_broken(track);
    track->lane->database->driver->maintain(track->connection);
    arena_reset(track->arena);
}

/* ---- where commits are not shared: a transaction a job ---- */

/* What the job itself failed of is its own to tell; what the lane could not do for it is `lost`. */
static Error *try_alone(Track *track, LaneJob *job, uint64_t *out_position)
{
    job->lost = sql_begin(track->connection);
    TRY(job->lost);
    sql_use_arena(track->connection, job->arena);
    Error *error = job->run(job, track->connection);
    sql_use_arena(track->connection, track->arena);
    TRY(error);
    job->lost = group_error(track, NULL);
    TRY(job->lost);
    job->lost = commit_group(track);
    *out_position = sql_position(track->connection);
    return job->lost;
}

/* Others that ran into the same rows wait for another while; longer each time, up to 160 ms, which
 * is enough for a slice of a long write to get through. */
static void step_aside(unsigned attempt)
{
    unsigned char byte;
    random_bytes(&byte, sizeof byte);
    struct timespec while_ns = { .tv_nsec = (byte + 1L) * 40000L << attempt };
    nanosleep(&while_ns, NULL);
}

static void run_alone(Track *track, LaneJob *job)
{
    uint64_t position = 0;
    for (unsigned attempt = 1;; attempt++) {
        Error *error = try_alone(track, job, &position);
        if (error == NULL)
            break;
        sql_rollback(track->connection);
        if (!sql_may_run_again(track->connection) || attempt == LANE_MAX_ATTEMPTS)
            break;
        step_aside(attempt);
    }
    if (job->lost != NULL)
        log_error(LOG_ERROR, "a write was lost", job->lost);
    __atomic_fetch_add(&track->lane->jobs, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&track->lane->commits, 1, __ATOMIC_RELAXED);
    finish_jobs(job, job->lost, position);
    arena_reset(track->arena);
}

static void *run_track(void *context)
{
    Track *track = context;
    LaneJob *job;
    while ((job = take_job(track->lane, true)) != NULL)
        if (track->lane->database->driver->shares_commits)
            run_group(track, job);
        else
            run_alone(track, job);
    return NULL;
}

static Error *start_track(Arena *arena, Track *track)
{
    track->arena = arena_new(LANE_ARENA_BYTES, LANE_ARENA_MAX_BYTES);
    TRY(sql_writer_open(arena, track->lane->database, &track->connection));
    sql_use_arena(track->connection, track->arena);
    track->has_thread = pthread_create(&track->thread, NULL, run_track, track) == 0;
    if (track->has_thread)
        return NULL;
    return error_new(arena, ERROR_UNAVAILABLE, "The write lane's thread can't be started");
}

static void end_track(Track *track)
{
    if (track->has_thread)
        pthread_join(track->thread, NULL);
    sql_connection_close(track->connection);
    if (track->arena != NULL)
        arena_free(track->arena);
}

Error *lane_start(Arena *arena, SqlDatabase *database, const LaneHooks *hooks, void *owner,
                  size_t max_waiting, Lane **out)
{
    Lane *lane = memory_zalloc(sizeof *lane);
    Error *error = NULL;
    lane->database = database;
    lane->hooks = hooks;
    lane->owner = owner;
    lane->max_waiting = max_waiting;
    lane->track_count = database->driver->write_lanes;
    lane->tracks = memory_zalloc(lane->track_count * sizeof(Track));
    pthread_mutex_init(&lane->lock, NULL);
    pthread_cond_init(&lane->changed, NULL);
    for (unsigned i = 0; i < lane->track_count && error == NULL; i++) {
        lane->tracks[i].lane = lane;
        error = start_track(arena, &lane->tracks[i]);
    }
    if (error != NULL) {
        lane_stop(lane);
        return error;
    }
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
    for (unsigned i = 0; i < lane->track_count; i++)
        end_track(&lane->tracks[i]);
    pthread_mutex_destroy(&lane->lock);
    pthread_cond_destroy(&lane->changed);
    memory_free(lane->tracks);
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
    const LaneStep *step;
    Error *error;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
} WaitingJob;

static Error *run_waiting(LaneJob *job, SqlConnection *connection)
{
    WaitingJob *waiting = (WaitingJob *)job;
    waiting->error = waiting->step->run(waiting->step->context, connection);
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

Error *lane_run_step(Lane *lane, Arena *arena, const LaneStep *step, uint64_t *out_position)
{
    WaitingJob waiting = { .job = { .run = run_waiting,
                                    .finish = finish_waiting,
                                    .arena = arena,
                                    .has_own_savepoints = step->has_own_savepoints },
                           .step = step };
    pthread_mutex_init(&waiting.lock, NULL);
    pthread_cond_init(&waiting.done, NULL);
    Error *error = lane_submit(lane, &waiting.job);
    if (error == NULL) {
        pthread_mutex_lock(&waiting.lock);
        while (!waiting.is_done)
            pthread_cond_wait(&waiting.done, &waiting.lock);
        pthread_mutex_unlock(&waiting.lock);
        error = waiting.error;
    }
    pthread_mutex_destroy(&waiting.lock);
    pthread_cond_destroy(&waiting.done);
    *out_position = waiting.job.position;
    return error;
}

Error *lane_run(Lane *lane, Arena *arena, Error *(*run)(void *context, SqlConnection *connection),
                void *context)
{
    LaneStep step = { .run = run, .context = context };
    uint64_t position;
    return lane_run_step(lane, arena, &step, &position);
}

void lane_counts(const Lane *lane, uint64_t *out_commits, uint64_t *out_jobs)
{
    *out_commits = __atomic_load_n(&lane->commits, __ATOMIC_RELAXED);
    *out_jobs = __atomic_load_n(&lane->jobs, __ATOMIC_RELAXED);
}
