#include "server/pool.h"

#include <pthread.h>

#include "base/memory.h"

struct Pool {
    pthread_mutex_t lock; /* guards first, last, waiting, sleeping, is_stopping */
    pthread_cond_t changed;
    PoolJob *first;
    PoolJob *last;
    size_t waiting;
    unsigned sleeping; /* threads that wait for a job */
    size_t max_waiting;
    bool is_stopping;
    unsigned thread_count;
    pthread_t threads[];
};

static PoolJob *take_job(Pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->sleeping++;
    while (pool->first == NULL && !pool->is_stopping)
        pthread_cond_wait(&pool->changed, &pool->lock);
    pool->sleeping--;
    PoolJob *job = pool->first;
    if (job != NULL) {
        pool->first = job->next;
        if (pool->first == NULL)
            pool->last = NULL;
        pool->waiting--;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void *run_thread(void *context)
{
    Pool *pool = context;
    PoolJob *job;
    while ((job = take_job(pool)) != NULL)
        job->run(job);
    return NULL;
}

Error *pool_start(Arena *arena, unsigned threads, size_t max_waiting, Pool **out)
{
    Pool *pool = memory_zalloc(sizeof *pool + threads * sizeof(pthread_t));
    pool->max_waiting = max_waiting;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->changed, NULL);
    while (pool->thread_count < threads &&
           pthread_create(&pool->threads[pool->thread_count], NULL, run_thread, pool) == 0)
        pool->thread_count++;
    *out = pool;
    if (pool->thread_count == threads)
        return NULL;
    pool_stop(pool);
    return error_new(arena, ERROR_UNAVAILABLE, "The threads of a pool can't be started");
}

void pool_stop(Pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->is_stopping = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->changed);
    memory_free(pool);
}

Error *pool_submit(Pool *pool, Arena *arena, PoolJob *job)
{
    pthread_mutex_lock(&pool->lock);
    bool is_refused = pool->waiting >= pool->max_waiting || pool->is_stopping;
    if (!is_refused) {
        job->next = NULL;
        if (pool->last == NULL)
            pool->first = job;
        else
            pool->last->next = job;
        pool->last = job;
        pool->waiting++;
    }
    bool wakes = !is_refused && pool->sleeping > 0;
    pthread_mutex_unlock(&pool->lock);
    if (wakes)
        pthread_cond_signal(&pool->changed);
    if (!is_refused)
        return NULL;
    Error *error = error_new(arena, ERROR_UNAVAILABLE, "Too much work is waiting; try again");
    error->retry_after_s = 1;
    return error;
}
