#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "schema/decimal.h"

/* clang-format off */
static const struct { double number; int digits; double result; } cases[] = {
    { 1.005, 2, 1.01 }, { -1.005, 2, -1.01 }, { 1.0049999, 2, 1.00 }, { 2.5, 0, 3 }, { -2.5, 0, -3 },
    { 0.5, 0, 1 }, { 0.49, 0, 0 }, { 9.99, 1, 10 }, { 99.95, 1, 100 }, { 999.999, 2, 1000 },
    { 0.05, 1, 0.1 }, { 0.04, 1, 0 }, { 1.45, 1, 1.5 }, { 8.345, 2, 8.35 }, { 1.1, 3, 1.1 },
    { 3, 2, 3 }, { 0, 2, 0 }, { 123456789.125, 2, 123456789.13 }, { 1e20, 2, 1e20 }, { 1e-13, 2, 0 },
    { 1e-13, 13, 1e-13 }, { 2.555, -1, 2.555 }, { 0.1 + 0.2, 15, 0.3 }, { 1e14 + 0.25, 1, 1e14 + 0.3 },
};
/* clang-format on */

static void test_decimal_rounds_as_people_write_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double got = decimal_round(cases[i].number, cases[i].digits);
        if (got != cases[i].result)
            fail_msg("%.17g at %d digits gives %.17g", cases[i].number, cases[i].digits, got);
    }
}

static void test_decimal_never_gives_a_negative_zero(void **state)
{
    (void)state;
    assert_false(signbit(decimal_round(-0.001, 2)));
    assert_false(signbit(decimal_round(-1e-20, 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimal_rounds_as_people_write_numbers),
        cmocka_unit_test(test_decimal_never_gives_a_negative_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
