#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "server/pool.h"

#define MAX_WAITING 100

static int make_arena(void **state)
{
    *state = arena_new(4096, (size_t)1 << 20);
    return 0;
}

static int free_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static Pool *start(Arena *arena, unsigned threads)
{
    Pool *pool = NULL;
    assert_null(pool_start(arena, threads, MAX_WAITING, &pool));
    return pool;
}

/* A job that counts, and may wait at a gate first. */
typedef struct CountJob {
    PoolJob job;     /* first */
    unsigned *count; /* atomic */
    sem_t *is_in;
    sem_t *gate;
} CountJob;

static void run_count(PoolJob *pool_job)
{
    CountJob *job = (CountJob *)pool_job;
    if (job->is_in != NULL)
        sem_post(job->is_in);
    if (job->gate != NULL)
        sem_wait(job->gate);
    __atomic_fetch_add(job->count, 1, __ATOMIC_RELAXED);
}

static void test_pool_runs_every_job_once(void **state)
{
    Pool *pool = start(*state, 3);
    CountJob jobs[MAX_WAITING];
    unsigned count = 0;
    for (size_t i = 0; i < MAX_WAITING; i++) {
        jobs[i] = (CountJob){ .job = { .run = run_count }, .count = &count };
        assert_null(pool_submit(pool, *state, &jobs[i].job));
    }
    pool_stop(pool);
    assert_int_equal(count, MAX_WAITING);
}

static void test_pool_works_on_several_jobs_at_a_time(void **state)
{
    Pool *pool = start(*state, 3);
    CountJob jobs[3];
    sem_t is_in, gate;
    unsigned count = 0;
    sem_init(&is_in, 0, 0);
    sem_init(&gate, 0, 0);
    for (size_t i = 0; i < 3; i++) {
        jobs[i] = (CountJob){
            .job = { .run = run_count }, .count = &count, .is_in = &is_in, .gate = &gate
        };
        assert_null(pool_submit(pool, *state, &jobs[i].job));
    }
    for (size_t i = 0; i < 3; i++)
        sem_wait(&is_in); /* all three, before one may end */
    for (size_t i = 0; i < 3; i++)
        sem_post(&gate);
    pool_stop(pool);
    assert_int_equal(count, 3);
    sem_destroy(&is_in);
    sem_destroy(&gate);
}

static void test_pool_refuses_jobs_when_too_many_wait(void **state)
{
    Pool *pool = start(*state, 1);
    CountJob jobs[MAX_WAITING + 2];
    sem_t is_in, gate;
    unsigned count = 0;
    sem_init(&is_in, 0, 0);
    sem_init(&gate, 0, 0);
    jobs[0] =
        (CountJob){ .job = { .run = run_count }, .count = &count, .is_in = &is_in, .gate = &gate };
    assert_null(pool_submit(pool, *state, &jobs[0].job));
    sem_wait(&is_in);
    for (size_t i = 1; i <= MAX_WAITING; i++) {
        jobs[i] = (CountJob){ .job = { .run = run_count }, .count = &count };
        assert_null(pool_submit(pool, *state, &jobs[i].job));
    }
    jobs[MAX_WAITING + 1] = jobs[1];
    const Error *error = pool_submit(pool, *state, &jobs[MAX_WAITING + 1].job);
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_UNAVAILABLE);
    assert_true(error->retry_after_s > 0);
    sem_post(&gate);
    pool_stop(pool); /* runs what waits */
    assert_int_equal(count, MAX_WAITING + 1);
    sem_destroy(&is_in);
    sem_destroy(&gate);
}

typedef struct Submitter {
    Pool *pool;
    CountJob jobs[20];
    unsigned *count;
    unsigned refused;
} Submitter;

static void *submit_jobs(void *context)
{
    Submitter *submitter = context;
    Arena *arena = arena_new(4096, (size_t)1 << 20);
    for (size_t i = 0; i < 20; i++) {
        submitter->jobs[i] = (CountJob){ .job = { .run = run_count }, .count = submitter->count };
        if (pool_submit(submitter->pool, arena, &submitter->jobs[i].job) != NULL)
            submitter->refused++;
    }
    arena_free(arena);
    return NULL;
}

static void test_pool_takes_jobs_from_many_threads(void **state)
{
    Pool *pool = start(*state, 2);
    pthread_t threads[8];
    Submitter submitters[8] = { 0 };
    unsigned count = 0;
    unsigned refused = 0;
    for (size_t i = 0; i < 8; i++) {
        submitters[i].pool = pool;
        submitters[i].count = &count;
        assert_int_equal(pthread_create(&threads[i], NULL, submit_jobs, &submitters[i]), 0);
    }
    for (size_t i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        refused += submitters[i].refused;
    }
    pool_stop(pool);
    pool_stop(NULL);
    assert_int_equal(count + refused, 160);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool_runs_every_job_once),
        cmocka_unit_test(test_pool_works_on_several_jobs_at_a_time),
        cmocka_unit_test(test_pool_refuses_jobs_when_too_many_wait),
        cmocka_unit_test(test_pool_takes_jobs_from_many_threads),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
