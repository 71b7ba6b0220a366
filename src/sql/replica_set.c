#include "sql/replica_set.h"

#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "sql/driver.h"
#include "sql/reader_pool.h"
#include "sql/replica_state.h"

#define WATCHER_ARENA_BYTES ((size_t)16 << 10)
#define WATCHER_ARENA_MAX_BYTES ((size_t)4 << 20)
#define WATCHER_LIMIT_MS 1000
#define LOOKS_A_LIMIT 5
#define PAUSE_MIN_MS 20
#define PAUSE_MAX_MS 200

/* What the log was told last. */
typedef enum Told { TOLD_NOTHING, TOLD_IN, TOLD_OUT } Told;

typedef struct Replica {
    ReplicaSet *set;
    int number; /* from 1, in the order of the settings */
    SqlDatabase *database;
    ReplicaState state;
    int64_t system; /* atomic; the primary's */
    int64_t since_us;
    pthread_mutex_t lock; /* guards told */
    Told told;
    /* of the watcher */
    Arena *arena;
    SqlConnection *on_primary;
    SqlConnection *on_replica;
    pthread_t thread;
    bool has_thread;
} Replica;

struct ReplicaSet {
    SqlDatabase *primary;
    int64_t max_lag_us;
    unsigned pause_ms;
    pthread_mutex_t lock; /* guards is_stopping */
    pthread_cond_t stopped;
    bool is_stopping;
    size_t turn; /* atomic; whose turn the next read is */
    size_t count;
    Replica replicas[];
};

/* ---- in and out ---- */

static Told was_told(Replica *replica)
{
    pthread_mutex_lock(&replica->lock);
    Told told = replica->told;
    pthread_mutex_unlock(&replica->lock);
    return told;
}

static bool may_tell(Replica *replica, Told told)
{
    pthread_mutex_lock(&replica->lock);
    bool is_news = replica->told != told;
    replica->told = told;
    pthread_mutex_unlock(&replica->lock);
    return is_news;
}

static void tell_in(Replica *replica)
{
    if (may_tell(replica, TOLD_IN))
        LOG_EVENT(LOG_INFO, "a read replica takes reads", { "replica", STR_NONE, replica->number });
}

/* `cause` may be NULL. */
static void tell_out(Replica *replica, const char *reason, const Error *cause)
{
    Str detail = cause == NULL || str_is_none(cause->detail) ? STR("") : cause->detail;
    if (may_tell(replica, TOLD_OUT))
        LOG_EVENT(LOG_WARNING, "a read replica is left out",
                  { "replica", STR_NONE, replica->number }, { "reason", str_from(reason), 0 },
                  { "detail", detail, 0 });
}

/* What else is connected to it has most likely failed too, and is not tried one by one. */
static void leave_out(Replica *replica, const char *reason, const Error *cause)
{
    replica_state_leave_out(&replica->state);
    reader_pool_drop_idle(replica->database->readers);
    tell_out(replica, reason, cause);
}

/* ---- the watcher ---- */

static Error *read_log_state(SqlConnection *connection, SqlLogState *out)
{
    TRY(sql_begin_read(connection, WATCHER_LIMIT_MS));
    Error *error = connection->driver->read_log_state(connection, out);
    sql_end_read(connection);
    return error;
}

/* On a connection of the watcher's own, which is opened when it is not. */
static Error *ask(Replica *replica, SqlDatabase *database, SqlConnection **connection,
                  SqlLogState *out)
{
    if (*connection == NULL)
        TRY(sql_connect(replica->arena, database, false, connection));
    sql_use_arena(*connection, replica->arena);
    if (database->is_replica)
        __atomic_store_n(&database->asked_since_us, clock_monotonic_us(), __ATOMIC_SEQ_CST);
    Error *error = read_log_state(*connection, out);
    if (database->is_replica && error == NULL)
        __atomic_store_n(&database->asked_since_us, 0, __ATOMIC_SEQ_CST);
    if (error != NULL) {
        sql_connection_close(*connection);
        *connection = NULL;
    }
    return error;
}

static void judge(Replica *replica)
{
    int64_t now_us = clock_monotonic_us();
    if (replica_state_may_read(&replica->state, now_us, 0))
        tell_in(replica);
    else if (was_told(replica) != TOLD_NOTHING ||
             now_us - replica->since_us > replica->set->max_lag_us)
        tell_out(replica, "it is too far behind", NULL);
}

static void look(Replica *replica)
{
    SqlLogState primary;
    SqlLogState own;
    int64_t at_us = clock_monotonic_us();
    const Error *error = ask(replica, replica->set->primary, &replica->on_primary, &primary);
    if (error != NULL) {
        judge(replica); /* it lapses when this goes on */
        return;
    }
    error = ask(replica, replica->database, &replica->on_replica, &own);
    if (error != NULL) {
        leave_out(replica, "it can't be reached", error);
        return;
    }
    if (own.system != primary.system || !own.is_replica) {
        leave_out(replica,
                  own.system != primary.system ? "it is no copy of this database: a wrong URL?"
                                               : "it is a primary, no replica: a wrong URL?",
                  NULL);
        return;
    }
    __atomic_store_n(&replica->system, primary.system, __ATOMIC_SEQ_CST);
    replica_state_note_primary(&replica->state, at_us, primary.position);
    replica_state_note_replayed(&replica->state, own.position);
    judge(replica);
}

/* False: it is time to end. */
static bool pause_watching(ReplicaSet *set)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)set->pause_ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&set->lock);
    int outcome = 0;
    while (outcome == 0 && !set->is_stopping)
        outcome = pthread_cond_timedwait(&set->stopped, &set->lock, &until);
    bool goes_on = !set->is_stopping;
    pthread_mutex_unlock(&set->lock);
    return goes_on;
}

static void *watch(void *context)
{
    Replica *replica = context;
    do {
        look(replica);
        arena_reset(replica->arena);
    } while (pause_watching(replica->set));
    sql_connection_close(replica->on_primary);
    sql_connection_close(replica->on_replica);
    return NULL;
}

/* ---- reads ---- */

/* A server that was away may have come back with less than it had. */
static Error *check_once(Replica *replica, SqlConnection *reader)
{
    SqlLogState state;
    if (reader->is_checked)
        return NULL;
    uint64_t known = replica_state_replayed(&replica->state);
    TRY(read_log_state(reader, &state));
    reader->is_checked = state.is_replica && state.position >= known &&
                         state.system == __atomic_load_n(&replica->system, __ATOMIC_SEQ_CST);
    if (reader->is_checked)
        return NULL;
    reader->is_broken = true;
    return error_new(reader->arena, ERROR_UNAVAILABLE, "The replica is not what it was");
}

static Error *begin_on(Replica *replica, Arena *arena, int limit_ms, SqlConnection **out)
{
    SqlConnection *reader = NULL;
    TRY(sql_take_reader(arena, replica->database, &reader));
    Error *error = check_once(replica, reader);
    if (error == NULL)
        error = sql_begin_read(reader, limit_ms);
    if (error == NULL)
        *out = reader;
    else
        sql_give_reader(reader);
    return error;
}

static bool may_read(Replica *replica, uint64_t position)
{
    int64_t now_us = clock_monotonic_us();
    if (replica_state_may_read(&replica->state, now_us, position))
        return true;
    /* The watcher may be waiting for an answer; then nobody else tells. */
    if (was_told(replica) == TOLD_IN && !replica_state_may_read(&replica->state, now_us, 0))
        tell_out(replica, "nothing new was heard of it for too long", NULL);
    return false;
}

SqlConnection *replica_set_begin_read(ReplicaSet *set, Arena *arena, uint64_t position,
                                      int limit_ms)
{
    size_t turn = __atomic_fetch_add(&set->turn, 1, __ATOMIC_RELAXED);
    for (size_t i = 0; i < set->count; i++) {
        Replica *replica = &set->replicas[(turn + i) % set->count];
        SqlConnection *reader = NULL;
        if (!may_read(replica, position))
            continue;
        const Error *error = begin_on(replica, arena, limit_ms, &reader);
        if (error == NULL)
            return reader;
        leave_out(replica, "a read can't be begun on it", error);
    }
    return NULL;
}

static Replica *find_replica(ReplicaSet *set, const SqlConnection *connection)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->replicas[i].database == connection->database)
            return &set->replicas[i];
    return NULL;
}

bool replica_set_has_failed(ReplicaSet *set, const SqlConnection *connection, const Error *error)
{
    Replica *replica = find_replica(set, connection);
    bool is_of_server = error->kind == ERROR_UNAVAILABLE || error->kind == ERROR_STORAGE_FULL;
    if (replica == NULL || connection->hit_time_limit)
        return false;
    if (!is_of_server && error->kind != ERROR_INTERNAL)
        return false;
    /* Replaying may cancel a read that is in its way; the next one goes through. */
    bool is_cancelled = connection->may_run_again && !connection->is_broken;
    if (is_of_server && !is_cancelled)
        leave_out(replica, "a read failed on it", error);
    return true;
}

void replica_set_stop_reads(ReplicaSet *set)
{
    for (size_t i = 0; i < set->count; i++)
        sql_stop_reads(set->replicas[i].database);
}

/* ---- open and close ---- */

static Error *start_replica(Arena *arena, ReplicaSet *set, Replica *replica, Str url)
{
    SqlOptions options = { .location = url,
                           .statement_limit_ms = set->primary->statement_limit_ms };
    if (sql_driver_find(url) != set->primary->driver)
        return error_new(arena, ERROR_INVALID,
                         "The URL of a read replica must be of the same kind as the database's");
    TRY(sql_database_open(arena, &options, &replica->database));
    replica->database->is_replica = true;
    replica->set = set;
    replica->since_us = clock_monotonic_us();
    replica->arena = arena_new(WATCHER_ARENA_BYTES, WATCHER_ARENA_MAX_BYTES);
    replica_state_init(&replica->state, set->max_lag_us);
    pthread_mutex_init(&replica->lock, NULL);
    replica->has_thread = pthread_create(&replica->thread, NULL, watch, replica) == 0;
    if (replica->has_thread)
        return NULL;
    return error_new(arena, ERROR_UNAVAILABLE, "The watcher of a replica can't be started");
}

static ReplicaSet *make_set(SqlDatabase *primary, const ReplicaOptions *options)
{
    int64_t pause_ms = options->max_lag_ms / LOOKS_A_LIMIT;
    pthread_condattr_t attributes;
    ReplicaSet *set = memory_zalloc(sizeof *set + options->count * sizeof *set->replicas);
    set->primary = primary;
    set->max_lag_us = options->max_lag_ms * 1000;
    if (pause_ms > PAUSE_MAX_MS)
        pause_ms = PAUSE_MAX_MS;
    set->pause_ms = pause_ms < PAUSE_MIN_MS ? PAUSE_MIN_MS : (unsigned)pause_ms;
    pthread_mutex_init(&set->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&set->stopped, &attributes);
    pthread_condattr_destroy(&attributes);
    return set;
}

Error *replica_set_open(Arena *arena, SqlDatabase *primary, const ReplicaOptions *options,
                        ReplicaSet **out)
{
    if (primary->driver->read_log_state == NULL)
        return error_new(arena, ERROR_INVALID, "Only a database server has read replicas");
    if (options->count > REPLICA_SET_MAX)
        return error_new(arena, ERROR_INVALID, "There can be %d read replicas at most",
                         REPLICA_SET_MAX);
    ReplicaSet *set = make_set(primary, options);
    primary->tells_positions = true;
    for (size_t i = 0; i < options->count; i++) {
        Replica *replica = &set->replicas[set->count++];
        replica->number = (int)set->count;
        Error *error = start_replica(arena, set, replica, options->urls[i]);
        if (error == NULL)
            continue;
        replica_set_close(set);
        return error;
    }
    *out = set;
    return NULL;
}

static void stop_replica(Replica *replica)
{
    if (replica->has_thread)
        pthread_join(replica->thread, NULL);
    if (replica->arena == NULL) /* it was not opened */
        return;
    sql_database_close(replica->database);
    arena_free(replica->arena);
    pthread_mutex_destroy(&replica->lock);
}

void replica_set_close(ReplicaSet *set)
{
    if (set == NULL)
        return;
    pthread_mutex_lock(&set->lock);
    set->is_stopping = true;
    pthread_cond_broadcast(&set->stopped);
    pthread_mutex_unlock(&set->lock);
    for (size_t i = 0; i < set->count; i++)
        stop_replica(&set->replicas[i]);
    pthread_cond_destroy(&set->stopped);
    pthread_mutex_destroy(&set->lock);
    memory_free(set);
}
