#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/str.h"

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

static void test_str_tells_absent_from_empty(void **state)
{
    (void)state;
    assert_true(str_is_none(STR_NONE));
    assert_true(str_is_none(str_from(NULL)));
    assert_false(str_is_none(STR("")));
    assert_false(str_is_none(str_from("")));
    assert_true(str_equal(STR_NONE, STR("")));
}

static void test_str_compares_bytes(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { Str a; Str b; int order; } cases[] = {
        { { "a", 1 }, { "a", 1 }, 0 }, { { "a", 1 }, { "b", 1 }, -1 }, { { "b", 1 }, { "a", 1 }, 1 },
        { { "a", 1 }, { "ab", 2 }, -1 }, { { "", 0 }, { "a", 1 }, -1 }, { { NULL, 0 }, { "", 0 }, 0 },
        { { "\xFF", 1 }, { "a", 1 }, 1 }, { { "a\0b", 3 }, { "a\0c", 3 }, -1 }, { { "a", 1 }, { "a\0", 2 }, -1 },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(str_compare(cases[i].a, cases[i].b), cases[i].order);
        assert_int_equal(str_compare(cases[i].b, cases[i].a), -cases[i].order);
        assert_int_equal(str_equal(cases[i].a, cases[i].b), cases[i].order == 0);
    }
}

static void test_str_ignores_only_the_case_of_ascii(void **state)
{
    (void)state;
    assert_true(str_equal_ignoring_case(STR("AbZ09"), STR("aBz09")));
    assert_false(str_equal_ignoring_case(STR("a"), STR("ab")));
    assert_false(str_equal_ignoring_case(STR("@"), STR("`")));
    assert_false(str_equal_ignoring_case(STR("["), STR("{")));
    assert_false(str_equal_ignoring_case(STR("\xC3\x89"), STR("\xC3\xA9")));
}

static void test_str_finds_beginnings_ends_and_bytes(void **state)
{
    (void)state;
    assert_true(str_starts_with(STR("abc"), STR("ab")));
    assert_true(str_starts_with(STR("abc"), STR("")));
    assert_false(str_starts_with(STR("ab"), STR("abc")));
    assert_true(str_ends_with(STR("abc"), STR("bc")));
    assert_true(str_ends_with(STR("abc"), STR("abc")));
    assert_false(str_ends_with(STR("c"), STR("bc")));
    assert_int_equal(str_find(STR("abcabc"), 'b', 0), 1);
    assert_int_equal(str_find(STR("abcabc"), 'b', 2), 4);
    assert_int_equal(str_find(STR("abcabc"), 'x', 0), 6);
    assert_int_equal(str_find(STR("abc"), 'a', 3), 3);
    assert_int_equal(str_find(STR("abc"), 'a', 100), 3);
    assert_int_equal(str_find(STR_NONE, 'a', 0), 0);
}

static void test_str_trims_white_space(void **state)
{
    (void)state;
    assert_true(str_equal(str_trim(STR(" \t\r\n\v\fa b \n")), STR("a b")));
    assert_true(str_equal(str_trim(STR("  ")), STR("")));
    assert_true(str_equal(str_trim(STR("")), STR("")));
    assert_true(str_equal(str_trim(STR("\xC2\xA0x")), STR("\xC2\xA0x")));
}

static void test_str_takes_parts_one_by_one(void **state)
{
    (void)state;
    static const char *const parts[] = { "a", "", "bc", "" };
    Str rest = STR("a,,bc,");
    Str part;
    for (size_t i = 0; i < 4; i++) {
        assert_true(str_next_part(&rest, ',', &part));
        assert_true(str_equal(part, str_from(parts[i])));
    }
    assert_false(str_next_part(&rest, ',', &part));
    rest = STR("");
    assert_true(str_next_part(&rest, ',', &part));
    assert_int_equal(part.len, 0);
    assert_false(str_next_part(&rest, ',', &part));
    rest = STR_NONE;
    assert_false(str_next_part(&rest, ',', &part));
}

static void test_str_copies_into_the_arena(void **state)
{
    Arena *arena = *state;
    char text[] = "before";
    Str copy = str_copy(arena, str_from(text));
    char *c = str_copy_c(arena, str_from(text));
    memset(text, 'x', sizeof text - 1);
    assert_true(str_equal(copy, STR("before")));
    assert_string_equal(c, "before");
    assert_true(str_is_none(str_copy(arena, STR_NONE)));
    assert_false(str_is_none(str_copy(arena, STR(""))));
    assert_string_equal(str_copy_c(arena, STR_NONE), "");
    assert_true(str_equal(str_concat(arena, STR("ab"), STR("c")), STR("abc")));
    assert_true(str_equal(str_concat(arena, STR_NONE, STR("c")), STR("c")));
    assert_true(str_equal(str_format(arena, "%d-%.*s", 5, STR_ARGS(STR_NONE)), STR("5-")));
}

static void test_str_hashes_equal_texts_equally(void **state)
{
    (void)state;
    const char text[] = "xabcdefghijklmnop";
    for (size_t len = 0; len < 16; len++) {
        char other[32] = "yyy";
        memcpy(other + 3, text + 1, len); /* elsewhere, at another alignment */
        Str a = { text + 1, len };
        assert_true(str_hash(a) == str_hash((Str){ other + 3, len }));
        assert_false(str_hash(a) == str_hash((Str){ text, len + 1 }));
    }
}

static void test_str_reads_whole_numbers(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { const char *text; int64_t number; } good[] = {
        { "0", 0 }, { "-0", 0 }, { "7", 7 }, { "-7", -7 }, { "007", 7 },
        { "9223372036854775807", INT64_MAX }, { "-9223372036854775808", INT64_MIN },
    };
    /* clang-format on */
    static const char *const bad[] = { NULL,
                                       "",
                                       "-",
                                       "+1",
                                       " 1",
                                       "1 ",
                                       "1.0",
                                       "1e3",
                                       "0x1",
                                       "--1",
                                       "1-",
                                       "9223372036854775808",
                                       "-9223372036854775809",
                                       "99999999999999999999999" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t number = 1;
        assert_true(str_parse_int(str_from(good[i].text), &number));
        assert_true(number == good[i].number);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t number = 42;
        assert_false(str_parse_int(str_from(bad[i]), &number));
        assert_true(number == 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_str_tells_absent_from_empty),
        cmocka_unit_test(test_str_compares_bytes),
        cmocka_unit_test(test_str_ignores_only_the_case_of_ascii),
        cmocka_unit_test(test_str_finds_beginnings_ends_and_bytes),
        cmocka_unit_test(test_str_trims_white_space),
        cmocka_unit_test(test_str_takes_parts_one_by_one),
        cmocka_unit_test(test_str_copies_into_the_arena),
        cmocka_unit_test(test_str_hashes_equal_texts_equally),
        cmocka_unit_test(test_str_reads_whole_numbers),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
