#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

static Arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(64 * 1024, (size_t)256 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const JsonValue *read_valid(Str text)
{
    const JsonValue *value = NULL;
    Error *error = json_read(arena, text, &value);
    if (error != NULL)
        print_message("%.*s: %.*s\n", STR_ARGS(text), STR_ARGS(error->reason));
    assert_null(error);
    assert_non_null(value);
    return value;
}

static void assert_str(Str actual, const char *expected)
{
    assert_int_equal(actual.len, strlen(expected));
    assert_memory_equal(actual.data, expected, actual.len);
}

/* `part` is looked for in the reason when not NULL. */
static void assert_refused(Str text, const char *part)
{
    const JsonValue *value = NULL;
    Error *error = json_read(arena, text, &value);
    if (error == NULL)
        print_message("taken: %.*s\n", STR_ARGS(text));
    assert_non_null(error);
    assert_null(value);
    assert_int_equal(error->kind, ERROR_INVALID);
    assert_string_equal(error->code, "invalidJson");
    if (part != NULL && strstr(str_copy_c(arena, error->reason), part) == NULL)
        fail_msg("'%.*s' does not say '%s'", STR_ARGS(error->reason), part);
}

static void test_reader_reads_what_the_writer_writes_again(void **state)
{
    /* clang-format off */
    static const struct {
        const char *text;
        const char *compact;
    } cases[] = {
        { "null", "null" },
        { " true ", "true" },
        { "\t\r\nfalse\n", "false" },
        { "\"\"", "\"\"" },
        { "\"a\"  ", "\"a\"" },
        { "[]", "[]" },
        { "{}", "{}" },
        { "[ [ ] , { } ]", "[[],{}]" },
        { "{\"a\" : 1 , \"b\":[true,false,null]}", "{\"a\":1,\"b\":[true,false,null]}" },
        { "{\"\":{\"\":{\"\":[]}}}", "{\"\":{\"\":{\"\":[]}}}" },
        { "[\"x]y\",\"{\",\",\",\":\",\"[\"]", "[\"x]y\",\"{\",\",\",\":\",\"[\"]" },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
        { "\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"", "\"A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"" },
        { "\"\\uDBFF\\uDFFF\\uFFFF\"", "\"\xF4\x8F\xBF\xBF\xEF\xBF\xBF\"" },
        { "\"\\u001f\\u007f\"", "\"\\u001f\x7f\"" },
        { "\"ends in a backslash\\\\\"", "\"ends in a backslash\\\\\"" },
        { "\"\xF0\x9F\x98\x80 \xC3\xA9\"", "\"\xF0\x9F\x98\x80 \xC3\xA9\"" },
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_str(json_to_text(arena, read_valid(str_from(cases[i].text))), cases[i].compact);
}

static void test_reader_tells_whole_numbers_from_real_ones(void **state)
{
    /* clang-format off */
    static const struct {
        const char *text;
        JsonKind kind;
        int64_t integer;
        double real;
    } cases[] = {
        { "0", JSON_INT, 0, 0 },
        { "-0", JSON_INT, 0, 0 },
        { "42", JSON_INT, 42, 0 },
        { "-7 ", JSON_INT, -7, 0 },
        { "9223372036854775807", JSON_INT, INT64_MAX, 0 },
        { "-9223372036854775808", JSON_INT, INT64_MIN, 0 },
        { "9223372036854775808", JSON_REAL, 0, 9223372036854775808.0 },
        { "-9223372036854775809", JSON_REAL, 0, -9223372036854775808.0 },
        { "1000000000000000000000000000000", JSON_REAL, 0, 1e30 },
        { "3.0", JSON_REAL, 0, 3 },
        { "-0.0", JSON_REAL, 0, 0 },
        { "0.1", JSON_REAL, 0, 0.1 },
        { "1e3", JSON_REAL, 0, 1000 },
        { "1E+3", JSON_REAL, 0, 1000 },
        { "125e-3", JSON_REAL, 0, 0.125 },
        { "1.7976931348623157e308", JSON_REAL, 0, 1.7976931348623157e308 },
        { "5e-324", JSON_REAL, 0, 5e-324 },
        { "1e-400", JSON_REAL, 0, 0 },
        { "-1e-99999", JSON_REAL, 0, 0 },
        { "0e99999", JSON_REAL, 0, 0 },
        { "0.30000000000000004440892098500626", JSON_REAL, 0, 0.30000000000000004 },
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const JsonValue *value = read_valid(str_from(cases[i].text));
        assert_int_equal(value->kind, cases[i].kind);
        if (cases[i].kind == JSON_INT)
            assert_int_equal(value->integer, cases[i].integer);
        else
            assert_true(value->real == cases[i].real);
    }
}

/* clang-format off */
static const struct {
    const char *text;
    const char *part;
} refused[] = {
    { "", "white space" },
    { "  \n", "white space" },
    { "tru", "expected a value" },
    { "nulll", "expected a value" },
    { "True", "expected a value" },
    { "'a'", "expected a value" },
    { "NaN", "expected a value" },
    { "+1", "expected a value" },
    { ".5", "expected a value" },
    { "\xEF\xBB\xBF{}", "at byte 1" },
    { "[1,2", "ends too early" },
    { "[", "ends too early" },
    { "{", "ends too early" },
    { "{\"a\"", "ends too early" },
    { "{\"a\":", "ends too early" },
    { "{\"a\":1", "ends too early" },
    { "{\"a\":1,", "ends too early" },
    { "[1,]", "at byte 4" },
    { "[,1]", "at byte 2" },
    { "[1 2]", "',' or ']'" },
    { "[1}", "',' or ']'" },
    { "[\"a\"b]", "',' or ']'" },
    { "[\"a\"\"b\"]", "',' or ']'" },
    { "]", "expected a value" },
    { "}", "expected a value" },
    { ",", "expected a value" },
    { "{\"a\":1]", "',' or '}'" },
    { "{\"a\":1 \"b\":2}", "',' or '}'" },
    { "{\"a\":1,}", "key in double quotes" },
    { "{a:1}", "key in double quotes" },
    { "{1:1}", "key in double quotes" },
    { "{\"a\" 1}", "':' behind a key" },
    { "{\"a\":}", "expected a value" },
    { "{} {}", "something follows" },
    { "1 2", "something follows" },
    { "[]]", "something follows" },
    { "[1]x", "something follows" },
    { "[1]\"", "no closing quote" },
    { "\"abc", "no closing quote" },
    { "\"abc\\\"", "no closing quote" },
    { "\"a\nb\"", "control character" },
    { "\"a\tb\"", "control character" },
    { "\"\\x\"", "unknown escape" },
    { "\"\\u12\"", "four hexadecimal" },
    { "\"\\u12g4\"", "four hexadecimal" },
    { "\"\\U0041\"", "unknown escape" },
    { "\"\\u0000\"", "NUL" },
    { "{\"a\\u0000\":1}", "NUL" },
    { "\"\\ud800\"", "surrogate" },
    { "\"\\udc00\"", "surrogate" },
    { "\"\\ud800\\ud800\"", "surrogate" },
    { "\"\\ud800x\"", "surrogate" },
    { "\"\\ud800\\n\"", "surrogate" },
    { "\"\\udbff\\ue000\"", "surrogate" },
    { "01", "number" },
    { "-", "number" },
    { "-a", "number" },
    { "--1", "number" },
    { "1.", "number" },
    { "1.e5", "number" },
    { "1e", "number" },
    { "1e+", "number" },
    { "1x", "number" },
    { "0x10", "number" },
    { "1_000", "number" },
    { "-01", "number" },
    { "1\"a\"", NULL },
    { "1e309", "too large" },
    { "-1e999999", "too large" },
    { "1.8e308", "too large" },
    { "\"\x80\"", "UTF-8" },
    { "\"\xC0\xAF\"", "UTF-8" },
    { "\"\xED\xA0\x80\"", "UTF-8" },
    { "\"\xF4\x90\x80\x80\"", "UTF-8" },
    { "\"\xE2\x82\"", "UTF-8" },
    { "/* c */ 1", "expected a value" },
};
/* clang-format on */

static void test_reader_refuses_what_is_no_json_and_says_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_refused(str_from(refused[i].text), refused[i].part);
}

static void test_reader_refuses_nul_bytes(void **state)
{
    (void)state;
    assert_refused(STR("\"a\0b\""), "control character");
    assert_refused(STR("[1\0]"), NULL);
    assert_refused(STR("[]\0"), "something follows");
    assert_refused(STR("\0"), NULL);
}

static void test_reader_keeps_the_last_of_repeated_keys_at_the_first_place(void **state)
{
    /* clang-format off */
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        { "{\"a\":1,\"a\":2}", "{\"a\":2}" },
        { "{\"a\":1,\"b\":2,\"a\":3,\"c\":4,\"b\":5}", "{\"a\":3,\"b\":5,\"c\":4}" },
        { "{\"\":1,\"\":2}", "{\"\":2}" },
        { "{\"\\u0061\":1,\"a\":2}", "{\"a\":2}" },
        { "{\"a\":[1],\"a\":{\"b\":1,\"b\":2}}", "{\"a\":{\"b\":2}}" },
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_str(json_to_text(arena, read_valid(str_from(cases[i].text))), cases[i].expected);
}

/* An object of `count` members whose keys are the numbers below `distinct`, over and over. */
static Str object_text(size_t count, size_t distinct)
{
    Buf buf;
    buf_init(&buf, arena, SIZE_MAX);
    for (size_t i = 0; i < count; i++)
        buf_format(&buf, "%s\"key%zu\":%zu", i == 0 ? "{" : ",", i % distinct, i);
    buf_append_byte(&buf, '}');
    return buf_str(&buf);
}

static void test_reader_drops_repeated_keys_in_objects_of_any_size(void **state)
{
    static const size_t sizes[] = { 2, 15, 16, 17, 18, 33, 64, 100, 1000, 10000 };
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t distinct = sizes[i] - sizes[i] / 3;
        const JsonValue *value = read_valid(object_text(sizes[i], distinct));
        assert_int_equal(value->object.count, distinct);
        for (size_t k = 0; k < distinct; k++) {
            const JsonMember *member = &value->object.members[k];
            size_t last = k + distinct < sizes[i] ? k + distinct : k;
            assert_str(member->key, str_copy_c(arena, str_format(arena, "key%zu", k)));
            assert_int_equal(member->value.integer, last);
        }
    }
}

static void test_reader_refuses_more_members_than_the_limit(void **state)
{
    (void)state;
    assert_int_equal(read_valid(object_text(JSON_MAX_MEMBERS, JSON_MAX_MEMBERS))->object.count,
                     JSON_MAX_MEMBERS);
    assert_refused(object_text(JSON_MAX_MEMBERS + 1, JSON_MAX_MEMBERS), "10000 members");
}

static Str repeated(const char *part, size_t times, const char *end)
{
    Buf buf;
    buf_init(&buf, arena, SIZE_MAX);
    for (size_t i = 0; i < times; i++)
        buf_append(&buf, str_from(part));
    buf_append(&buf, str_from(end));
    return buf_str(&buf);
}

static void test_reader_refuses_more_depth_than_the_limit(void **state)
{
    (void)state;
    Str lists =
        str_concat(arena, repeated("[", JSON_MAX_DEPTH, "1"), repeated("]", JSON_MAX_DEPTH, ""));
    read_valid(lists);
    assert_refused(str_concat(arena, STR("["), str_concat(arena, lists, STR("]"))), "64 levels");
    Str objects = str_concat(arena, repeated("{\"a\":", JSON_MAX_DEPTH, "{}"),
                             repeated("}", JSON_MAX_DEPTH, ""));
    assert_refused(objects, "64 levels");
    assert_refused(repeated("[", 1000000, ""), "64 levels");
    /* Depth is where we are, not how many containers there were. */
    read_valid(str_concat(arena, repeated("[[[]],", 0, "["), repeated("[[]],", 1000, "[]]")));
}

static void test_reader_refuses_more_values_than_the_limit(void **state)
{
    (void)state;
    Str most = str_concat(arena, STR("["), repeated("1,", JSON_MAX_VALUES - 2, "1]"));
    assert_int_equal(read_valid(most)->list.count, JSON_MAX_VALUES - 1);
    assert_refused(str_concat(arena, STR("["), repeated("1,", JSON_MAX_VALUES - 1, "1]")),
                   "1000000 values");
}

static void test_reader_refuses_longer_numbers_than_the_limit(void **state)
{
    (void)state;
    Str most = repeated("1", JSON_MAX_NUMBER_CHARS, "");
    assert_int_equal(read_valid(most)->kind, JSON_REAL);
    assert_int_equal(read_valid(str_concat(arena, most, STR("   ")))->kind, JSON_REAL);
    assert_refused(repeated("1", JSON_MAX_NUMBER_CHARS, "1"), "64 characters");
    assert_refused(repeated("0", 100000, ""), "64 characters");
}

static void test_reader_reads_large_texts_and_lists(void **state)
{
    (void)state;
    Str inner = repeated("abcdefghi\\n", 300000, "");
    const JsonValue *value =
        read_valid(str_concat(arena, str_concat(arena, STR("[\""), inner), STR("\"]")));
    assert_int_equal(value->list.items[0].text.len, 3000000);
    value = read_valid(str_concat(arena, STR("["), repeated("{\"a\":[1,\"x\"]},", 100000, "0]")));
    assert_int_equal(value->list.count, 100001);
    assert_str(json_find(&value->list.items[99999], STR("a"))->list.items[1].text, "x");
}

/* The text ends where readable memory ends: a byte read too far is found by the sanitizer. */
static void test_reader_reads_no_byte_behind_the_text(void **state)
{
    static const char *const endings[] = { "1",  "12.5", "true",  "\"a\"",  "\"\\u0041\"",
                                           "[]", "[1 ",  "\"a\\", "\"\\u00" };
    (void)state;
    for (size_t pad = 0; pad < 140; pad++) {
        for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
            size_t len = pad + strlen(endings[i]);
            char *text = malloc(len);
            const JsonValue *value;
            memset(text, ' ', pad);
            memcpy(text + pad, endings[i], strlen(endings[i]));
            error_ignore(
                json_read(arena, (Str){ text, len }, &value)); /* both outcomes are fine here */
            free(text);
        }
    }
}

static void test_reader_borrows_plain_text_and_copies_escaped_text(void **state)
{
    static const char text[] = "[\"plain\",\"esc\\naped\"]";
    (void)state;
    const JsonValue *value = read_valid(str_from(text));
    assert_ptr_equal(value->list.items[0].text.data, text + 2);
    assert_str(value->list.items[1].text, "esc\naped");
}

static void test_reader_stops_at_the_limit_of_the_arena(void **state)
{
    (void)state;
    Arena *small = arena_new(1024, (size_t)1 << 20);
    const JsonValue *value = NULL;
    Str text = str_concat(arena, STR("["), repeated("[1,2,3],", 60000, "0]"));
    Error *error = json_read(small, text, &value);
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_TOO_LARGE);
    assert_null(value);
    arena_free(small);
}

static void *read_many_times(void *argument)
{
    Arena *own = arena_new(4096, (size_t)64 << 20);
    for (size_t i = 0; i < 200; i++) {
        const JsonValue *value = NULL;
        Str text = str_format(own, "{\"n\":%zu,\"list\":[1,2,\"\\u0041\"]}", i);
        Error *error = json_read(own, text, &value);
        if (error != NULL || json_find(value, STR("n"))->integer != (int64_t)i)
            *(bool *)argument = true;
        arena_reset(own);
    }
    arena_free(own);
    return NULL;
}

static void test_reader_serves_threads_at_once(void **state)
{
    pthread_t threads[4];
    bool has_failed[4] = { false };
    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_many_times, &has_failed[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_false(has_failed[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reader_reads_what_the_writer_writes_again),
        TEST(test_reader_tells_whole_numbers_from_real_ones),
        TEST(test_reader_refuses_what_is_no_json_and_says_why),
        TEST(test_reader_refuses_nul_bytes),
        TEST(test_reader_keeps_the_last_of_repeated_keys_at_the_first_place),
        TEST(test_reader_drops_repeated_keys_in_objects_of_any_size),
        TEST(test_reader_refuses_more_members_than_the_limit),
        TEST(test_reader_refuses_more_depth_than_the_limit),
        TEST(test_reader_refuses_more_values_than_the_limit),
        TEST(test_reader_refuses_longer_numbers_than_the_limit),
        TEST(test_reader_reads_large_texts_and_lists),
        TEST(test_reader_reads_no_byte_behind_the_text),
        TEST(test_reader_borrows_plain_text_and_copies_escaped_text),
        TEST(test_reader_stops_at_the_limit_of_the_arena),
        TEST(test_reader_serves_threads_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
