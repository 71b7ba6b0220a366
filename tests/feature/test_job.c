#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "access/access.h"
#include "base/clock.h"
#include "feature/job/job_runner.h"
#include "feature/trash/trash.h"
#include "feature/user/user.h"
#include "record_desk.h"
#include "support/test_database.h"
#include "support/test_json.h"

#define WAIT_MS 20000
#define STEPS 40

/* What the jobs of a test have done, over all threads. */
static unsigned steps_done; /* atomic */
static unsigned runs_begun; /* atomic */
static unsigned runs_ended; /* atomic */
static bool is_held;        /* atomic: a job waits before its next step */

static void pause_ms(long ms)
{
    struct timespec time = { .tv_nsec = ms * 1000000L };
    nanosleep(&time, NULL);
}

static Error *take_step(JobRun *run, void *context)
{
    (void)context;
    run->progress.processed++;
    return NULL;
}

static Error *run_steps(JobRun *run)
{
    __atomic_fetch_add(&runs_begun, 1, __ATOMIC_RELAXED);
    run->progress.total = STEPS;
    while (!run->is_over && run->progress.processed < STEPS) {
        while (__atomic_load_n(&is_held, __ATOMIC_RELAXED) && run->progress.processed == 5)
            pause_ms(1);
        TRY(job_step(run, take_step, NULL));
        if (!run->is_over)
            __atomic_fetch_add(&steps_done, 1, __ATOMIC_RELAXED);
    }
    run->message = STR("counted");
    __atomic_fetch_add(&runs_ended, 1, __ATOMIC_RELAXED);
    return NULL;
}

static Error *run_forbidden(JobRun *run)
{
    TRY(access_check_admin(run->task));
    return NULL;
}

static Error *run_badly(JobRun *run)
{
    return error_new(run->task->arena, ERROR_INVALID, "It can't be done");
}

static const JobType counting = { .name = "Counting", .run = run_steps };
static const JobType forbidden = { .name = "Forbidden", .run = run_forbidden };
static const JobType bad = { .name = "Bad", .run = run_badly };
static const JobType daily = { .name = "Daily", .run = run_steps, .is_daily = true };
static const JobType *const types[] = { &counting, &forbidden, &bad, &trash_clear_job, NULL };
static const JobType *const daily_types[] = { &daily, NULL };

typedef struct Adding {
    JobOrder order;
    Str id;
} Adding;

static Error *add(Task *task, void *context)
{
    Adding *adding = context;
    return job_add(task, &adding->order, &adding->id);
}

static const char *add_job(RecordDesk *desk, const char *type)
{
    Task task;
    Adding adding = { .order = { .type = type,
                                 .id = STR_NONE,
                                 .name = STR("a job"),
                                 .payload = STR("{}"),
                                 .total = JOB_NOT_COUNTED } };
    record_desk_begin(desk, &task);
    assert_no_error(task_write(&task, add, &adding));
    task_end(&task);
    return str_copy_c(desk->arena, adding.id);
}

static JobRunner *start(RecordDesk *desk, unsigned threads)
{
    JobRunner *runner = NULL;
    JobRunnerOptions options = { .types = types,
                                 .threads = threads,
                                 .first_daily_us = INT64_MAX / 2 };
    assert_no_error(job_runner_start(desk->arena, &desk->test.instance, &options, &runner));
    return runner;
}

static Str text_of(RecordDesk *desk, const char *id, const char *key)
{
    return json_find_text(record_desk_read(desk, "Job", id), str_from(key));
}

static int64_t number_of(RecordDesk *desk, const char *id, const char *key)
{
    const JsonValue *value = json_find(record_desk_read(desk, "Job", id), str_from(key));
    return value->kind == JSON_INT ? value->integer : -1;
}

static void wait_for(RecordDesk *desk, const char *id, const char *status)
{
    for (int waited = 0; !str_equal(text_of(desk, id, "status"), str_from(status)); waited++) {
        if (waited == WAIT_MS)
            fail_msg("the job is %.*s, not %s", STR_ARGS(text_of(desk, id, "status")), status);
        pause_ms(1);
    }
}

static void wait_for_count(const unsigned *counter, unsigned count)
{
    for (int waited = 0; __atomic_load_n(counter, __ATOMIC_RELAXED) < count; waited++) {
        if (waited == WAIT_MS)
            fail_msg("it did not come to %u", count);
        pause_ms(1);
    }
}

static void wait_for_steps(unsigned count)
{
    wait_for_count(&steps_done, count);
}

static int open_desk(void **state)
{
    steps_done = 0;
    runs_begun = 0;
    runs_ended = 0;
    is_held = false;
    record_desk_open(state);
    RecordDesk *desk = *state;
    desk->test.instance.home = STR("here");
    test_instance_insert(&desk->test, "User",
                         (TestValue[]){ { "id", sql_text(STR("u1")) },
                                        { "userName", sql_text(STR("mia")) },
                                        { "userNameKey", sql_text(STR("mia")) },
                                        { "name", sql_text(STR("Mia")) },
                                        { "isActive", sql_int(1) },
                                        { "isAdmin", sql_int(1) },
                                        { 0 } });
    return 0;
}

static void test_job_runs_and_says_how_it_ended(void **state)
{
    RecordDesk *desk = *state;
    JobRunner *runner = start(desk, 2);
    const char *good = add_job(desk, "Counting");
    const char *failing = add_job(desk, "Bad");
    const char *unknown = add_job(desk, "Nothing");
    job_runner_wake(runner);
    wait_for(desk, good, "Success");
    wait_for(desk, failing, "Failed");
    wait_for(desk, unknown, "Failed");
    job_runner_stop(runner);
    assert_int_equal(steps_done, STEPS);
    assert_int_equal(number_of(desk, good, "processed"), STEPS);
    assert_true(str_equal(text_of(desk, good, "message"), STR("counted")));
    assert_true(str_equal(text_of(desk, failing, "message"), STR("It can't be done")));
}

static void test_jobs_of_several_runners_run_once_each(void **state)
{
    RecordDesk *desk = *state;
    enum { JOBS = 12 };
    const char *ids[JOBS];
    desk->test.instance.home = STR_NONE; /* or the second one would take the first one's jobs up */
    for (size_t i = 0; i < JOBS; i++)
        ids[i] = add_job(desk, "Counting");
    JobRunner *one = start(desk, 3);
    JobRunner *other = start(desk, 3);
    for (size_t i = 0; i < JOBS; i++)
        wait_for(desk, ids[i], "Success");
    job_runner_stop(one);
    job_runner_stop(other);
    assert_int_equal(runs_begun, JOBS);
    assert_int_equal(steps_done, JOBS * STEPS);
}

static void test_job_that_was_interrupted_goes_on_behind_its_last_step(void **state)
{
    RecordDesk *desk = *state;
    const char *id = add_job(desk, "Counting");
    JobRunner *runner = start(desk, 1);
    wait_for_steps(3);
    job_runner_stop(runner);
    assert_true(str_equal(text_of(desk, id, "status"), STR("Pending")));
    unsigned before = steps_done;
    assert_int_equal(number_of(desk, id, "processed"), before);
    runner = start(desk, 1);
    wait_for(desk, id, "Success");
    job_runner_stop(runner);
    assert_int_equal(steps_done, STEPS);
    assert_in_range(before, 3, STEPS - 1);
}

static void leave_running(RecordDesk *desk, const char *id, const char *home, int64_t seen_s)
{
    char seen[CLOCK_TEXT_LEN];
    clock_write_text(clock_wall_us() - seen_s * 1000000, seen);
    test_instance_update(&desk->test, "Job", id,
                         (TestValue[]){ { "status", sql_text(STR("Running")) },
                                        { "claim", sql_text(STR("somebody's")) },
                                        { "runner", sql_text(str_from(home)) },
                                        { "heartbeatAt", sql_text((Str){ seen, sizeof seen }) },
                                        { "processed", sql_int(10) },
                                        { 0 } });
}

static void test_job_of_a_process_that_died_is_taken_up(void **state)
{
    RecordDesk *desk = *state;
    const char *own = add_job(desk, "Counting");
    const char *lost = add_job(desk, "Counting");
    const char *others = add_job(desk, "Counting");
    leave_running(desk, own, "here", 1);
    leave_running(desk, lost, "there", 3600);
    leave_running(desk, others, "there", 1);
    JobRunner *runner = start(desk, 1);
    wait_for(desk, own, "Success");
    wait_for(desk, lost, "Success");
    job_runner_stop(runner);
    assert_int_equal(steps_done, 2 * (STEPS - 10));
    assert_true(str_equal(text_of(desk, others, "status"), STR("Running")));
}

static void test_job_that_is_canceled_takes_no_more_steps(void **state)
{
    RecordDesk *desk = *state;
    RecordResult result;
    static const RecordHook *const hooks[] = { &job_hook, NULL };
    is_held = true;
    const char *id = add_job(desk, "Counting");
    desk->test.instance.hooks = hooks;
    JobRunner *runner = start(desk, 1);
    wait_for_steps(5);
    assert_no_error(record_desk_update(desk, "Job", id, "{'status':'Canceled'}", &result));
    __atomic_store_n(&is_held, false, __ATOMIC_RELAXED);
    wait_for_count(&runs_ended, 1);
    job_runner_stop(runner);
    assert_int_equal(steps_done, 5);
    assert_true(str_equal(text_of(desk, id, "status"), STR("Canceled")));
    assert_int_equal(number_of(desk, id, "processed"), 5);
    desk->test.instance.hooks = NULL;
}

static void test_job_that_runs_can_not_be_deleted(void **state)
{
    RecordDesk *desk = *state;
    static const RecordHook *const hooks[] = { &job_hook, NULL };
    desk->test.instance.hooks = hooks;
    const char *id = add_job(desk, "Counting");
    leave_running(desk, id, "there", 1);
    assert_code(record_desk_delete(desk, "Job", id, false), "inUse");
    assert_code(record_desk_delete(desk, "Job", id, true), "inUse");
}

static void test_job_runs_with_the_rights_that_its_owner_has_now(void **state)
{
    RecordDesk *desk = *state;
    const char *demoted = add_job(desk, "Forbidden");
    test_instance_update(&desk->test, "User", "u1",
                         (TestValue[]){ { "isAdmin", sql_int(0) }, { 0 } });
    JobRunner *runner = start(desk, 1);
    wait_for(desk, demoted, "Failed");
    test_instance_update(
        &desk->test, "User", "u1",
        (TestValue[]){ { "isAdmin", sql_int(1) }, { "isActive", sql_int(0) }, { 0 } });
    const char *inactive = add_job(desk, "Forbidden");
    wait_for(desk, inactive, "Failed");
    job_runner_stop(runner);
}

static void test_daily_job_is_made_once_a_day(void **state)
{
    RecordDesk *desk = *state;
    JobRunner *runners[2];
    JobRunnerOptions options = { .types = daily_types, .threads = 2 };
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 2; i++)
            assert_no_error(
                job_runner_start(desk->arena, &desk->test.instance, &options, &runners[i]));
        wait_for_steps(STEPS);
        for (int i = 0; i < 2; i++)
            job_runner_stop(runners[i]);
    }
    assert_int_equal(runs_begun, 1);
    assert_int_equal(record_desk_total(desk, "Job", ""), 1);
}

static void age(RecordDesk *desk, const char *entity, const char *id, int64_t days)
{
    char text[CLOCK_TEXT_LEN];
    clock_write_text(clock_wall_us() - days * 86400 * 1000000, text);
    test_instance_update(
        &desk->test, entity, id,
        (TestValue[]){ { "modifiedAt", sql_text((Str){ text, sizeof text }) }, { 0 } });
}

static void test_trash_is_cleared_of_what_is_old_only(void **state)
{
    RecordDesk *desk = *state;
    RecordResult result;
    static const char *const ids[] = { "old", "young", "live" };
    for (size_t i = 0; i < 3; i++)
        assert_no_error(record_desk_create(
            desk, "Product",
            str_copy_c(desk->arena, str_format(desk->arena, "{'id':'%s','name':'x'}", ids[i])),
            &result));
    assert_no_error(record_desk_delete(desk, "Product", "old", false));
    assert_no_error(record_desk_delete(desk, "Product", "young", false));
    age(desk, "Product", "old", TRASH_DEFAULT_DAYS + 1);
    age(desk, "Product", "young", TRASH_DEFAULT_DAYS - 1);
    age(desk, "Product", "live", TRASH_DEFAULT_DAYS + 1);
    const char *ended = add_job(desk, "Counting");
    age(desk, "Job", ended, 22);
    test_instance_update(&desk->test, "Job", ended,
                         (TestValue[]){ { "status", sql_text(STR("Success")) }, { 0 } });
    const char *id = add_job(desk, "ClearEntities");
    JobRunner *runner = start(desk, 1);
    wait_for(desk, id, "Success");
    job_runner_stop(runner);
    assert_int_equal(record_desk_number(desk, "SELECT count(*) FROM product"), 2);
    assert_int_equal(record_desk_total(desk, "Product", ""), 1);
    assert_null(record_desk_read(desk, "Job", ended));
    assert_int_equal(number_of(desk, id, "failed"), 0);
}

#define JOB_TEST(test) cmocka_unit_test_setup_teardown(test, open_desk, record_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOB_TEST(test_job_runs_and_says_how_it_ended),
        JOB_TEST(test_jobs_of_several_runners_run_once_each),
        JOB_TEST(test_job_that_was_interrupted_goes_on_behind_its_last_step),
        JOB_TEST(test_job_of_a_process_that_died_is_taken_up),
        JOB_TEST(test_job_that_is_canceled_takes_no_more_steps),
        JOB_TEST(test_job_that_runs_can_not_be_deleted),
        JOB_TEST(test_job_runs_with_the_rights_that_its_owner_has_now),
        JOB_TEST(test_daily_job_is_made_once_a_day),
        JOB_TEST(test_trash_is_cleared_of_what_is_old_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
