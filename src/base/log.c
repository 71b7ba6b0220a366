#include "base/log.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"

#define LOG_LINE_BYTES 4096

typedef struct Line {
    char data[LOG_LINE_BYTES];
    size_t len;
} Line;

#define LOG_GATHERED_BYTES 65536

static LogLevel lowest = LOG_INFO; /* atomic */

/* Lines that wait to be written; guarded by the lock. */
static pthread_mutex_t gathered_lock = PTHREAD_MUTEX_INITIALIZER;
static char gathered[LOG_GATHERED_BYTES];
static size_t gathered_len;

static void write_out(const char *data, size_t len)
{
    /* A log that can't be written must not stop the server. */
    ssize_t written = write(STDERR_FILENO, data, len);
    (void)written;
}

static void flush_locked(void)
{
    if (gathered_len > 0)
        write_out(gathered, gathered_len);
    gathered_len = 0;
}

void log_flush(void)
{
    pthread_mutex_lock(&gathered_lock);
    flush_locked();
    pthread_mutex_unlock(&gathered_lock);
}

static void gather(const char *data, size_t len, bool is_urgent)
{
    pthread_mutex_lock(&gathered_lock);
    if (gathered_len + len > sizeof gathered)
        flush_locked();
    memcpy(gathered + gathered_len, data, len);
    gathered_len += len;
    if (is_urgent)
        flush_locked();
    pthread_mutex_unlock(&gathered_lock);
}

void log_set_level(LogLevel level)
{
    __atomic_store_n(&lowest, level, __ATOMIC_RELAXED);
}

bool log_is_on(LogLevel level)
{
    return level >= __atomic_load_n(&lowest, __ATOMIC_RELAXED);
}

static void add_byte(Line *line, char c)
{
    /* Room for the closing quote, brace and newline is kept, so that a cut line is still JSON. */
    if (line->len < LOG_LINE_BYTES - 4)
        line->data[line->len++] = c;
}

static void add_plain(Line *line, const char *text)
{
    for (; *text != '\0'; text++)
        add_byte(line, *text);
}

static void add_escaped(Line *line, Str text)
{
    bool is_utf8 = utf8_is_valid(text); /* what is not would make the line no JSON */
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool is_continuation = (c & 0xC0) == 0x80; /* no cut inside a character */
        if (line->len >= LOG_LINE_BYTES - 16 && !is_continuation)
            return;
        if (c == '"' || c == '\\')
            add_byte(line, '\\');
        if (c >= 0x20 && c != 0x7F && (c < 0x80 || is_utf8)) {
            add_byte(line, (char)c);
            continue;
        }
        char escape[8];
        snprintf(escape, sizeof escape, "\\u%04x", c);
        add_plain(line, escape);
    }
}

static void add_field(Line *line, const LogField *field)
{
    if (line->len > LOG_LINE_BYTES - 64)
        return;
    add_plain(line, ",\"");
    add_plain(line, field->name);
    if (!str_is_none(field->text)) {
        add_plain(line, "\":\"");
        add_escaped(line, field->text);
        add_byte(line, '"');
        return;
    }
    char number[32];
    snprintf(number, sizeof number, "\":%lld", (long long)field->number);
    add_plain(line, number);
}

void log_write(LogLevel level, const char *event, const LogField *fields, size_t count)
{
    static const char *const names[] = { "debug", "info", "warning", "error" };
    if (!log_is_on(level) || level >= LOG_OFF)
        return;
    Line line;
    line.len = 0;
    char time[CLOCK_TEXT_LEN + 1] = { 0 };
    clock_write_text(clock_wall_us(), time);
    add_plain(&line, "{\"time\":\"");
    add_plain(&line, time);
    add_plain(&line, "\",\"level\":\"");
    add_plain(&line, names[level]);
    add_plain(&line, "\",\"event\":\"");
    add_escaped(&line, str_from(event));
    add_byte(&line, '"');
    for (size_t i = 0; i < count; i++)
        add_field(&line, &fields[i]);
    line.data[line.len++] = '}';
    line.data[line.len++] = '\n';
    gather(line.data, line.len, level >= LOG_WARNING);
}

void log_error(LogLevel level, const char *event, const Error *error)
{
    LOG_EVENT(level, event, { "code", str_from(error->code), 0 }, { "reason", error->reason, 0 },
              { "detail", str_is_none(error->detail) ? STR("") : error->detail, 0 },
              { "file", str_from(error->file), 0 }, { "line", STR_NONE, error->line });
}
