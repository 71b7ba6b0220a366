#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/utf8.h"

static int make_arena(void **state)
{
    *state = arena_new(1024, (size_t)1 << 20);
    return 0;
}

static int free_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static void test_utf8_tells_valid_from_invalid(void **state)
{
    (void)state;
    static const Str good[] = {
        { "", 0 },
        { "plain", 5 },
        { "\x7F", 1 },
        { "\xC2\x80", 2 },
        { "\xDF\xBF", 2 },
        { "\xE0\xA0\x80", 3 },
        { "\xED\x9F\xBF", 3 },
        { "\xEE\x80\x80", 3 },
        { "\xEF\xBF\xBF", 3 },
        { "\xF0\x90\x80\x80", 4 },
        { "\xF4\x8F\xBF\xBF", 4 },
        { "12345678\xC3\xA9", 10 },
    };
    static const Str bad[] = {
        { "\0", 1 },
        { "a\0b", 3 },
        { "\x80", 1 },
        { "\xBF", 1 },
        { "\xC0\x80", 2 },
        { "\xC1\xBF", 2 },
        { "\xC2", 1 },
        { "\xC2\x41", 2 },
        { "\xE0\x80\x80", 3 },
        { "\xE0\x9F\xBF", 3 },
        { "\xE2\x82", 2 },
        { "\xED\xA0\x80", 3 },
        { "\xED\xBF\xBF", 3 },
        { "\xF0\x80\x80\x80", 4 },
        { "\xF0\x8F\xBF\xBF", 4 },
        { "\xF0\x9F\x98", 3 },
        { "\xF4\x90\x80\x80", 4 },
        { "\xF5\x80\x80\x80", 4 },
        { "\xF8\x88\x80\x80\x80", 5 },
        { "\xFE", 1 },
        { "\xFF", 1 },
        { "\xC3\xA9\xA9", 3 },
        { "12345678\xC3", 9 },
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(utf8_is_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(utf8_is_valid(bad[i]));
    assert_true(utf8_is_valid(STR_NONE));
}

/* Cut anywhere but between characters it is invalid. */
static void test_utf8_tells_a_cut_character(void **state)
{
    (void)state;
    Str text = STR("a\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80z");
    for (size_t i = 0; i <= text.len; i++) {
        bool is_between = i == text.len || ((unsigned char)text.data[i] & 0xC0) != 0x80;
        assert_int_equal(utf8_is_valid(str_slice(text, 0, i)), is_between);
    }
}

static void test_utf8_counts_and_cuts_characters(void **state)
{
    (void)state;
    Str text = STR("a\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80z");
    static const size_t ends[] = { 0, 1, 3, 6, 10, 11, 11, 11 };
    assert_int_equal(utf8_count_chars(text), 5);
    assert_int_equal(utf8_count_chars(STR("")), 0);
    assert_int_equal(utf8_count_chars(STR_NONE), 0);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        assert_int_equal(utf8_prefix(text, i).len, ends[i]);
        assert_int_equal(utf8_count_chars(utf8_prefix(text, i)), i < 5 ? i : 5);
    }
}

static void test_utf8_folds_for_search(void **state)
{
    Arena *arena = *state;
    /* clang-format off */
    static const struct { const char *text; const char *folded; } cases[] = {
        { "", "" },
        { "Plain ASCII 09_%", "plain ascii 09_%" },
        { "\xC3\xA9", "e" },                              /* e with acute */
        { "e\xCC\x81", "e" },                             /* the same, combined */
        { "\xC3\x89", "e" },                              /* its capital */
        { "\xC3\x9F", "ss" },                             /* sharp s */
        { "\xE1\xBA\x9E", "ss" },                         /* capital sharp s */
        { "STRASSE", "strasse" },
        { "\xC3\x85", "a" },                              /* A with ring */
        { "\xE2\x84\xAB", "a" },                          /* Angstrom sign */
        { "\xEF\xAC\x81", "fi" },                         /* ligature fi */
        { "\xC4\xB0", "i" },                              /* I with dot */
        { "\xC4\xB1", "\xC4\xB1" },                       /* dotless i stays itself */
        { "\xC3\xBC\xC3\xB6\xC3\xA4", "uoa" },
        { "\xC3\xB8", "\xC3\xB8" },                       /* o with stroke is a letter of its own */
        { "a\xCC\x88\xCC\xA3\xCC\x84", "a" },             /* several marks */
        { "\xCE\xA3\xCF\x82\xCF\x83", "\xCF\x83\xCF\x83\xCF\x83" }, /* every sigma */
        { "\xD0\x96\xD0\x99", "\xD0\xB6\xD0\xB8" },       /* Zhe; short I loses its breve */
        { "\xE4\xB8\xAD\xE6\x96\x87", "\xE4\xB8\xAD\xE6\x96\x87" },
        { "\xEF\xBC\xA1\xEF\xBC\x91", "a1" },             /* full width A1 */
        { "\xC2\xB2", "2" },                              /* superscript two */
        { "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80" },
        { "\xC2\xA0", " " },                              /* no-break space */
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Str folded = utf8_fold(arena, str_from(cases[i].text));
        if (!str_equal(folded, str_from(cases[i].folded)))
            fail_msg("%s gives '%.*s'", cases[i].text, STR_ARGS(folded));
        assert_true(utf8_is_valid(folded));
        assert_true(str_equal(utf8_fold(arena, folded), folded)); /* folded once is folded */
    }
}

static void test_utf8_folds_user_names(void **state)
{
    Arena *arena = *state;
    /* clang-format off */
    static const struct { const char *a; const char *b; bool is_same; } cases[] = {
        { "Admin", " admin ", true },
        { "\xC3\x89va", "e\xCC\x81VA", true },
        { "\xC3\xA9va", "eva", false }, /* another name */
        { "STRASSE", "stra\xC3\x9F" "e", true },
        { "a b", "ab", false },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(str_equal(utf8_fold_name(arena, str_from(cases[i].a)),
                                   utf8_fold_name(arena, str_from(cases[i].b))),
                         cases[i].is_same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8_tells_valid_from_invalid),
        cmocka_unit_test(test_utf8_tells_a_cut_character),
        cmocka_unit_test(test_utf8_counts_and_cuts_characters),
        cmocka_unit_test(test_utf8_folds_for_search),
        cmocka_unit_test(test_utf8_folds_user_names),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
