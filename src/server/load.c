#include "server/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/line_reader.h"
#include "feature/mass/upsert.h"
#include "feature/user/user.h"
#include "json/json_reader.h"
#include "server/store.h"

#define LOAD_BATCH_BYTES ((size_t)4 << 20)
#define LOAD_ARENA_BYTES ((size_t)8 << 20)
#define LOAD_ARENA_MAX_BYTES ((size_t)512 << 20)
#define LOAD_PROGRESS_US 1000000

typedef struct Load {
    Instance *instance;
    LineReader *input;
    Arena *arena; /* of one batch */
    JsonValue *items;
    size_t *line_numbers;
    size_t count;
    size_t line;
    size_t created;
    size_t updated;
    size_t unchanged;
    size_t failed;
    int64_t started_us;
    int64_t told_us;
} Load;

static void report(Load *load, size_t line, Str reason)
{
    load->failed++;
    fprintf(stderr, "line %zu: %.*s\n", line, STR_ARGS(reason));
}

static void count_item(Load *load, size_t index, const UpsertItem *item)
{
    if (item->error != NULL)
        report(load, load->line_numbers[index], item->error->reason);
    else if (item->result.outcome == RECORD_CREATED)
        load->created++;
    else if (item->result.outcome == RECORD_UPDATED)
        load->updated++;
    else
        load->unchanged++;
}

static Error *run_batch(Load *load)
{
    Task task;
    UpsertItem *outcomes = NULL;
    size_t count = 0;
    JsonValue list = { .kind = JSON_LIST };
    UpsertOptions options = { .leaves_records_out = true };
    list.list.items = load->items;
    list.list.count = load->count;
    task_begin(&task, load->arena, load->instance);
    task.caller = &user_system_caller;
    Error *error = upsert_run(&task, &list, &options, &outcomes, &count);
    for (size_t i = 0; error == NULL && i < count; i++)
        count_item(load, i, &outcomes[i]);
    task_end(&task);
    return error;
}

static void tell_progress(Load *load)
{
    int64_t now_us = clock_monotonic_us();
    if (now_us - load->told_us < LOAD_PROGRESS_US)
        return;
    load->told_us = now_us;
    size_t done = load->created + load->updated + load->unchanged + load->failed;
    fprintf(stderr, "%zu lines, %.0f a second\n", done,
            (double)done * 1e6 / (double)(now_us - load->started_us + 1));
}

static void add_line(Load *load, Str line)
{
    const JsonValue *value = NULL;
    if (str_trim(line).len == 0)
        return;
    Str copy = str_copy(load->arena, line); /* the tree points into it, the buffer is used again */
    Error *error = json_read(load->arena, copy, &value);
    if (error != NULL) {
        report(load, load->line, error->reason);
        return;
    }
    load->items[load->count] = *value;
    load->line_numbers[load->count++] = load->line;
}

/* Reads lines until the batch is full; false at the end of the input. */
static bool fill_batch(Load *load)
{
    size_t bytes = 0;
    arena_reset(load->arena);
    load->items = ARENA_ARRAY(load->arena, JsonValue, LOAD_BATCH_LINES);
    load->line_numbers = ARENA_ARRAY(load->arena, size_t, LOAD_BATCH_LINES);
    load->count = 0;
    while (load->count < LOAD_BATCH_LINES && bytes < LOAD_BATCH_BYTES) {
        Str line;
        LineOutcome outcome = line_reader_next(load->input, &line);
        if (outcome == LINE_END)
            return false;
        load->line++;
        if (outcome == LINE_TOO_LONG) {
            report(load, load->line, STR("The line is too long"));
            continue;
        }
        bytes += line.len;
        add_line(load, line);
    }
    return true;
}

static Error *load_lines(Load *load)
{
    bool has_more = true;
    while (has_more) {
        has_more = fill_batch(load);
        if (load->count > 0)
            TRY(run_batch(load));
        tell_progress(load);
    }
    if (line_reader_failed(load->input))
        return error_new(load->arena, ERROR_UNAVAILABLE, "The input can't be read any further");
    return NULL;
}

static int tell_summary(const Load *load)
{
    double seconds = (double)(clock_monotonic_us() - load->started_us) / 1e6;
    size_t done = load->created + load->updated + load->unchanged;
    printf("%zu created, %zu updated, %zu unchanged, %zu failed in %.1f s (%.0f rows/s)\n",
           load->created, load->updated, load->unchanged, load->failed, seconds,
           (double)done / (seconds > 0 ? seconds : 1));
    return load->failed == 0 ? 0 : 1;
}

static int fail(const char *what, Str reason)
{
    fprintf(stderr, "pimento: %s: %.*s\n", what, STR_ARGS(reason));
    return 2;
}

static int load_into(Instance *instance, int descriptor)
{
    Load load = { .instance = instance, .started_us = clock_monotonic_us() };
    load.told_us = load.started_us;
    load.input = line_reader_new(descriptor, LOAD_MAX_LINE_BYTES);
    load.arena = arena_new(LOAD_ARENA_BYTES, LOAD_ARENA_MAX_BYTES);
    Error *error = load_lines(&load);
    int code = error != NULL ? fail("load", error->reason) : tell_summary(&load);
    arena_free(load.arena);
    line_reader_free(load.input);
    return code;
}

int load_run(Arena *arena, const Config *config, Str path)
{
    Instance instance;
    Str password;
    if (str_is_none(path))
        return fail("load", STR("say which file to load, or - for standard input"));
    bool is_file = !str_equal(path, STR("-"));
    int descriptor = is_file ? open(str_copy_c(arena, path), O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (descriptor < 0)
        return fail("load", str_from(strerror(errno)));
    instance_init(&instance);
    Error *error = store_lock(arena, config->data);
    if (error == NULL)
        error = store_open(arena, config, &instance, &password);
    int code = error != NULL ? fail("load", error->reason) : load_into(&instance, descriptor);
    store_close(&instance);
    if (is_file)
        close(descriptor);
    return code;
}
