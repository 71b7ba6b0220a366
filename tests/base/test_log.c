#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/utf8.h"

/* Standard error led into a pipe. */
typedef struct Capture {
    int read_end;
    int before;
    char bytes[32768];
    size_t len;
} Capture;

static void begin_capture(Capture *capture)
{
    int ends[2];
    log_flush();
    assert_int_equal(pipe(ends), 0);
    capture->read_end = ends[0];
    capture->before = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
}

static Str end_capture(Capture *capture)
{
    log_flush();
    dup2(capture->before, STDERR_FILENO);
    close(capture->before);
    capture->len = 0;
    for (;;) {
        ssize_t count = read(capture->read_end, capture->bytes + capture->len,
                             sizeof capture->bytes - capture->len);
        if (count <= 0)
            break;
        capture->len += (size_t)count;
    }
    close(capture->read_end);
    return (Str){ capture->bytes, capture->len };
}

static bool contains(Str text, const char *wanted)
{
    size_t len = strlen(wanted);
    for (size_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.data + i, wanted, len) == 0)
            return true;
    return false;
}

static size_t count_lines(Str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] == '\n';
    return count;
}

static void test_log_writes_one_object_a_line(void **state)
{
    Capture capture;
    (void)state;
    begin_capture(&capture);
    LOG_EVENT(LOG_WARNING, "it happened", { "who", STR("me"), 0 }, { "count", STR_NONE, -5 });
    Str text = end_capture(&capture);
    assert_int_equal(count_lines(text), 1);
    assert_true(str_starts_with(text, STR("{\"time\":\"2")));
    assert_true(str_ends_with(text, STR("\",\"level\":\"warning\",\"event\":\"it happened\","
                                        "\"who\":\"me\",\"count\":-5}\n")));
}

static void test_log_escapes_what_comes_from_outside(void **state)
{
    Capture capture;
    (void)state;
    begin_capture(&capture);
    LOG_EVENT(LOG_ERROR, "x", { "text", STR("a\r\n{\"b\\\0\x7F\x1B[31m"), 0 });
    Str text = end_capture(&capture);
    assert_int_equal(count_lines(text), 1);
    assert_true(contains(text, "\"text\":\"a\\u000d\\u000a{\\\"b\\\\\\u0000\\u007f\\u001b[31m\"}"));
}

static void test_log_cuts_what_is_too_long_but_stays_an_object(void **state)
{
    Capture capture;
    (void)state;
    for (size_t shift = 0; shift < 8; shift++) {
        char text[9000];
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = i < shift ? 'x' : (i - shift) % 2 == 0 ? '\xC3' : '\xA9';
        begin_capture(&capture);
        LOG_EVENT(LOG_ERROR, "x", { "text", { text, 8000 + shift }, 0 }, { "next", STR("y"), 0 });
        Str line = end_capture(&capture);
        assert_int_equal(count_lines(line), 1);
        assert_in_range(line.len, 3000, 4096);
        assert_true(str_ends_with(line, STR("\"}\n")));
        assert_true(utf8_is_valid(line));
    }
}

static void test_log_cuts_between_escapes(void **state)
{
    Capture capture;
    (void)state;
    for (size_t shift = 0; shift < 8; shift++) {
        char text[9000];
        memset(text, '"', sizeof text);
        memset(text, 'x', shift);
        begin_capture(&capture);
        LOG_EVENT(LOG_ERROR, "x", { "text", { text, sizeof text }, 0 });
        Str line = end_capture(&capture);
        size_t end = line.len - 3;
        assert_true(str_ends_with(line, STR("\"}\n")));
        size_t slashes = 0;
        while (line.data[end - 2 - slashes] == '\\')
            slashes++;
        assert_int_equal(line.data[end - 1], '"');
        assert_int_equal(slashes % 2, 1);
    }
}

static void test_log_level_decides_what_is_written(void **state)
{
    Capture capture;
    (void)state;
    begin_capture(&capture);
    log_set_level(LOG_ERROR);
    assert_false(log_is_on(LOG_WARNING));
    log_write(LOG_WARNING, "hidden", NULL, 0);
    log_write(LOG_ERROR, "shown", NULL, 0);
    log_set_level(LOG_OFF);
    log_write(LOG_ERROR, "hidden", NULL, 0);
    log_set_level(LOG_DEBUG);
    log_write(LOG_DEBUG, "shown", NULL, 0);
    log_set_level(LOG_INFO);
    log_write(LOG_DEBUG, "hidden", NULL, 0);
    Str text = end_capture(&capture);
    assert_int_equal(count_lines(text), 2);
    assert_false(contains(text, "hidden"));
}

static void test_log_gathers_lines_of_little_weight(void **state)
{
    Capture capture;
    (void)state;
    begin_capture(&capture);
    log_write(LOG_INFO, "first", NULL, 0);
    log_write(LOG_WARNING, "second", NULL, 0); /* takes the first along */
    char bytes[4096];
    ssize_t count = read(capture.read_end, bytes, sizeof bytes);
    assert_true(count > 0);
    Str text = { bytes, (size_t)count };
    assert_int_equal(count_lines(text), 2);
    assert_true(contains(text, "first"));
    assert_int_equal(end_capture(&capture).len, 0);
}

static void test_log_tells_all_about_an_error(void **state)
{
    Capture capture;
    Arena *arena = arena_new(1024, (size_t)1 << 20);
    (void)state;
    Error *error = error_new_code(arena, ERROR_INVALID, "badFilter", "Not so");
    error->detail = STR("inner");
    begin_capture(&capture);
    log_error(LOG_ERROR, "failed", error);
    Str text = end_capture(&capture);
    static const char *const parts[] = { "\"event\":\"failed\"", "\"code\":\"badFilter\"",
                                         "\"reason\":\"Not so\"", "\"detail\":\"inner\"",
                                         "\"file\":\"test_log.c\"" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_true(contains(text, parts[i]));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_writes_one_object_a_line),
        cmocka_unit_test(test_log_escapes_what_comes_from_outside),
        cmocka_unit_test(test_log_cuts_what_is_too_long_but_stays_an_object),
        cmocka_unit_test(test_log_cuts_between_escapes),
        cmocka_unit_test(test_log_level_decides_what_is_written),
        cmocka_unit_test(test_log_gathers_lines_of_little_weight),
        cmocka_unit_test(test_log_tells_all_about_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
