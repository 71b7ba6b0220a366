#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "schema/pattern.h"

static int open_arena(void **state)
{
    *state = arena_new((size_t)64 << 10, (size_t)64 << 20);
    return 0;
}

static int close_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static void test_patterns_match_as_they_say(void **state)
{
    /* clang-format off */
    static const struct { const char *pattern; const char *text; bool matches; } cases[] = {
        { "/^[0-9]{8}$|^[0-9]{12,14}$/", "12345678", true }, { "/^[0-9]{8}$|^[0-9]{12,14}$/", "123456789", false },
        { "/ab/", "xxabxx", true }, { "/ab/", "AB", false }, { "/ab/i", "AB", true }, { "#a/b#", "a/b", true },
        { "{^a}i", "A", true }, { "(^a)", "a", true }, { "~^.$~", "\xC3\xA9", true }, { "/^\\w+$/u", "\xC3\xA9t\xC3\xA9", true },
        { "/^a$/", "a\n", true }, { "/^a$/D", "a\n", false }, { "/^b/m", "a\nb", true }, { "/a.b/s", "a\nb", true },
        { "/a b # c/x", "ab", true }, { " /a/ ", "a", true }, { "/a\\/b/", "a/b", true }, { "/b/A", "ab", false },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Str problem;
        Pattern *pattern = pattern_new(*state, str_from(cases[i].pattern), &problem);
        if (pattern == NULL)
            fail_msg("%s: %.*s", cases[i].pattern, STR_ARGS(problem));
        PatternOutcome outcome = pattern_match(*state, pattern, str_from(cases[i].text));
        if (outcome != (cases[i].matches ? PATTERN_MATCHES : PATTERN_DIFFERS))
            fail_msg("%s on %s gives %d", cases[i].pattern, cases[i].text, outcome);
        pattern_free(pattern);
    }
}

static void test_what_is_no_pattern_is_told(void **state)
{
    static const char *const texts[] = {
        "",    "/",        "^a$",    "a/b/",         "/a/q",  "/(/",
        "//e", "/[a/",     "/a",     "\\a\\",        "/\\C/", "/(?<n>a)(?<n>b)/",
        "{a",  "/a{2,1}/", "/\xFF/", "/(?(DEFINE)/",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Str problem = STR_NONE;
        if (pattern_new(*state, str_from(texts[i]), &problem) != NULL)
            fail_msg("%s is taken", texts[i]);
        assert_true(problem.len > 0);
    }
}

static void test_a_costly_match_is_given_up_soon(void **state)
{
    /* clang-format off */
    static const char *const patterns[] = { "/^(a+)+[^a]b$/", "/^(a|a)*$/", "/(x+x+)+y/", "/^(([a-z])+.)+[A-Z]([a-z])+$/",
                                            "/^(?:(?:a?){20}a{20})+$/", "/(a*)*\\1b/" };
    /* clang-format on */
    char *text = arena_alloc(*state, 100000);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        Str problem;
        Pattern *pattern = pattern_new(*state, str_from(patterns[i]), &problem);
        assert_non_null(pattern);
        for (size_t len = 30; len < 100000; len *= 10) {
            int64_t before_us = clock_thread_us();
            memset(text, patterns[i][2] == 'x' ? 'x' : 'a', len);
            text[len - 1] = '!';
            PatternOutcome outcome = pattern_match(*state, pattern, (Str){ text, len });
            int64_t spent_us = clock_thread_us() - before_us;
            if (outcome == PATTERN_MATCHES)
                fail_msg("%s matches", patterns[i]);
            if (spent_us > 200000)
                fail_msg("%s on %zu characters takes %d ms", patterns[i], len,
                         (int)(spent_us / 1000));
        }
        pattern_free(pattern);
    }
}

static void test_a_hopeless_match_says_so(void **state)
{
    Str problem;
    Pattern *pattern = pattern_new(*state, STR("/^(a|a)*$/"), &problem);
    assert_non_null(pattern);
    char text[200];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '!';
    assert_int_equal(pattern_match(*state, pattern, (Str){ text, sizeof text }),
                     PATTERN_TOO_COSTLY);
    pattern_free(pattern);
}

static void test_a_match_gives_its_memory_back(void **state)
{
    Str problem;
    Pattern *pattern = pattern_new(*state, STR("/^[a-z]+$/"), &problem);
    size_t before = arena_used_bytes(*state);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(pattern_match(*state, pattern, STR("abcdef")), PATTERN_MATCHES);
    assert_int_equal(arena_used_bytes(*state), before);
    pattern_free(pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns_match_as_they_say),
        cmocka_unit_test(test_what_is_no_pattern_is_told),
        cmocka_unit_test(test_a_costly_match_is_given_up_soon),
        cmocka_unit_test(test_a_hopeless_match_says_so),
        cmocka_unit_test(test_a_match_gives_its_memory_back),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
