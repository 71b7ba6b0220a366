#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/line_reader.h"

/* Text that a thread writes into a pipe, so many bytes at a time. */
typedef struct Source {
    Str text;
    size_t step;
    int write_end;
    pthread_t thread;
} Source;

static void *write_text(void *context)
{
    Source *source = context;
    for (size_t at = 0; at < source->text.len;) {
        size_t count = source->text.len - at < source->step ? source->text.len - at : source->step;
        ssize_t written = write(source->write_end, source->text.data + at, count);
        if (written <= 0)
            break;
        at += (size_t)written;
    }
    close(source->write_end);
    return NULL;
}

/* The end to read from. */
static int open_source(Source *source, Str text, size_t step)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    *source = (Source){ .text = text, .step = step, .write_end = ends[1] };
    assert_int_equal(pthread_create(&source->thread, NULL, write_text, source), 0);
    return ends[0];
}

static void close_source(Source *source, int read_end)
{
    pthread_join(source->thread, NULL);
    close(read_end);
}

/* What was read, as `line|line|`, `!` for one too long. */
static Str read_all(Arena *arena, int descriptor, size_t max_bytes)
{
    LineReader *reader = line_reader_new(descriptor, max_bytes);
    Str all = STR("");
    for (;;) {
        Str line;
        LineOutcome outcome = line_reader_next(reader, &line);
        if (outcome == LINE_END)
            break;
        all = outcome == LINE_TOO_LONG
                  ? str_concat(arena, all, STR("!"))
                  : str_format(arena, "%.*s%.*s|", STR_ARGS(all), STR_ARGS(line));
    }
    assert_false(line_reader_failed(reader));
    line_reader_free(reader);
    return all;
}

static void test_line_reader_gives_one_line_after_the_other(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { const char *text; const char *lines; } cases[] = {
        { "", "" },
        { "\n", "|" },
        { "a", "a|" },
        { "a\n", "a|" },
        { "a\nb", "a|b|" },
        { "a\n\nb\n", "a||b|" },
        { "a\r\nb", "a\r|b|" },
        { "1234567890\nb", "1234567890|b|" },
        { "12345678901\nb", "!b|" },
        { "b\n12345678901", "b|!" },
        { "12345678901\n12345678901\n", "!!" },
        { "123456789012345678901234567890\n\nx", "!|x|" },
    };
    /* clang-format on */
    static const size_t steps[] = { 1, 3, 1000 };
    Arena *arena = arena_new(1024, (size_t)1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t j = 0; j < sizeof steps / sizeof *steps; j++) {
            Source source;
            int end = open_source(&source, str_from(cases[i].text), steps[j]);
            Str lines = read_all(arena, end, 10);
            close_source(&source, end);
            if (!str_equal(lines, str_from(cases[i].lines)))
                fail_msg("case %zu gives %.*s", i, STR_ARGS(lines));
        }
    }
    arena_free(arena);
}

static void test_line_reader_reads_lines_longer_than_its_first_room(void **state)
{
    (void)state;
    static const size_t lengths[] = { 262143, 262144, 262145, 1000000, 7 };
    size_t total = 0;
    for (size_t i = 0; i < 5; i++)
        total += lengths[i] + 1;
    char *text = malloc(total);
    size_t at = 0;
    for (size_t i = 0; i < 5; i++) {
        memset(text + at, (int)('a' + i), lengths[i]);
        text[at + lengths[i]] = '\n';
        at += lengths[i] + 1;
    }
    Source source;
    int end = open_source(&source, (Str){ text, total }, 65536);
    LineReader *reader = line_reader_new(end, 1000000);
    for (size_t i = 0; i < 5; i++) {
        Str line;
        assert_int_equal(line_reader_next(reader, &line), LINE_READ);
        assert_int_equal(line.len, lengths[i]);
        assert_int_equal(line.data[0], 'a' + i);
        assert_int_equal(line.data[line.len - 1], 'a' + i);
    }
    Str line;
    assert_int_equal(line_reader_next(reader, &line), LINE_END);
    assert_int_equal(line_reader_next(reader, &line), LINE_END);
    line_reader_free(reader);
    close_source(&source, end);
    free(text);
}

static void test_line_reader_tells_an_error_from_the_end(void **state)
{
    (void)state;
    Str line;
    int directory = open("/", O_RDONLY | O_DIRECTORY);
    LineReader *reader = line_reader_new(directory, 100);
    assert_int_equal(line_reader_next(reader, &line), LINE_END);
    assert_true(line_reader_failed(reader));
    line_reader_free(reader);
    line_reader_free(NULL);
    close(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_reader_gives_one_line_after_the_other),
        cmocka_unit_test(test_line_reader_reads_lines_longer_than_its_first_room),
        cmocka_unit_test(test_line_reader_tells_an_error_from_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
