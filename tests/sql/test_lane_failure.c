#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lane_desk.h"

/* How often a test may try to get several jobs into one group; the lane's 2 ms decide. */
#define ATTEMPTS 100
#define GROUP 6

/* Jobs of which the first keeps its group open until all the others wait. */
typedef struct Group {
    Batch batch;
    sem_t gate;
} Group;

static void group_init(Group *out, LaneDesk *desk, int64_t first)
{
    sem_init(&out->gate, 0, 0);
    batch_init(&out->batch, desk, first, GROUP);
    out->batch.jobs[0].gate = &out->gate;
}

static void group_run(Group *group)
{
    batch_submit(&group->batch);
    sem_post(&group->gate);
    batch_await(&group->batch);
}

static void group_deinit(Group *group)
{
    batch_deinit(&group->batch);
    sem_destroy(&group->gate);
}

static size_t count_lost(const Batch *batch)
{
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++)
        count += batch->jobs[i].lost != NULL;
    return count;
}

/* Who was told success has his row, who was told failure has not. */
static void assert_answers_are_true(const LaneDesk *desk, const Batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const NumberJob *job = &batch->jobs[i];
        bool is_success = job->lost == NULL && job->error == NULL;
        assert_true(job->is_finished);
        assert_int_equal(lane_desk_has_item(desk, job->number), is_success);
    }
}

static void assert_lost_kind(const Batch *batch, ErrorKind kind)
{
    for (size_t i = 0; i < batch->count; i++)
        if (batch->jobs[i].lost != NULL)
            assert_int_equal(batch->jobs[i].lost->kind, kind);
}

/* The last job of the group that the plan stands with changes the driver's mind; plays it until
 * the group held more than one job, and gives back how many were lost. */
static size_t lose_a_group(LaneDesk *desk, size_t planner, const FailPlan *plan)
{
    size_t lost = 0;
    for (int64_t attempt = 0; attempt < ATTEMPTS && lost < 2; attempt++) {
        Group group;
        group_init(&group, desk, attempt * GROUP);
        group.batch.jobs[planner].plan = plan;
        group_run(&group);
        lost = count_lost(&group.batch);
        assert_answers_are_true(desk, &group.batch);
        assert_lost_kind(&group.batch, plan->kind);
        group_deinit(&group);
    }
    return lost;
}

static void assert_lane_works(LaneDesk *desk)
{
    int64_t number = 1000000;
    assert_no_error(lane_run(desk->lane, desk->base.arena, lane_desk_add_number, &number));
    assert_true(lane_desk_has_item(desk, number));
}

static void test_lane_commit_that_fails_is_nobodys_success(void **state)
{
    LaneDesk *desk = *state;
    const FailPlan plan = { .point = FAIL_COMMIT, .times = 1, .kind = ERROR_STORAGE_FULL };
    assert_true(lose_a_group(desk, 0, &plan) >= 2);
    assert_lane_works(desk);
}

static void test_lane_reopens_its_connection_after_an_io_error(void **state)
{
    LaneDesk *desk = *state;
    const FailPlan plan = {
        .point = FAIL_COMMIT, .times = 1, .kind = ERROR_UNAVAILABLE, .breaks = true
    };
    unsigned before = desk->driver.connects;
    assert_true(lose_a_group(desk, 0, &plan) >= 2);
    assert_lane_works(desk);
    assert_true(desk->driver.connects > before);
}

static void test_lane_reopens_its_connection_when_a_statement_broke_it(void **state)
{
    LaneDesk *desk = *state;
    const FailPlan plan = { .point = FAIL_QUERY,
                            .text = "INSERT",
                            .times = 1,
                            .kind = ERROR_UNAVAILABLE,
                            .breaks = true,
                            .ends_transaction = true };
    unsigned before = desk->driver.connects;
    assert_true(lose_a_group(desk, 1, &plan) >= 1);
    assert_lane_works(desk);
    assert_true(desk->driver.connects > before);
}

/* A full disk ends the transaction by itself: all that was parked is lost, and told so. */
static void test_lane_statement_that_ends_the_transaction_loses_the_group(void **state)
{
    LaneDesk *desk = *state;
    const FailPlan plan = { .point = FAIL_QUERY,
                            .text = "INSERT",
                            .times = 1,
                            .kind = ERROR_STORAGE_FULL,
                            .ends_transaction = true };
    assert_true(lose_a_group(desk, 1, &plan) >= 2);
    assert_lane_works(desk);
}

static void test_lane_begin_that_fails_runs_nothing(void **state)
{
    LaneDesk *desk = *state;
    int64_t number = 1;
    desk->driver.plan = (FailPlan){ .point = FAIL_BEGIN, .times = 1, .kind = ERROR_UNAVAILABLE };
    const Error *error = lane_run(desk->lane, desk->base.arena, lane_desk_add_number, &number);
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_UNAVAILABLE);
    assert_int_equal(lane_desk_count_items(desk), 0);
    assert_lane_works(desk);
}

/* The lane's own statements around a job: when one of them fails, the job is undone, and its
 * submitter must hear of it. */
static void test_lane_job_hears_of_a_savepoint_that_failed(void **state)
{
    static const char *const statements[] = { "SAVEPOINT", "RELEASE" };
    LaneDesk *desk = *state;
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        int64_t number = (int64_t)i;
        desk->driver.plan = (FailPlan){
            .point = FAIL_QUERY, .text = statements[i], .times = 1, .kind = ERROR_UNAVAILABLE
        };
        const Error *error = lane_run(desk->lane, desk->base.arena, lane_desk_add_number, &number);
        assert_int_equal(lane_desk_has_item(desk, number), error == NULL);
        assert_non_null(error);
        assert_int_equal(error->kind, ERROR_UNAVAILABLE);
    }
    assert_lane_works(desk);
}

/* A job that can't be undone alone takes the group with it: nothing of it may stay. */
static void test_lane_undo_that_fails_loses_the_group(void **state)
{
    LaneDesk *desk = *state;
    static const char *const statements[] = { "ROLLBACK TO", "RELEASE" };
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        const FailPlan plan = {
            .point = FAIL_QUERY, .text = statements[i], .times = 1, .kind = ERROR_UNAVAILABLE
        };
        Batch batch;
        batch_init(&batch, desk, (int64_t)i * 10, 3);
        batch.jobs[1].fails = true;
        batch.jobs[1].plan = &plan;
        batch_submit(&batch);
        batch_await(&batch);
        assert_answers_are_true(desk, &batch);
        assert_false(lane_desk_has_item(desk, batch.jobs[1].number));
        batch_deinit(&batch);
    }
    assert_lane_works(desk);
}

static Error *limit_pages(void *context, SqlConnection *connection)
{
    (void)context;
    return test_database_run(connection, "CREATE TABLE filler (data BLOB)");
}

static Error *fill(void *context, SqlConnection *connection)
{
    int64_t *number = context;
    TRY(lane_desk_add_number(number, connection));
    test_database_number(connection, "PRAGMA max_page_count = 20");
    return test_database_run(connection, "INSERT INTO filler VALUES (zeroblob(1000000))");
}

static Error *lift_limit(void *context, SqlConnection *connection)
{
    (void)context;
    test_database_number(connection, "PRAGMA max_page_count = 100000");
    return NULL;
}

/* The real engine, out of room: 507 and nothing changed, and it goes on when there is room. */
static void test_lane_says_storage_full_when_there_is_no_room(void **state)
{
    LaneDesk *desk = *state;
    int64_t number = 1;
    assert_no_error(lane_run(desk->lane, desk->base.arena, limit_pages, NULL));
    const Error *error = lane_run(desk->lane, desk->base.arena, fill, &number);
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_STORAGE_FULL);
    assert_int_equal(lane_desk_count_items(desk), 0);
    assert_no_error(lane_run(desk->lane, desk->base.arena, lift_limit, NULL));
    assert_lane_works(desk);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, lane_desk_open, lane_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_lane_commit_that_fails_is_nobodys_success),
        DESK_TEST(test_lane_reopens_its_connection_after_an_io_error),
        DESK_TEST(test_lane_reopens_its_connection_when_a_statement_broke_it),
        DESK_TEST(test_lane_statement_that_ends_the_transaction_loses_the_group),
        DESK_TEST(test_lane_begin_that_fails_runs_nothing),
        DESK_TEST(test_lane_job_hears_of_a_savepoint_that_failed),
        DESK_TEST(test_lane_undo_that_fails_loses_the_group),
        DESK_TEST(test_lane_says_storage_full_when_there_is_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
