#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"

static int make_arena(void **state)
{
    *state = arena_new(1024, (size_t)64 << 20);
    return 0;
}

static int free_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static void test_buf_is_empty_at_first(void **state)
{
    Buf buf;
    buf_init(&buf, *state, 100);
    Str str = buf_str(&buf);
    assert_int_equal(str.len, 0);
    assert_non_null(str.data);
    assert_null(buf_check(&buf));
    buf_append(&buf, STR_NONE);
    buf_append(&buf, STR(""));
    assert_int_equal(buf.len, 0);
}

static void test_buf_appends_text_bytes_and_numbers(void **state)
{
    Buf buf;
    buf_init(&buf, *state, 1000);
    buf_append(&buf, STR("a\0b"));
    buf_append_byte(&buf, '-');
    buf_append_int(&buf, 0);
    buf_append_byte(&buf, ' ');
    buf_append_int(&buf, INT64_MAX);
    buf_append_byte(&buf, ' ');
    buf_append_int(&buf, INT64_MIN);
    buf_format(&buf, " %s=%d", "x", 5);
    assert_true(
        str_equal(buf_str(&buf), STR("a\0b-0 9223372036854775807 -9223372036854775808 x=5")));
}

static void test_buf_grows_as_needed(void **state)
{
    Buf buf;
    buf_init(&buf, *state, (size_t)1 << 20);
    for (int i = 0; i < 100000; i++)
        buf_append_byte(&buf, (char)('a' + i % 26));
    assert_int_equal(buf.len, 100000);
    for (size_t i = 0; i < buf.len; i++)
        assert_int_equal(buf.data[i], 'a' + i % 26);
    assert_null(buf_check(&buf));
}

static void test_buf_formats_text_longer_than_its_own_room(void **state)
{
    static const size_t lengths[] = { 510, 511, 512, 513, 5000 };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        Buf buf;
        buf_init(&buf, *state, 100000);
        buf_format(&buf, "%0*d", (int)lengths[i], 7);
        assert_int_equal(buf.len, lengths[i]);
        assert_int_equal(buf.data[buf.len - 1], '7');
    }
}

static void test_buf_stops_at_its_limit(void **state)
{
    Buf buf;
    buf_init(&buf, *state, 10);
    buf_append(&buf, STR("0123456789"));
    assert_false(buf.is_over);
    assert_null(buf_check(&buf));
    buf_append_byte(&buf, 'x');
    assert_true(buf.is_over);
    assert_true(str_equal(buf_str(&buf), STR("0123456789")));
    const Error *error = buf_check(&buf);
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_TOO_LARGE);
    buf_append(&buf, STR("more"));
    buf_append_int(&buf, 5);
    buf_format(&buf, "%d", 5);
    assert_int_equal(buf.len, 10);
}

static void test_buf_reserve_gives_room_to_write_into(void **state)
{
    Buf buf;
    buf_init(&buf, *state, 1000);
    buf_append(&buf, STR("ab"));
    char *room = buf_reserve(&buf, 500);
    assert_non_null(room);
    assert_int_equal(buf.len, 2);
    memset(room, 'x', 500);
    buf.len += 500;
    assert_int_equal(buf_str(&buf).data[501], 'x');
    assert_null(buf_reserve(&buf, 499));
    assert_null(buf_reserve(&buf, SIZE_MAX));
    assert_true(buf.is_over);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf_is_empty_at_first),
        cmocka_unit_test(test_buf_appends_text_bytes_and_numbers),
        cmocka_unit_test(test_buf_grows_as_needed),
        cmocka_unit_test(test_buf_formats_text_longer_than_its_own_room),
        cmocka_unit_test(test_buf_stops_at_its_limit),
        cmocka_unit_test(test_buf_reserve_gives_room_to_write_into),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
