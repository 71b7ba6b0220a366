#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lane_desk.h"

static void test_lane_run_answers_after_the_commit(void **state)
{
    LaneDesk *desk = *state;
    int64_t number = 1;
    assert_no_error(lane_run(desk->lane, desk->base.arena, lane_desk_add_number, &number));
    assert_int_equal(lane_desk_count_items(desk), 1);
    assert_int_equal(desk->committed_changes, 1);
}

static void test_lane_run_gives_the_jobs_own_error(void **state)
{
    LaneDesk *desk = *state;
    int64_t number = 1;
    assert_no_error(lane_run(desk->lane, desk->base.arena, lane_desk_add_number, &number));
    const Error *error = lane_run(desk->lane, desk->base.arena, lane_desk_add_number, &number);
    assert_non_null(error);
    assert_string_equal(error->code, "notUnique");
    assert_int_equal(lane_desk_count_items(desk), 1);
}

static void test_lane_jobs_that_wait_share_commits(void **state)
{
    LaneDesk *desk = *state;
    GateJob gate;
    Batch batch;
    uint64_t commits_before, jobs_before, commits, jobs;
    batch_init(&batch, desk, 0, LANE_DESK_MAX_WAITING);
    gate_close(desk, &gate);
    lane_counts(desk->lane, &commits_before, &jobs_before);
    batch_submit(&batch);
    gate_open(&gate);
    batch_await(&batch);
    lane_counts(desk->lane, &commits, &jobs);
    assert_int_equal(jobs - jobs_before, LANE_DESK_MAX_WAITING + 1);
    assert_true(commits - commits_before < LANE_DESK_MAX_WAITING);
    assert_int_equal(lane_desk_count_items(desk), LANE_DESK_MAX_WAITING);
    assert_int_equal(desk->committed_changes, LANE_DESK_MAX_WAITING);
    batch_deinit(&batch);
}

static void test_lane_runs_and_finishes_jobs_in_the_order_of_submits(void **state)
{
    LaneDesk *desk = *state;
    Batch batch;
    batch_init(&batch, desk, 0, 200);
    batch_submit(&batch);
    batch_await(&batch);
    for (size_t i = 0; i < batch.count; i++)
        assert_int_equal(batch.jobs[i].finish_order, i);
    batch_deinit(&batch);
}

static void test_lane_undoes_only_the_job_that_fails(void **state)
{
    LaneDesk *desk = *state;
    GateJob gate;
    Batch batch;
    batch_init(&batch, desk, 0, 90);
    for (size_t i = 0; i < batch.count; i++)
        batch.jobs[i].fails = i % 3 == 1;
    gate_close(desk, &gate);
    batch_submit(&batch);
    gate_open(&gate);
    batch_await(&batch);
    for (size_t i = 0; i < batch.count; i++) {
        assert_null(batch.jobs[i].lost);
        assert_int_equal(batch.jobs[i].error != NULL, i % 3 == 1);
    }
    assert_int_equal(lane_desk_count_items(desk), 60);
    assert_int_equal(desk->committed_changes, 60);
    batch_deinit(&batch);
}

static void test_lane_refuses_jobs_when_too_many_wait(void **state)
{
    LaneDesk *desk = *state;
    GateJob gate;
    Batch batch;
    NumberJob *extra;
    batch_init(&batch, desk, 0, LANE_DESK_MAX_WAITING + 1);
    batch.count--;
    extra = &batch.jobs[batch.count];
    gate_close(desk, &gate);
    batch_submit(&batch);
    const Error *error = lane_submit(desk->lane, &extra->job);
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_UNAVAILABLE);
    assert_true(error->retry_after_s > 0);
    gate_open(&gate);
    batch_await(&batch);
    assert_false(extra->is_finished);
    assert_int_equal(lane_desk_count_items(desk), LANE_DESK_MAX_WAITING);
    batch.count++;
    batch_deinit(&batch);
}

static void test_lane_stop_runs_what_waits(void **state)
{
    LaneDesk *desk = *state;
    GateJob gate;
    Batch batch;
    batch_init(&batch, desk, 0, 50);
    gate_close(desk, &gate);
    batch_submit(&batch);
    sem_post(&gate.may_go);
    lane_stop(desk->lane);
    desk->lane = NULL; /* stopping nothing is fine */
    assert_int_equal(batch.finished, 50);
    for (size_t i = 0; i < batch.count; i++) {
        assert_null(batch.jobs[i].lost);
        assert_null(batch.jobs[i].error);
    }
    assert_int_equal(lane_desk_count_items(desk), 50);
    batch_deinit(&batch);
}

static void test_lane_hook_that_fails_takes_the_group_away(void **state)
{
    LaneDesk *desk = *state;
    int64_t number = 1;
    desk->refuses_commit = true;
    const Error *error = lane_run(desk->lane, desk->base.arena, lane_desk_add_number, &number);
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_UNAVAILABLE);
    assert_int_equal(lane_desk_count_items(desk), 0);
    assert_int_equal(desk->committed_changes, 0);
    desk->refuses_commit = false;
    assert_no_error(lane_run(desk->lane, desk->base.arena, lane_desk_add_number, &number));
    assert_int_equal(lane_desk_count_items(desk), 1);
    assert_int_equal(desk->committed_changes, 1);
}

static Error *change_nothing(void *context, SqlConnection *connection)
{
    (void)context;
    (void)connection;
    return NULL;
}

static void test_lane_hooks_rest_when_nothing_changed(void **state)
{
    LaneDesk *desk = *state;
    assert_no_error(lane_run(desk->lane, desk->base.arena, change_nothing, NULL));
    assert_int_equal(desk->hook_calls, 0);
}

/* Two items in savepoints of their own, the first of them undone. */
static Error *run_two_items(void *context, SqlConnection *connection)
{
    (void)context;
    int64_t numbers[] = { 1, 2 };
    for (size_t i = 0; i < 2; i++) {
        AUTO_ROLLBACK SqlSavepoint item = { 0 };
        TRY(sql_savepoint(connection, &item));
        TRY(lane_desk_add_number(&numbers[i], connection));
        if (i == 1)
            TRY(sql_release(&item));
    }
    return NULL;
}

static Error *run_with_own_savepoints(const LaneDesk *desk,
                                      Error *(*run)(void *context, SqlConnection *connection))
{
    LaneStep step = { .run = run, .has_own_savepoints = true };
    uint64_t position;
    return lane_run_step(desk->lane, desk->base.arena, &step, &position);
}

static void test_lane_step_with_own_savepoints_keeps_the_items_apart(void **state)
{
    LaneDesk *desk = *state;
    assert_no_error(run_with_own_savepoints(desk, run_two_items));
    assert_false(lane_desk_has_item(desk, 1));
    assert_true(lane_desk_has_item(desk, 2));
    assert_int_equal(desk->committed_changes, 1);
    assert_string_equal(run_with_own_savepoints(desk, run_two_items)->code, "notUnique");
    assert_int_equal(lane_desk_count_items(desk), 1);
}

/* ---- many threads ---- */

#define THREADS 8
#define NUMBERS_A_THREAD 40

typedef struct Writer {
    Lane *lane;
    int64_t first;
    unsigned refused;
    unsigned succeeded;
} Writer;

/* Every second number is one that the neighbour adds as well: exactly one of the two succeeds. */
static void *write_numbers(void *context)
{
    Writer *writer = context;
    Arena *arena = arena_new(4096, (size_t)1 << 20);
    for (int64_t i = 0; i < NUMBERS_A_THREAD; i++) {
        int64_t number = writer->first + i;
        if (lane_run(writer->lane, arena, lane_desk_add_number, &number) == NULL)
            writer->succeeded++;
        else
            writer->refused++;
        arena_reset(arena);
    }
    arena_free(arena);
    return NULL;
}

static void test_lane_run_serves_many_threads(void **state)
{
    LaneDesk *desk = *state;
    pthread_t threads[THREADS];
    Writer writers[THREADS];
    unsigned succeeded = 0;
    unsigned refused = 0;
    for (size_t i = 0; i < THREADS; i++) {
        writers[i] = (Writer){ .lane = desk->lane, .first = (int64_t)i * NUMBERS_A_THREAD / 2 };
        assert_int_equal(pthread_create(&threads[i], NULL, write_numbers, &writers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        succeeded += writers[i].succeeded;
        refused += writers[i].refused;
    }
    assert_int_equal(succeeded, (THREADS + 1) * NUMBERS_A_THREAD / 2);
    assert_int_equal(succeeded + refused, THREADS * NUMBERS_A_THREAD);
    assert_int_equal(lane_desk_count_items(desk), succeeded);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, lane_desk_open, lane_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_lane_run_answers_after_the_commit),
        DESK_TEST(test_lane_run_gives_the_jobs_own_error),
        DESK_TEST(test_lane_jobs_that_wait_share_commits),
        DESK_TEST(test_lane_runs_and_finishes_jobs_in_the_order_of_submits),
        DESK_TEST(test_lane_undoes_only_the_job_that_fails),
        DESK_TEST(test_lane_refuses_jobs_when_too_many_wait),
        DESK_TEST(test_lane_stop_runs_what_waits),
        DESK_TEST(test_lane_hook_that_fails_takes_the_group_away),
        DESK_TEST(test_lane_hooks_rest_when_nothing_changed),
        DESK_TEST(test_lane_step_with_own_savepoints_keeps_the_items_apart),
        DESK_TEST(test_lane_run_serves_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
