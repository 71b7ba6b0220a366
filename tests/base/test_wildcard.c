#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/wildcard.h"

typedef struct Case {
    const char *pattern;
    const char *text;
    WildcardOutcome outcome;
} Case;

/* clang-format off */
static const Case cases[] = {
    { "",          "",          WILDCARD_FITS },
    { "",          "a",         WILDCARD_DIFFERS },
    { "%",         "",          WILDCARD_FITS },
    { "%",         "anything",  WILDCARD_FITS },
    { "%%",        "x",         WILDCARD_FITS },
    { "abc",       "abc",       WILDCARD_FITS },
    { "abc",       "abcd",      WILDCARD_DIFFERS },
    { "a%",        "abc",       WILDCARD_FITS },
    { "%c",        "abc",       WILDCARD_FITS },
    { "%c",        "abcd",      WILDCARD_DIFFERS },
    { "%bc%",      "abcbcd",    WILDCARD_FITS },
    { "a%b%c",     "axxbyyc",   WILDCARD_FITS },
    { "a%b%c",     "axxbyyd",   WILDCARD_DIFFERS },
    { "%aab",      "aaaab",     WILDCARD_FITS },
    { "_",         "a",         WILDCARD_FITS },
    { "_",         "",          WILDCARD_DIFFERS },
    { "_",         "\xC3\xA9",  WILDCARD_FITS },
    { "__",        "\xC3\xA9",  WILDCARD_DIFFERS },
    { "%_\xC3\xA9","a\xC3\xA9", WILDCARD_FITS },
    { "100\\%",    "100%",      WILDCARD_FITS },
    { "100\\%",    "1000",      WILDCARD_DIFFERS },
    { "a\\_b",     "a_b",       WILDCARD_FITS },
    { "a\\_b",     "axb",       WILDCARD_DIFFERS },
    { "a\\\\",     "a\\",       WILDCARD_FITS },
    { "%\\%%",     "50% off",   WILDCARD_FITS },
};
/* clang-format on */

static void test_wildcard_fits_as_like_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t steps = 1000;
        assert_int_equal(
            wildcard_match(str_from(cases[i].pattern), str_from(cases[i].text), &steps),
            cases[i].outcome);
    }
}

static void test_wildcard_takes_no_more_than_text_times_pattern(void **state)
{
    (void)state;
    static char text[20000];
    memset(text, 'a', sizeof text);
    Str pattern = STR("%a%a%a%a%a%a%a%a%a%a%b");
    uint64_t steps = sizeof text * 25;
    assert_int_equal(wildcard_match(pattern, (Str){ text, sizeof text }, &steps), WILDCARD_DIFFERS);
}

static void test_wildcard_stops_when_it_costs_too_much(void **state)
{
    (void)state;
    uint64_t steps = 3;
    assert_int_equal(wildcard_match(STR("%x"), STR("aaaaaaaa"), &steps), WILDCARD_TOO_COSTLY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wildcard_fits_as_like_does),
        cmocka_unit_test(test_wildcard_takes_no_more_than_text_times_pattern),
        cmocka_unit_test(test_wildcard_stops_when_it_costs_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
