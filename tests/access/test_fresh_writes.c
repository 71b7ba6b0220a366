/* What is remembered of the writes of a token, with times that are handed in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "access/fresh_writes.h"
#include "sql/sql.h"

#define UNKNOWN_US 1000

static int make_writes(void **state)
{
    *state = fresh_writes_new(UNKNOWN_US);
    return 0;
}

static int free_writes(void **state)
{
    fresh_writes_free(*state);
    return 0;
}

static void test_writes_keep_the_latest_position_of_each(void **state)
{
    FreshWrites *writes = *state;
    assert_int_equal(fresh_writes_find(writes, STR("a"), 1), 0);
    fresh_writes_note(writes, STR("a"), 50, 1);
    fresh_writes_note(writes, STR("a"), 40, 2); /* tracks of the lane end in any order */
    assert_int_equal(fresh_writes_find(writes, STR("a"), 3), 50);
    assert_int_equal(fresh_writes_find(writes, STR("b"), 3), 0);
}

static void test_writes_of_unknown_position_pass_with_time(void **state)
{
    FreshWrites *writes = *state;
    fresh_writes_note(writes, STR("a"), 50, 1);
    fresh_writes_note(writes, STR("a"), SQL_POSITION_UNKNOWN, 10);
    assert_true(fresh_writes_find(writes, STR("a"), 10 + UNKNOWN_US) == SQL_POSITION_UNKNOWN);
    assert_int_equal(fresh_writes_find(writes, STR("a"), 11 + UNKNOWN_US), 50);
}

/* More tokens than slots: whoever shares one gets a later position, never an earlier one. */
static void test_writes_never_forget(void **state)
{
    enum { TOKENS = 50000 };
    char name[16];
    FreshWrites *writes = *state;
    for (int i = 1; i <= TOKENS; i++) {
        snprintf(name, sizeof name, "t%d", i);
        fresh_writes_note(writes, str_from(name), (uint64_t)i, 1);
    }
    for (int i = 1; i <= TOKENS; i++) {
        snprintf(name, sizeof name, "t%d", i);
        assert_true(fresh_writes_find(writes, str_from(name), 2) >= (uint64_t)i);
    }
}

#define WRITES_TEST(test) cmocka_unit_test_setup_teardown(test, make_writes, free_writes)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WRITES_TEST(test_writes_keep_the_latest_position_of_each),
        WRITES_TEST(test_writes_of_unknown_position_pass_with_time),
        WRITES_TEST(test_writes_never_forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
