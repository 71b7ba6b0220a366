#include "base/line_reader.h"

#include <errno.h>
#include <unistd.h>

#include "base/memory.h"

#define LINE_READER_FIRST_BYTES ((size_t)256 << 10)

struct LineReader {
    int descriptor;
    size_t max_bytes;
    char *data;
    size_t capacity;
    size_t from; /* the next line begins here */
    size_t to;   /* what was read ends here */
    bool is_at_end;
    bool has_failed;
};

LineReader *line_reader_new(int descriptor, size_t max_bytes)
{
    LineReader *reader = memory_zalloc(sizeof *reader);
    reader->descriptor = descriptor;
    reader->max_bytes = max_bytes;
    reader->capacity = LINE_READER_FIRST_BYTES;
    reader->data = memory_alloc(reader->capacity);
    return reader;
}

void line_reader_free(LineReader *reader)
{
    if (reader == NULL)
        return;
    memory_free(reader->data);
    memory_free(reader);
}

static void make_room(LineReader *reader)
{
    memmove(reader->data, reader->data + reader->from, reader->to - reader->from);
    reader->to -= reader->from;
    reader->from = 0;
    if (reader->to < reader->capacity)
        return;
    reader->capacity *= 2;
    reader->data = memory_realloc(reader->data, reader->capacity);
}

static void read_more(LineReader *reader)
{
    make_room(reader);
    ssize_t count;
    do
        count = read(reader->descriptor, reader->data + reader->to, reader->capacity - reader->to);
    while (count < 0 && errno == EINTR);
    reader->has_failed = reader->has_failed || count < 0;
    reader->is_at_end = count <= 0;
    if (count > 0)
        reader->to += (size_t)count;
}

/* The rest of a line that is too long goes unread. */
static void skip_line(LineReader *reader)
{
    for (;;) {
        Str rest = { reader->data + reader->from, reader->to - reader->from };
        size_t end = str_find(rest, '\n', 0);
        reader->from += end;
        if (end < rest.len) {
            reader->from++;
            return;
        }
        if (reader->is_at_end)
            return;
        read_more(reader);
    }
}

LineOutcome line_reader_next(LineReader *reader, Str *out)
{
    size_t searched = 0;
    for (;;) {
        Str rest = { reader->data + reader->from, reader->to - reader->from };
        size_t end = str_find(rest, '\n', searched);
        bool is_whole = end < rest.len || (reader->is_at_end && rest.len > 0);
        if (end > reader->max_bytes) {
            skip_line(reader);
            return LINE_TOO_LONG;
        }
        if (is_whole) {
            *out = str_slice(rest, 0, end);
            reader->from += end < rest.len ? end + 1 : end;
            return LINE_READ;
        }
        if (reader->is_at_end)
            return LINE_END;
        searched = rest.len;
        read_more(reader);
    }
}

bool line_reader_failed(const LineReader *reader)
{
    return reader->has_failed;
}
