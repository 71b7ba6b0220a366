#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "access/throttle.h"

#define SECOND ((int64_t)1000000)

static Throttle *throttle;

static int set_up(void **state)
{
    (void)state;
    ThrottleOptions options = { .max_failures = 3, .period_us = 60 * SECOND, .max_keys = 64 };
    throttle = throttle_new(&options);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    throttle_free(throttle);
    return 0;
}

static void fail_times(Str key, int count, int64_t now_us)
{
    for (int i = 0; i < count; i++)
        throttle_count(throttle, key, now_us);
}

static void test_throttle_lets_strangers_pass(void **state)
{
    (void)state;
    assert_int_equal(throttle_wait_s(throttle, STR("mia"), 0), 0);
    assert_int_equal(throttle_wait_s(throttle, STR_NONE, 0), 0);
}

static void test_throttle_waits_after_more_than_the_allowed_failures(void **state)
{
    (void)state;
    fail_times(STR("mia"), 3, 5 * SECOND);
    assert_int_equal(throttle_wait_s(throttle, STR("mia"), 5 * SECOND), 0);
    throttle_count(throttle, STR("mia"), 6 * SECOND);
    assert_int_equal(throttle_wait_s(throttle, STR("mia"), 6 * SECOND), 59);
    assert_int_equal(throttle_wait_s(throttle, STR("bob"), 6 * SECOND), 0);
}

static void test_throttle_rounds_the_wait_up(void **state)
{
    (void)state;
    fail_times(STR("mia"), 4, 0);
    assert_int_equal(throttle_wait_s(throttle, STR("mia"), 1), 60);
    assert_int_equal(throttle_wait_s(throttle, STR("mia"), 60 * SECOND - 1), 1);
    assert_int_equal(throttle_wait_s(throttle, STR("mia"), 60 * SECOND), 0);
}

/* The period slides: it is the last failures that count, not those of a calendar minute. */
static void test_throttle_frees_one_attempt_as_the_oldest_leaves(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        throttle_count(throttle, STR("mia"), i * 10 * SECOND);
    assert_int_equal(throttle_wait_s(throttle, STR("mia"), 30 * SECOND), 30);
    assert_int_equal(throttle_wait_s(throttle, STR("mia"), 60 * SECOND), 0);
    throttle_count(throttle, STR("mia"), 60 * SECOND);
    assert_int_equal(throttle_wait_s(throttle, STR("mia"), 60 * SECOND), 10);
    assert_int_equal(throttle_wait_s(throttle, STR("mia"), 70 * SECOND), 0);
}

static void test_throttle_forgives_slow_failures(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        throttle_count(throttle, STR("mia"), i * 20 * SECOND);
        assert_int_equal(throttle_wait_s(throttle, STR("mia"), i * 20 * SECOND + 1), 0);
    }
}

static void test_throttle_reset_forgets_one_key(void **state)
{
    (void)state;
    fail_times(STR("mia"), 4, 0);
    fail_times(STR("bob"), 4, 0);
    throttle_reset(throttle, STR("mia"));
    throttle_reset(throttle, STR("nobody"));
    assert_int_equal(throttle_wait_s(throttle, STR("mia"), 0), 0);
    assert_int_equal(throttle_wait_s(throttle, STR("bob"), 0), 60);
    fail_times(STR("mia"), 3, 0);
    assert_int_equal(throttle_wait_s(throttle, STR("mia"), 0), 0);
}

/* 64 slots and thousands of keys: whoever failed last is known. */
static void test_throttle_stays_bounded_and_keeps_the_newest(void **state)
{
    (void)state;
    char name[16];
    for (int i = 0; i < 5000; i++) {
        int len = snprintf(name, sizeof name, "user%d", i);
        Str key = { name, (size_t)len };
        fail_times(key, 4, i);
        assert_true(throttle_wait_s(throttle, key, i) > 0);
    }
}

static void *fail_often(void *context)
{
    const char *name = context;
    for (int i = 0; i < 2000; i++) {
        throttle_count(throttle, STR("shared"), 0);
        throttle_count(throttle, str_from(name), 0);
        throttle_wait_s(throttle, str_from(name), 0);
        throttle_reset(throttle, str_from(name));
    }
    return NULL;
}

static void test_throttle_is_shared_by_threads(void **state)
{
    (void)state;
    static const char *const names[] = { "a", "b", "c", "d" };
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, fail_often, (void *)(uintptr_t)names[i]),
                         0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(throttle_wait_s(throttle, STR("shared"), 0), 60);
    assert_int_equal(throttle_wait_s(throttle, STR("a"), 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_throttle_lets_strangers_pass, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_throttle_waits_after_more_than_the_allowed_failures,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_throttle_rounds_the_wait_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_throttle_frees_one_attempt_as_the_oldest_leaves,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_throttle_forgives_slow_failures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_throttle_reset_forgets_one_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_throttle_stays_bounded_and_keeps_the_newest, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_throttle_is_shared_by_threads, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
