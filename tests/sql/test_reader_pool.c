/* The pool of reading connections: warm ones first, a bound, a bounded wait. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sql/driver.h"
#include "sql/reader_pool.h"
#include "support/failing_driver.h"
#include "support/test_database.h"

#define WAIT_MS 200

typedef struct Desk {
    TestDatabase base;
    ReaderPool *pool; /* of two */
} Desk;

static int open_desk(void **state)
{
    Desk *desk = calloc(1, sizeof *desk);
    test_database_open(&desk->base);
    desk->pool = reader_pool_new(desk->base.database, 2, WAIT_MS);
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    Desk *desk = *state;
    reader_pool_free(desk->pool);
    test_database_close(&desk->base);
    free(desk);
    return 0;
}

static SqlConnection *take(const Desk *desk)
{
    SqlConnection *reader = NULL;
    assert_no_error(reader_pool_take(desk->pool, desk->base.arena, &reader));
    return reader;
}

static void test_pool_gives_the_last_returned_first(void **state)
{
    const Desk *desk = *state;
    SqlConnection *first = take(desk);
    SqlConnection *second = take(desk);
    assert_ptr_not_equal(first, second);
    reader_pool_give(desk->pool, first);
    reader_pool_give(desk->pool, second);
    assert_ptr_equal(take(desk), second);
    assert_ptr_equal(take(desk), first);
    reader_pool_give(desk->pool, first);
    reader_pool_give(desk->pool, second);
}

static void test_pool_refuses_after_a_bounded_wait(void **state)
{
    const Desk *desk = *state;
    SqlConnection *third = NULL;
    SqlConnection *first = take(desk);
    SqlConnection *second = take(desk);
    int64_t begun_us = clock_monotonic_us();
    const Error *error = reader_pool_take(desk->pool, desk->base.arena, &third);
    int64_t waited_us = clock_monotonic_us() - begun_us;
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_UNAVAILABLE);
    assert_true(error->retry_after_s > 0);
    assert_true(waited_us >= WAIT_MS * INT64_C(1000));
    assert_true(waited_us < 100 * WAIT_MS * INT64_C(1000));
    reader_pool_give(desk->pool, first);
    assert_ptr_equal(take(desk), first);
    reader_pool_give(desk->pool, first);
    reader_pool_give(desk->pool, second);
}

typedef struct Return {
    const Desk *desk;
    SqlConnection *reader;
} Return;

static void *give_later(void *context)
{
    const Return *later = context;
    nanosleep(&(struct timespec){ .tv_nsec = WAIT_MS * 1000000L / 8 }, NULL);
    reader_pool_give(later->desk->pool, later->reader);
    return NULL;
}

static void test_pool_hands_on_what_is_returned_meanwhile(void **state)
{
    const Desk *desk = *state;
    pthread_t thread;
    SqlConnection *first = take(desk);
    Return later = { .desk = desk, .reader = take(desk) };
    assert_int_equal(pthread_create(&thread, NULL, give_later, &later), 0);
    assert_ptr_equal(take(desk), later.reader);
    pthread_join(thread, NULL);
    reader_pool_give(desk->pool, first);
    reader_pool_give(desk->pool, later.reader);
}

/* Whichever way the engine takes: after a failure there is a connection that works. */
static void test_pool_goes_on_after_a_broken_connection(void **state)
{
    const Desk *desk = *state;
    SqlConnection *first = take(desk);
    SqlConnection *second = take(desk);
    first->is_broken = true;
    reader_pool_give(desk->pool, first);
    SqlConnection *next = take(desk);
    sql_use_arena(next, desk->base.arena);
    assert_no_error(sql_begin_read(next, 0));
    assert_int_equal(test_database_number(next, "SELECT 1"), 1);
    sql_end_read(next);
    reader_pool_give(desk->pool, second);
    reader_pool_give(desk->pool, next);
}

static void test_pool_goes_on_after_it_dropped_what_was_idle(void **state)
{
    const Desk *desk = *state;
    SqlConnection *first = take(desk);
    SqlConnection *second = take(desk);
    first->is_checked = true;
    reader_pool_give(desk->pool, first);
    reader_pool_drop_idle(desk->pool);
    SqlConnection *next = take(desk);
    assert_false(next->is_checked); /* a new one, in the room of the old one */
    reader_pool_give(desk->pool, second);
    reader_pool_give(desk->pool, next);
}

/* What comes back at the other end may be behind what was there: it is looked at anew. */
static void test_pool_of_a_replica_keeps_no_broken_connection(void **state)
{
    const Desk *desk = *state;
    FailingDriver driver;
    failing_driver_wrap(&driver, desk->base.database);
    driver.table.renews_connections = true;
    desk->base.database->is_replica = true;
    SqlConnection *first = take(desk);
    first->is_checked = true;
    first->is_broken = true;
    reader_pool_give(desk->pool, first);
    SqlConnection *next = take(desk);
    assert_false(next->is_checked);
    reader_pool_give(desk->pool, next);
    reader_pool_drop_idle(desk->pool);
    desk->base.database->driver = driver.real;
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_pool_gives_the_last_returned_first),
        DESK_TEST(test_pool_refuses_after_a_bounded_wait),
        DESK_TEST(test_pool_hands_on_what_is_returned_meanwhile),
        DESK_TEST(test_pool_goes_on_after_a_broken_connection),
        DESK_TEST(test_pool_goes_on_after_it_dropped_what_was_idle),
        DESK_TEST(test_pool_of_a_replica_keeps_no_broken_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
