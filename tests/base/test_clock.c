#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define SECOND ((int64_t)1000000)

typedef struct Moment {
    const char *text;
    int64_t seconds;
} Moment;

/* clang-format off */
static const Moment moments[] = {
    { "1970-01-01 00:00:00", 0 },
    { "1969-12-31 23:59:59", -1 },
    { "2000-02-29 12:34:56", 951827696 },
    { "2025-09-17 15:39:24", 1758123564 },
    { "2100-03-01 00:00:00", 4107542400 },
    { "0000-01-01 00:00:00", -62167219200 },
    { "9999-12-31 23:59:59", 253402300799 },
};
/* clang-format on */

static void test_clock_writes_and_reads_the_same_moment(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        char text[CLOCK_TEXT_LEN];
        int64_t wall_us = 1;
        clock_write_text(moments[i].seconds * SECOND, text);
        assert_memory_equal(text, moments[i].text, CLOCK_TEXT_LEN);
        assert_true(clock_read_text(str_from(moments[i].text), &wall_us));
        assert_true(wall_us == moments[i].seconds * SECOND);
    }
}

static void test_clock_text_drops_fractions(void **state)
{
    (void)state;
    char text[CLOCK_TEXT_LEN];
    clock_write_text(999999, text);
    assert_memory_equal(text, "1970-01-01 00:00:00", CLOCK_TEXT_LEN);
}

static void test_clock_reads_back_every_day(void **state)
{
    (void)state;
    for (int64_t day = -719528; day <= 2932896; day += 13) {
        char text[CLOCK_TEXT_LEN];
        int64_t wall_us;
        clock_write_text(day * 86400 * SECOND, text);
        assert_true(clock_read_text((Str){ text, CLOCK_TEXT_LEN }, &wall_us));
        assert_true(wall_us == day * 86400 * SECOND);
    }
}

static void test_clock_refuses_what_is_no_time(void **state)
{
    (void)state;
    static const char *const texts[] = {
        NULL,
        "",
        "2025-09-17",
        "2025-09-17 15:39",
        "2025-09-17T15:39:24",
        "2025-09-17 15:39:24Z",
        "2025-09-17 15:39:24.0",
        " 025-09-17 15:39:24",
        "2025-9-017 15:39:24",
        "2025-09-17 15-39-24",
        "2025/09/17 15:39:24",
        "-025-09-17 15:39:24",
        "2025-00-17 15:39:24",
        "2025-13-17 15:39:24",
        "2025-09-00 15:39:24",
        "2025-09-31 15:39:24",
        "2025-02-29 15:39:24",
        "2025-09-17 24:00:00",
        "2025-09-17 15:60:24",
        "2025-09-17 15:39:60",
        "2025-09-17 15:39:x4",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t wall_us = 7;
        assert_false(clock_read_text(str_from(texts[i]), &wall_us));
        assert_int_equal(wall_us, 7);
    }
}

static void test_clock_counts_days_of_possible_dates(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { int year; int month; int day; bool is_date; int64_t days; } cases[] = {
        { 1970, 1, 1, true, 0 }, { 1969, 12, 31, true, -1 }, { 2000, 2, 29, true, 11016 }, { 2024, 2, 29, true, 19782 },
        { 1900, 2, 28, true, -25509 }, { 1900, 2, 29, false, 0 }, { 2023, 2, 29, false, 0 }, { 2100, 2, 29, false, 0 },
        { 2025, 4, 31, false, 0 }, { 2025, 12, 31, true, 20453 }, { 2025, 0, 1, false, 0 }, { 2025, 13, 1, false, 0 },
        { 2025, 1, 0, false, 0 }, { 2025, 1, 32, false, 0 }, { 2025, -1, 1, false, 0 }, { 0, 1, 1, true, -719528 },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t days = 7;
        assert_int_equal(clock_days_from_date(cases[i].year, cases[i].month, cases[i].day, &days),
                         cases[i].is_date);
        assert_true(days == (cases[i].is_date ? cases[i].days : 7));
    }
}

static void test_clock_monotonic_never_steps_back(void **state)
{
    (void)state;
    int64_t before_us = clock_monotonic_us();
    for (int i = 0; i < 1000; i++) {
        int64_t now_us = clock_monotonic_us();
        assert_true(now_us >= before_us);
        before_us = now_us;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_writes_and_reads_the_same_moment),
        cmocka_unit_test(test_clock_text_drops_fractions),
        cmocka_unit_test(test_clock_reads_back_every_day),
        cmocka_unit_test(test_clock_refuses_what_is_no_time),
        cmocka_unit_test(test_clock_counts_days_of_possible_dates),
        cmocka_unit_test(test_clock_monotonic_never_steps_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
