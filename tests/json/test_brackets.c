#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "json/brackets.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

static Arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096, (size_t)64 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void assert_str(Str actual, const char *expected)
{
    if (!str_equal(actual, str_from(expected)))
        fail_msg("'%.*s' is not '%s'", STR_ARGS(actual), expected);
}

static void assert_reads(Str query, const char *expected)
{
    const JsonValue *value = NULL;
    Error *error = brackets_read(arena, query, &value);
    if (error != NULL)
        fail_msg("%.*s: %.*s", STR_ARGS(query), STR_ARGS(error->reason));
    assert_str(json_to_text(arena, value), expected);
}

static void assert_refused(Str query, const char *part)
{
    const JsonValue *value = NULL;
    Error *error = brackets_read(arena, query, &value);
    if (error == NULL)
        fail_msg("taken: %.*s", STR_ARGS(query));
    assert_null(value);
    assert_int_equal(error->kind, ERROR_INVALID);
    assert_string_equal(error->code, "badParameter");
    if (strstr(str_copy_c(arena, error->reason), part) == NULL)
        fail_msg("'%.*s' does not say '%s'", STR_ARGS(error->reason), part);
}

typedef struct Case {
    const char *query;
    const char *expected;
} Case;

static void test_brackets_read_the_worked_examples_of_the_spec(void **state)
{
    /* clang-format off */
    static const Case cases[] = {
        { "where[0][attribute]=code&where[0][type]=startsWith&where[0][value]=CR-",
          "{\"where\":[{\"attribute\":\"code\",\"type\":\"startsWith\",\"value\":\"CR-\"}]}" },
        { "where[0][attribute]=name&where[0][type]=like&where[0][value]=%25oak%25",
          "{\"where\":[{\"attribute\":\"name\",\"type\":\"like\",\"value\":\"%oak%\"}]}" },
        { "where[7][attribute]=weight&where[7][type]=between&where[7][value][]=2&where[7][value][]=5",
          "{\"where\":[{\"attribute\":\"weight\",\"type\":\"between\",\"value\":[\"2\",\"5\"]}]}" },
        { "where[][attribute]=name&where[][type]=isNull",
          "{\"where\":[{\"attribute\":\"name\"},{\"type\":\"isNull\"}]}" },
        { "where[0][type]=or&where[0][value][0][attribute]=depotId&where[0][value][0][type]=in"
          "&where[0][value][0][value][]=d1&where[0][value][1][attribute]=depotId&where[0][value][1][type]=isNull",
          "{\"where\":[{\"type\":\"or\",\"value\":[{\"attribute\":\"depotId\",\"type\":\"in\",\"value\":[\"d1\"]},"
          "{\"attribute\":\"depotId\",\"type\":\"isNull\"}]}]}" },
        { "where[0][attribute]=tags&where[0][type]=linkedWith&where[0][subQuery][0][attribute]=name"
          "&where[0][subQuery][0][type]=equals&where[0][subQuery][0][value]=fragile",
          "{\"where\":[{\"attribute\":\"tags\",\"type\":\"linkedWith\","
          "\"subQuery\":[{\"attribute\":\"name\",\"type\":\"equals\",\"value\":\"fragile\"}]}]}" },
        { "where[0][type]=bool&where[0][value][]=onlyMy&where[0][value][]=onlyDeleted",
          "{\"where\":[{\"type\":\"bool\",\"value\":[\"onlyMy\",\"onlyDeleted\"]}]}" },
        { "where=%5B%7B%22type%22%3A%22isTrue%22%2C%22attribute%22%3A%22isActive%22%7D%5D",
          "{\"where\":\"[{\\\"type\\\":\\\"isTrue\\\",\\\"attribute\\\":\\\"isActive\\\"}]\"}" },
        { "where[0][attribute]=depotId&where[0][type]=equals&where[0][value]=",
          "{\"where\":[{\"attribute\":\"depotId\",\"type\":\"equals\",\"value\":\"\"}]}" },
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_reads(str_from(cases[i].query), cases[i].expected);
}

static void test_brackets_read_names_and_values(void **state)
{
    /* clang-format off */
    static const Case cases[] = {
        { NULL, "{}" },
        { "", "{}" },
        { "&&&", "{}" },
        { "a=1&&b=2&", "{\"a\":\"1\",\"b\":\"2\"}" },
        { "a", "{\"a\":\"\"}" },
        { "a=", "{\"a\":\"\"}" },
        { "=x", "{\"\":\"x\"}" },
        { "a=b=c", "{\"a\":\"b=c\"}" },
        { "a=1;b=2", "{\"a\":\"1;b=2\"}" },
        { "a=1+2%2B3", "{\"a\":\"1 2+3\"}" },
        { "a+b=1", "{\"a b\":\"1\"}" },
        { "a.b=1", "{\"a.b\":\"1\"}" },
        { "a%5B0%5D=x&a%5b1%5d=y", "{\"a\":[\"x\",\"y\"]}" },
        { "%C3%A9=%F0%9F%98%80", "{\"\xC3\xA9\":\"\xF0\x9F\x98\x80\"}" },
        { "q=%te%", "{\"q\":\"%te%\"}" },
        { "q=100%", "{\"q\":\"100%\"}" },
        { "q=%2", "{\"q\":\"%2\"}" },
        { "q=%%25%g1", "{\"q\":\"%%%g1\"}" },
        { "a]=1", "{\"a]\":\"1\"}" },
        { "a[b[c]=1", "{\"a\":{\"b[c\":\"1\"}}" },
        { "a[b c]=1", "{\"a\":{\"b c\":\"1\"}}" },
        { "0=a&1=b", "{\"0\":\"a\",\"1\":\"b\"}" },
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_reads(str_from(cases[i].query), cases[i].expected);
}

static void test_brackets_tell_lists_from_objects(void **state)
{
    /* clang-format off */
    static const Case cases[] = {
        { "a[9]=x&a[3]=y", "{\"a\":[\"x\",\"y\"]}" },
        { "a[]=x&a[]=y", "{\"a\":[\"x\",\"y\"]}" },
        { "a[5]=x&a[]=y&a[6]=z", "{\"a\":[\"x\",\"z\"]}" },
        { "a[]=x&a[0]=y", "{\"a\":[\"y\"]}" },
        { "a[k]=x&a[]=y", "{\"a\":{\"k\":\"x\",\"0\":\"y\"}}" },
        { "a[0]=x&a[k]=y", "{\"a\":{\"0\":\"x\",\"k\":\"y\"}}" },
        { "a[-1]=x", "{\"a\":{\"-1\":\"x\"}}" },
        { "a[01]=x", "{\"a\":{\"01\":\"x\"}}" },
        { "a[1.0]=x", "{\"a\":{\"1.0\":\"x\"}}" },
        { "a[999999999999999998]=x&a[]=y", "{\"a\":[\"x\",\"y\"]}" },
        { "a[99999999999999999999]=x", "{\"a\":{\"99999999999999999999\":\"x\"}}" },
        { "a[][]=x&a[][]=y", "{\"a\":[[\"x\"],[\"y\"]]}" },
        { "a=1&b=2&a=3", "{\"a\":\"3\",\"b\":\"2\"}" },
        { "a[k]=1&a[k]=2", "{\"a\":{\"k\":\"2\"}}" },
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_reads(str_from(cases[i].query), cases[i].expected);
}

static void test_brackets_refuse_bad_input_and_say_why(void **state)
{
    /* clang-format off */
    static const struct {
        const char *query;
        const char *part;
    } cases[] = {
        { "a[=1", "no ']'" },
        { "a[b=1", "no ']'" },
        { "a[b][c=1", "no ']'" },
        { "[=1", "no ']'" },
        { "a%5Bb=1", "no ']'" },
        { "a[b]c=1", "may follow" },
        { "a[b]]=1", "may follow" },
        { "a[b]c[d]=1", "may follow" },
        { "a=1&a[]=2", "both" },
        { "a[]=1&a=2", "both" },
        { "a[b]=1&a[b][c]=2", "both" },
        { "a[b][c]=1&a[b]=2", "both" },
        { "a[999999999999999999]=x&a[]=y", "no index" },
        { "a%=1", "hexadecimal" },
        { "%g0=1", "hexadecimal" },
        { "a%2=1", "hexadecimal" },
        { "%00=1", "NUL" },
        { "a=%00", "NUL" },
        { "a=x%00y", "NUL" },
        { "%ff=1", "UTF-8" },
        { "a=%ff", "UTF-8" },
        { "a=\xC3", "UTF-8" },
        { "a=%ed%a0%80", "UTF-8" },
        { "a=%c0%af", "UTF-8" },
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_refused(str_from(cases[i].query), cases[i].part);
    assert_refused(STR("a=x\0y"), "NUL");
}

static Str repeated(Str start, const char *part, size_t times)
{
    Buf buf;
    buf_init(&buf, arena, SIZE_MAX);
    buf_append(&buf, start);
    for (size_t i = 0; i < times; i++)
        buf_append(&buf, str_from(part));
    return buf_str(&buf);
}

static void assert_taken(Str query)
{
    const JsonValue *value = NULL;
    assert_null(brackets_read(arena, query, &value));
    assert_non_null(value);
}

static void test_brackets_refuse_what_is_over_a_limit(void **state)
{
    (void)state;
    assert_taken(repeated(STR(""), "a=1&", BRACKETS_MAX_PARAMETERS));
    assert_refused(repeated(STR(""), "a=1&", BRACKETS_MAX_PARAMETERS + 1), "1000");
    assert_taken(repeated(STR("a"), "[b]", BRACKETS_MAX_DEPTH));
    assert_refused(repeated(STR("a"), "[b]", BRACKETS_MAX_DEPTH + 1), "levels");
    assert_taken(repeated(STR(""), "k", BRACKETS_MAX_KEY_BYTES));
    assert_refused(repeated(STR(""), "k", BRACKETS_MAX_KEY_BYTES + 1), "too long");
    Str key = repeated(STR("a["), "k", BRACKETS_MAX_KEY_BYTES);
    assert_taken(str_concat(arena, key, STR("]=1")));
    assert_refused(str_concat(arena, key, STR("k]=1")), "too long");
    assert_taken(repeated(STR("a="), "value", 100000));
}

static void test_brackets_read_many_keys(void **state)
{
    Buf buf;
    const JsonValue *value = NULL;
    (void)state;
    buf_init(&buf, arena, SIZE_MAX);
    for (size_t i = 0; i < BRACKETS_MAX_PARAMETERS; i++)
        buf_format(&buf, "a[k%zu]=%zu&", i % 600, i);
    assert_null(brackets_read(arena, buf_str(&buf), &value));
    const JsonValue *object = json_find(value, STR("a"));
    assert_int_equal(object->object.count, 600);
    for (size_t i = 0; i < 600; i++) {
        const JsonMember *member = &object->object.members[i];
        assert_str(member->key, str_copy_c(arena, str_format(arena, "k%zu", i)));
        assert_str(member->value.text,
                   str_copy_c(arena, str_format(arena, "%zu", i < 400 ? i + 600 : i)));
    }
}

static void test_decode_is_strict(void **state)
{
    /* clang-format off */
    static const struct {
        const char *text;
        bool is_form;
        const char *expected; /* NULL: refused */
    } cases[] = {
        { "", false, "" },
        { "abc", false, "abc" },
        { "a+b", false, "a+b" },
        { "a+b", true, "a b" },
        { "a%20b", false, "a b" },
        { "a%2Bb", true, "a+b" },
        { "%C3%a9", false, "\xC3\xA9" },
        { "%2F", false, "/" },
        { "%", false, NULL },
        { "%4", false, NULL },
        { "%zz", true, NULL },
        { "%00", false, NULL },
        { "%ff", false, NULL },
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Str out = STR_NONE;
        Error *error = brackets_decode(arena, str_from(cases[i].text), cases[i].is_form, &out);
        assert_int_equal(error != NULL, cases[i].expected == NULL);
        if (error == NULL)
            assert_str(out, cases[i].expected);
        else
            assert_string_equal(error->code, "badParameter");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_brackets_read_the_worked_examples_of_the_spec),
        TEST(test_brackets_read_names_and_values),
        TEST(test_brackets_tell_lists_from_objects),
        TEST(test_brackets_refuse_bad_input_and_say_why),
        TEST(test_brackets_refuse_what_is_over_a_limit),
        TEST(test_brackets_read_many_keys),
        TEST(test_decode_is_strict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
