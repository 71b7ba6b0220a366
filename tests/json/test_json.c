#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "json/json.h"
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

/* NULL stays NULL. */
static const JsonValue *tree(const char *text)
{
    const JsonValue *value = NULL;
    if (text != NULL)
        assert_null(json_read(arena, str_from(text), &value));
    return value;
}

static void assert_str(Str actual, const char *expected)
{
    if (!str_equal(actual, str_from(expected)))
        fail_msg("'%.*s' is not '%s'", STR_ARGS(actual), expected);
}

static void test_find_gives_the_member_or_null(void **state)
{
    (void)state;
    const JsonValue *object = tree("{\"a\":1,\"b\":null,\"text\":\"x\",\"yes\":true,\"no\":false}");
    assert_int_equal(json_find(object, STR("a"))->integer, 1);
    assert_non_null(json_find(object, STR("b")));
    assert_true(json_is_null(json_find(object, STR("b"))));
    assert_null(json_find(object, STR("absent")));
    assert_null(json_find(tree("[1]"), STR("a")));
    assert_null(json_find(NULL, STR("a")));
    assert_str(json_find_text(object, STR("text")), "x");
    assert_true(str_is_none(json_find_text(object, STR("a"))));
    assert_true(str_is_none(json_find_text(object, STR("absent"))));
    assert_true(json_find_true(object, STR("yes")));
    assert_false(json_find_true(object, STR("no")));
    assert_false(json_find_true(object, STR("a")));
    assert_false(json_find_true(object, STR("absent")));
}

static void test_equal_compares_kind_and_content(void **state)
{
    /* clang-format off */
    static const struct {
        const char *a;
        const char *b;
        bool is_equal;
    } cases[] = {
        { NULL, NULL, true },
        { NULL, "null", true },
        { "null", "null", true },
        { NULL, "0", false },
        { "null", "false", false },
        { "true", "true", true },
        { "true", "false", false },
        { "1", "1", true },
        { "1", "2", false },
        { "3", "3.0", true },
        { "3.0", "3", true },
        { "3", "3.5", false },
        { "0", "-0.0", true },
        { "9223372036854775807", "9223372036854775808", false },
        { "-9223372036854775808", "-9223372036854775808.0", true },
        { "9007199254740993", "9007199254740992.0", false },
        { "1", "1e300", false },
        { "0.1", "0.1", true },
        { "0.1", "0.2", false },
        { "1", "\"1\"", false },
        { "1", "true", false },
        { "\"a\"", "\"\\u0061\"", true },
        { "\"a\"", "\"A\"", false },
        { "\"\"", "null", false },
        { "[]", "[]", true },
        { "[]", "{}", false },
        { "[1,2]", "[1,2.0]", true },
        { "[1,2]", "[2,1]", false },
        { "[1,2]", "[1,2,3]", false },
        { "{}", "{}", true },
        { "{\"a\":1,\"b\":[2]}", "{\"b\":[2],\"a\":1}", true },
        { "{\"a\":1}", "{\"a\":2}", false },
        { "{\"a\":1}", "{\"b\":1}", false },
        { "{\"a\":null}", "{\"b\":null}", false },
        { "{\"a\":1}", "{\"a\":1,\"b\":2}", false },
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (json_equal(tree(cases[i].a), tree(cases[i].b)) != cases[i].is_equal)
            fail_msg("case %zu: %s, %s", i, cases[i].a, cases[i].b);
        assert_int_equal(json_equal(tree(cases[i].b), tree(cases[i].a)), cases[i].is_equal);
    }
}

typedef struct Range {
    size_t first;
    size_t count;
    bool is_backwards;
} Range;

static const JsonValue *numbered_object(Range range, const char *value)
{
    Buf buf;
    const JsonValue *result = NULL;
    buf_init(&buf, arena, SIZE_MAX);
    buf_append_byte(&buf, '{');
    for (size_t i = 0; i < range.count; i++) {
        size_t number = range.first + (range.is_backwards ? range.count - 1 - i : i);
        buf_format(&buf, "%s\"key%zu\":%s", i == 0 ? "" : ",", number, value);
    }
    buf_append_byte(&buf, '}');
    assert_null(json_read(arena, buf_str(&buf), &result));
    return result;
}

static void test_equal_compares_large_objects_in_any_order(void **state)
{
    static const size_t counts[] = { 16, 17, 100, 10000 };
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const JsonValue *forward = numbered_object((Range){ .count = counts[i] }, "1");
        Range backwards = { .count = counts[i], .is_backwards = true };
        assert_true(json_equal(forward, numbered_object(backwards, "1")));
        assert_true(json_equal(forward, numbered_object((Range){ .count = counts[i] }, "1.0")));
        assert_false(json_equal(forward, numbered_object(backwards, "2")));
        assert_false(
            json_equal(forward, numbered_object((Range){ .first = 1, .count = counts[i] }, "1")));
    }
}

static void test_merge_lays_one_tree_on_another(void **state)
{
    /* clang-format off */
    static const struct {
        const char *base;
        const char *over;
        const char *expected;
    } cases[] = {
        { NULL, NULL, "null" },
        { "1", NULL, "1" },
        { NULL, "1", "1" },
        { "1", "null", "null" },
        { "1", "\"x\"", "\"x\"" },
        { "{\"a\":1}", "2", "2" },
        { "2", "{\"a\":1}", "{\"a\":1}" },
        { "{\"a\":1,\"b\":2}", "{\"b\":3,\"c\":4}", "{\"a\":1,\"b\":3,\"c\":4}" },
        { "{\"a\":{\"x\":1,\"y\":{\"z\":1}}}", "{\"a\":{\"y\":{\"w\":2}}}", "{\"a\":{\"x\":1,\"y\":{\"z\":1,\"w\":2}}}" },
        { "{\"a\":1}", "{\"a\":null}", "{\"a\":null}" },
        { "[1,2]", "[3]", "[3]" },
        { "[1,2]", "[]", "[]" },
        { "[1,2]", "[\"__APPEND__\",3]", "[1,2,3]" },
        { "[1,2]", "[\"__APPEND__\"]", "[1,2]" },
        { "[]", "[\"__APPEND__\",[3]]", "[[3]]" },
        { NULL, "[\"__APPEND__\",3]", "[3]" },
        { "7", "[\"__APPEND__\",3]", "[3]" },
        { "[1]", "[3,\"__APPEND__\"]", "[3,\"__APPEND__\"]" },
        { "{}", "{\"new\":{\"list\":[\"__APPEND__\",1]}}", "{\"new\":{\"list\":[1]}}" },
        { "{\"a\":{\"l\":[1]}}", "{\"a\":{\"l\":[\"__APPEND__\",2]}}", "{\"a\":{\"l\":[1,2]}}" },
        { "{\"a\":{}}", "{\"a\":[]}", "{\"a\":[]}" },
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        JsonValue merged = json_merge(arena, tree(cases[i].base), tree(cases[i].over));
        assert_str(json_to_text(arena, &merged), cases[i].expected);
    }
}

static void test_merge_leaves_its_inputs_alone(void **state)
{
    const char *base_text = "{\"a\":{\"l\":[1],\"m\":1}}";
    const char *over_text = "{\"a\":{\"l\":[\"__APPEND__\",2],\"m\":2},\"b\":{}}";
    (void)state;
    const JsonValue *base = tree(base_text);
    const JsonValue *over = tree(over_text);
    json_merge(arena, base, over);
    assert_str(json_to_text(arena, base), base_text);
    assert_str(json_to_text(arena, over), over_text);
}

static void test_merge_joins_large_objects(void **state)
{
    (void)state;
    const JsonValue *base = numbered_object((Range){ .count = 5000 }, "1");
    const JsonValue *over =
        numbered_object((Range){ .first = 2500, .count = 5000, .is_backwards = true }, "2");
    JsonValue merged = json_merge(arena, base, over);
    assert_int_equal(merged.object.count, 7500);
    assert_int_equal(json_find(&merged, STR("key2499"))->integer, 1);
    assert_int_equal(json_find(&merged, STR("key2500"))->integer, 2);
    assert_int_equal(json_find(&merged, STR("key7499"))->integer, 2);
    assert_str(merged.object.members[4999].key, "key4999");
    assert_str(merged.object.members[5000].key, "key7499");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_find_gives_the_member_or_null),
        TEST(test_equal_compares_kind_and_content),
        TEST(test_equal_compares_large_objects_in_any_order),
        TEST(test_merge_lays_one_tree_on_another),
        TEST(test_merge_leaves_its_inputs_alone),
        TEST(test_merge_joins_large_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
