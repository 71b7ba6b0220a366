#include "sql/reader_pool.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "base/memory.h"
#include "sql/driver.h"

struct ReaderPool {
    SqlDatabase *database;
    unsigned max_connections;
    unsigned wait_ms;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t given;
    SqlConnection *idle;
    SqlConnection *taken;
    unsigned count; /* idle, taken and about to be opened */
    unsigned waiting;
};

ReaderPool *reader_pool_new(SqlDatabase *database, unsigned max_connections, unsigned wait_ms)
{
    ReaderPool *pool = memory_zalloc(sizeof *pool);
    pthread_condattr_t attributes;
    pool->database = database;
    pool->max_connections = max_connections;
    pool->wait_ms = wait_ms;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->given, &attributes);
    pthread_condattr_destroy(&attributes);
    return pool;
}

void reader_pool_drop_idle(ReaderPool *pool)
{
    pthread_mutex_lock(&pool->lock);
    SqlConnection *idle = pool->idle;
    pool->idle = NULL;
    for (const SqlConnection *reader = idle; reader != NULL; reader = reader->next_reader)
        pool->count--;
    pthread_cond_broadcast(&pool->given);
    pthread_mutex_unlock(&pool->lock);
    while (idle != NULL) {
        SqlConnection *reader = idle;
        idle = reader->next_reader;
        sql_connection_close(reader);
    }
}

void reader_pool_free(ReaderPool *pool)
{
    if (pool == NULL)
        return;
    assert(pool->taken == NULL);
    reader_pool_drop_idle(pool);
    pthread_cond_destroy(&pool->given);
    pthread_mutex_destroy(&pool->lock);
    memory_free(pool);
}

static void link_taken(ReaderPool *pool, SqlConnection *reader)
{
    reader->previous_reader = NULL;
    reader->next_reader = pool->taken;
    if (pool->taken != NULL)
        pool->taken->previous_reader = reader;
    pool->taken = reader;
}

static void unlink_taken(ReaderPool *pool, SqlConnection *reader)
{
    if (reader->previous_reader != NULL)
        reader->previous_reader->next_reader = reader->next_reader;
    else
        pool->taken = reader->next_reader;
    if (reader->next_reader != NULL)
        reader->next_reader->previous_reader = reader->previous_reader;
}

static bool has_room(const ReaderPool *pool)
{
    return pool->max_connections == 0 || pool->count < pool->max_connections;
}

static void wait_for_one(ReaderPool *pool)
{
    struct timespec until;
    int outcome = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(pool->wait_ms % 1000) * 1000000;
    until.tv_sec += pool->wait_ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pool->waiting++;
    while (outcome != ETIMEDOUT && pool->idle == NULL && !has_room(pool))
        outcome = pthread_cond_timedwait(&pool->given, &pool->lock, &until);
    pool->waiting--;
}

static Error *all_taken(Arena *arena)
{
    Error *error = error_new(arena, ERROR_UNAVAILABLE,
                             "All connections to the database are in use; try again");
    error->retry_after_s = 1;
    return error;
}

static Error *open_one(ReaderPool *pool, Arena *arena, SqlConnection **out)
{
    Error *error = sql_connect(arena, pool->database, false, out);
    pthread_mutex_lock(&pool->lock);
    if (error == NULL) {
        link_taken(pool, *out);
    } else {
        pool->count--;
        pthread_cond_signal(&pool->given);
    }
    pthread_mutex_unlock(&pool->lock);
    return error;
}

Error *reader_pool_take(ReaderPool *pool, Arena *arena, SqlConnection **out)
{
    pthread_mutex_lock(&pool->lock);
    if (pool->idle == NULL && !has_room(pool))
        wait_for_one(pool);
    SqlConnection *reader = pool->idle;
    bool may_open = reader == NULL && has_room(pool);
    if (reader != NULL) {
        pool->idle = reader->next_reader;
        link_taken(pool, reader);
    } else if (may_open) {
        pool->count++;
    }
    pthread_mutex_unlock(&pool->lock);
    *out = reader;
    if (reader != NULL)
        return NULL;
    return may_open ? open_one(pool, arena, out) : all_taken(arena);
}

void reader_pool_give(ReaderPool *pool, SqlConnection *reader)
{
    bool is_renewed = reader->driver->renews_connections && !pool->database->is_replica;
    bool is_kept = !reader->is_broken || is_renewed;
    pthread_mutex_lock(&pool->lock);
    unlink_taken(pool, reader);
    if (is_kept) {
        reader->next_reader = pool->idle;
        pool->idle = reader;
    } else {
        pool->count--;
    }
    if (pool->waiting > 0)
        pthread_cond_signal(&pool->given);
    pthread_mutex_unlock(&pool->lock);
    if (!is_kept)
        sql_connection_close(reader);
}

void reader_pool_visit_taken(ReaderPool *pool, void (*act)(SqlConnection *connection))
{
    pthread_mutex_lock(&pool->lock);
    for (SqlConnection *reader = pool->taken; reader != NULL; reader = reader->next_reader)
        act(reader);
    pthread_mutex_unlock(&pool->lock);
}
