#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

static Arena *arena;
static Buf buf;
static JsonWriter writer;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096, (size_t)64 << 20);
    buf_init(&buf, arena, (size_t)16 << 20);
    json_writer_init(&writer, &buf);
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

static void start_again(void)
{
    buf.len = 0;
    json_writer_init(&writer, &buf);
}

static void test_writer_sets_commas_by_itself(void **state)
{
    (void)state;
    json_begin_object(&writer);
    json_write_key(&writer, STR("a"));
    json_write_int(&writer, 1);
    json_write_key(&writer, STR("b"));
    json_begin_list(&writer);
    json_begin_list(&writer);
    json_end_list(&writer);
    json_begin_object(&writer);
    json_end_object(&writer);
    json_write_text(&writer, STR("x"));
    json_write_text_or_null(&writer, STR_NONE);
    json_write_text_or_null(&writer, STR(""));
    json_write_bool(&writer, true);
    json_write_bool(&writer, false);
    json_write_null(&writer);
    json_write_real(&writer, 0.5);
    json_write_raw(&writer, STR("{\"raw\":1}"));
    json_end_list(&writer);
    json_write_quoted_key(&writer, json_quote_key(arena, STR("c\"d")));
    json_write_text(&writer, STR_NONE);
    json_end_object(&writer);
    assert_null(buf_check(&buf));
    assert_str(
        buf_str(&buf),
        "{\"a\":1,\"b\":[[],{},\"x\",null,\"\",true,false,null,0.5,{\"raw\":1}],\"c\\\"d\":\"\"}");
}

static void test_writer_escapes_what_json_demands_and_nothing_else(void **state)
{
    /* clang-format off */
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        { "", "\"\"" },
        { "plain", "\"plain\"" },
        { "say \"hi\"", "\"say \\\"hi\\\"\"" },
        { "a\\b", "\"a\\\\b\"" },
        { "a/b", "\"a/b\"" },
        { "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
        { "\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"" },
        { "\xC3\xA9\xE2\x80\xA8\xF0\x9F\x98\x80", "\"\xC3\xA9\xE2\x80\xA8\xF0\x9F\x98\x80\"" },
        { "</script>", "\"</script>\"" },
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start_again();
        json_write_text(&writer, str_from(cases[i].text));
        assert_str(buf_str(&buf), cases[i].expected);
    }
}

/* Every length around the steps of the scan, and every byte at every place in it. */
static void test_writer_escapes_at_every_place(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 70; len++) {
        char *text = malloc(len + 1); /* exact, so that reading too far is found */
        for (size_t at = 0; at < len; at++) {
            memset(text, 'x', len);
            for (int byte = 1; byte < 128; byte += byte < 0x24 || byte == '[' ? 1 : 7) {
                const JsonValue *value = NULL;
                text[at] = (char)byte;
                start_again();
                json_write_text(&writer, (Str){ text, len });
                assert_null(json_read(arena, buf_str(&buf), &value));
                assert_int_equal(value->text.len, len);
                assert_memory_equal(value->text.data, text, len);
            }
            arena_reset(arena);
            buf_init(&buf, arena, (size_t)16 << 20);
        }
        free(text);
    }
}

static void test_writer_never_writes_behind_an_exact_buffer(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 40; len++) {
        char *text = malloc(len + 1);
        char *room = malloc(len + 3);
        memset(text, 'y', len);
        Buf exact = { .arena = arena, .data = room, .capacity = len + 3, .max_bytes = len + 3 };
        JsonWriter own = { .buf = &exact, .needs_comma = true };
        json_write_text(&own, (Str){ text, len });
        assert_false(exact.is_over);
        assert_int_equal(exact.len, len + 3);
        assert_int_equal(room[0], ',');
        assert_int_equal(room[len + 2], '"');
        free(text);
        free(room);
    }
}

static void test_writer_stops_at_the_limit_of_the_buffer(void **state)
{
    (void)state;
    buf_init(&buf, arena, 1000);
    json_begin_list(&writer);
    for (size_t i = 0; i < 1000; i++) {
        json_write_text(&writer, STR("some text with \"quotes\""));
        json_write_int(&writer, INT64_MIN);
        json_write_real(&writer, 1.5);
    }
    json_end_list(&writer);
    assert_true(buf.len < 2000);
    assert_non_null(buf_check(&buf));
}

static void test_writer_writes_whole_numbers(void **state)
{
    /* clang-format off */
    static const struct {
        int64_t value;
        const char *expected;
    } cases[] = {
        { 0, "0" }, { 9, "9" }, { 10, "10" }, { 99, "99" }, { 100, "100" }, { 101, "101" }, { 12345, "12345" },
        { -1, "-1" }, { -10, "-10" }, { -100, "-100" }, { 1000000, "1000000" },
        { INT64_MAX, "9223372036854775807" }, { INT64_MIN, "-9223372036854775808" },
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start_again();
        json_write_int(&writer, cases[i].value);
        assert_str(buf_str(&buf), cases[i].expected);
    }
}

static void test_writer_writes_reals_in_their_shortest_form(void **state)
{
    /* clang-format off */
    static const struct {
        double value;
        const char *expected;
    } cases[] = {
        { 0.0, "0" }, { -0.0, "0" }, { 100.0, "100" }, { -3.0, "-3" }, { 0.1, "0.1" }, { 0.5, "0.5" }, { -2.25, "-2.25" },
        { 1.0 / 3, "0.3333333333333333" }, { 0.1 + 0.2, "0.30000000000000004" },
        { 999999999999999.0, "999999999999999" }, { -999999999999999.0, "-999999999999999" },
        { 123456789012345.67, "123456789012345.67" }, { 100000000000.0, "100000000000" },
        { 0.0001, "0.0001" }, { 0.00001, "0.00001" }, { 1e-7, "0.0000001" }, { 1.5e-10, "0.00000000015" },
        { -1.2345678901234567e-12, "-0.0000000000012345678901234567" }, { 1e-20, "0.00000000000000000001" },
        { 1e15, "1e+15" }, { 1e300, "1e+300" }, { 5e-324, "5e-324" },
        { NAN, "null" }, { INFINITY, "null" }, { -INFINITY, "null" },
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start_again();
        json_write_real(&writer, cases[i].value);
        assert_str(buf_str(&buf), cases[i].expected);
    }
}

static bool has_exponent(const char *text, size_t len)
{
    return memchr(text, 'e', len) != NULL;
}

static void test_reals_read_back_equal_and_fit_in_32_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < 20000; i++) {
        const JsonValue *value = NULL;
        char *text = malloc(32);
        double real;
        random_bytes(&real, sizeof real);
        if (!isfinite(real))
            real = 1;
        if (i % 2 == 0)
            real = (double)(int64_t)(i * 7919) / 1000.0 * (i % 4 == 0 ? 1e-9 : 1e3);
        size_t len = json_format_real(real, text);
        assert_true(len <= 32);
        assert_null(json_read(arena, (Str){ text, len }, &value));
        assert_true((value->kind == JSON_INT ? (double)value->integer : value->real) == real);
        if (fabs(real) >= 1e-12 && fabs(real) < 1e15)
            assert_false(has_exponent(text, len));
        free(text);
    }
}

static void test_writer_writes_trees(void **state)
{
    const char *text = "{\"a\":[1,2.5,\"x\",null,true,{}],\"b\":{\"c\":[[]]},\"\":\"\\u0001\"}";
    const JsonValue *value = NULL;
    (void)state;
    assert_null(json_read(arena, str_from(text), &value));
    assert_str(json_to_text(arena, value), text);
    assert_str(json_to_text(arena, NULL), "null");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_writer_sets_commas_by_itself),
        TEST(test_writer_escapes_what_json_demands_and_nothing_else),
        TEST(test_writer_escapes_at_every_place),
        TEST(test_writer_never_writes_behind_an_exact_buffer),
        TEST(test_writer_stops_at_the_limit_of_the_buffer),
        TEST(test_writer_writes_whole_numbers),
        TEST(test_writer_writes_reals_in_their_shortest_form),
        TEST(test_reals_read_back_equal_and_fit_in_32_bytes),
        TEST(test_writer_writes_trees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
