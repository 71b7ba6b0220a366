#include "feature/job/job.h"

#include <time.h>

#include "base/clock.h"
#include "feature/job/job_private.h"
#include "json/json_reader.h"
#include "query/lookup.h"
#include "query/row_statement.h"
#include "record/record.h"
#include "record/row.h"

#define MAX_REST_US ((int64_t)50000)
#define LONG_STEP_US ((int64_t)6000)
#define MIN_SLICE_US ((int64_t)300)

const Entity *job_entity(const Task *task)
{
    return schema_find_entity(task->schema, STR("Job"));
}

/* ---- the row ---- */

static const Column *job_column(const JobRow *row, const char *field)
{
    return entity_find_field(row->entity, str_from(field))->column;
}

Error *job_row_find(Task *task, Str id, JobRow *out)
{
    *out = (JobRow){ .entity = job_entity(task) };
    out->is_changed = ARENA_ARRAY(task->arena, bool, out->entity->column_count);
    return row_find(task->sql, out->entity, id, false, &out->row_id, &out->values);
}

const SqlValue *job_row_get(const JobRow *row, const char *field)
{
    return &row->values[job_column(row, field)->index];
}

bool job_row_is(const JobRow *row, const char *field, Str text)
{
    const SqlValue *value = job_row_get(row, field);
    return value->kind == SQL_TEXT && str_equal(value->text, text);
}

void job_row_set(JobRow *row, const char *field, SqlValue value)
{
    const Column *column = job_column(row, field);
    row->values[column->index] = value;
    row->is_changed[column->index] = true;
}

/* The runner's changes are nobody's edits: `modifiedAt` and history stay out of it. */
Error *job_row_write(Task *task, JobRow *row, bool is_told)
{
    TRY(row_update(task->sql, row->entity, row->row_id, row->values, row->is_changed));
    sql_note_change(task->sql, (SqlChange){ .subject = row->entity,
                                            .row_id = row->row_id,
                                            .kind = is_told ? SQL_ROW_CHANGED : SQL_ROW_TOUCHED,
                                            .new_text = is_told ? 1 : 0 });
    return NULL;
}

static int64_t number_of(const SqlValue *value, int64_t absent)
{
    return value->kind == SQL_INT ? value->integer : absent;
}

JobProgress job_row_progress(const JobRow *row)
{
    return (JobProgress){
        .processed = number_of(job_row_get(row, "processed"), 0),
        .total = number_of(job_row_get(row, "total"), JOB_NOT_COUNTED),
        .failed = number_of(job_row_get(row, "failed"), 0),
    };
}

void job_row_set_progress(Task *task, JobRow *row, const JobRun *run)
{
    const JobProgress *progress = &run->progress;
    job_row_set(row, "processed", sql_int(progress->processed));
    if (progress->total != JOB_NOT_COUNTED)
        job_row_set(row, "total", sql_int(progress->total));
    if (progress->failed == number_of(job_row_get(row, "failed"), 0))
        return;
    job_row_set(row, "failed", sql_int(progress->failed));
    job_row_set(row, "errors",
                sql_text(str_format(task->arena, "[%.*s]", (int)progress->error_bytes,
                                    run->claim->errors.data)));
}

/* ---- making one ---- */

static void set(RecordDraft *draft, const char *name, SqlValue value)
{
    draft_set(draft, entity_find_field(draft->entity, str_from(name)), value);
}

Error *job_add(Task *task, const JobOrder *order, Str *out_id)
{
    RecordDraft draft;
    draft_begin_new(task, job_entity(task), &draft);
    draft.id = order->id;
    set(&draft, "name", sql_text(order->name));
    set(&draft, "type", sql_text(str_from(order->type)));
    set(&draft, "payload", sql_text(order->payload));
    if (order->waits_for_parts)
        set(&draft, "status", sql_text(STR(JOB_AWAITING)));
    set(&draft, "executeTime", sql_text(task_now_text(task)));
    if (order->total != JOB_NOT_COUNTED)
        set(&draft, "total", sql_int(order->total));
    draft_fill_defaults(task, &draft);
    TRY(row_add(task, &draft));
    *out_id = draft.id;
    return NULL;
}

Error *job_release(Task *task, Str id)
{
    JobRow row;
    TRY(job_row_find(task, id, &row));
    if (row.values == NULL || !job_row_is(&row, "status", STR(JOB_AWAITING)))
        return NULL;
    job_row_set(&row, "status", sql_text(STR(JOB_PENDING)));
    return job_row_write(task, &row, false);
}

/* ---- parts ---- */

static Str part_id(Arena *arena, Str job_id, int64_t number)
{
    return str_format(arena, "%.*s.%lld", STR_ARGS(job_id), (long long)number);
}

static const Entity *part_entity(const Task *task)
{
    return schema_find_entity(task->schema, STR("JobPart"));
}

static const Column *part_column(const Task *task, const char *name)
{
    return entity_find_field(part_entity(task), str_from(name))->column;
}

Error *job_add_part(Task *task, Str job_id, int64_t number, Str content)
{
    const Entity *entity = part_entity(task);
    SqlValue *values = ARENA_ARRAY(task->arena, SqlValue, entity->column_count);
    bool is_added;
    int64_t row_id;
    values[entity->id->column->index] = sql_text(part_id(task->arena, job_id, number));
    values[entity->deleted->column->index] = sql_int(0);
    values[entity->created_at->column->index] = sql_text(task_now_text(task));
    values[part_column(task, "job")->index] = sql_text(job_id);
    values[part_column(task, "content")->index] = sql_text(content);
    return row_insert(task->sql, entity, values, &is_added, &row_id);
}

Error *job_read_part(Task *task, Str job_id, int64_t number, const JsonValue **out)
{
    const Entity *entity = part_entity(task);
    const Column *content = part_column(task, "content");
    LookupMatch match = { .column = entity->id->column,
                          .value = sql_text(part_id(task->arena, job_id, number)) };
    Lookup lookup = { .entity = entity,
                      .matches = &match,
                      .match_count = 1,
                      .columns = &content,
                      .column_count = 1 };
    SqlValue value = sql_null();
    bool is_there = false;
    *out = NULL;
    TRY(task_reader(task));
    TRY(lookup_find(task->sql, &lookup, &value, &is_there));
    return is_there && value.kind == SQL_TEXT ? json_read(task->arena, value.text, out) : NULL;
}

Error *job_remove_part(Task *task, Str job_id, int64_t number)
{
    const Entity *entity = part_entity(task);
    RowRef *refs = NULL;
    size_t count;
    return row_delete_by(task->sql, entity, entity->id->column,
                         part_id(task->arena, job_id, number), &refs, &count);
}

Error *job_remove_parts(Task *task, Str job_id)
{
    RowRef *refs = NULL;
    size_t count;
    return row_delete_by(task->sql, part_entity(task), part_column(task, "job"), job_id, &refs,
                         &count);
}

/* ---- steps ---- */

typedef struct Step {
    JobRun *run;
    Error *(*step)(JobRun *run, void *context);
    void *context;
    JobProgress before;
    bool is_ours;
} Step;

static Error *run_step(Task *task, void *context)
{
    Step *step = context;
    JobRun *run = step->run;
    JobRow row;
    run->progress = step->before;
    run->claim->errors.len = step->before.error_bytes;
    TRY(job_row_find(task, run->id, &row));
    step->is_ours = row.values != NULL && job_row_is(&row, "status", STR(JOB_RUNNING)) &&
                    job_row_is(&row, "claim", run->claim->token);
    if (!step->is_ours)
        return NULL;
    TRY(step->step(run, step->context));
    task->now_us = clock_wall_us();
    job_row_set(&row, "heartbeatAt", sql_text(task_now_text(task)));
    job_row_set(&row, "attempts", sql_int(0));
    job_row_set_progress(task, &row, run);
    return job_row_write(task, &row, false);
}

/* Others wait for a step and its commit, side indexes and all: the next one follows from how long
 * this one took. And half of the time, at least, is theirs. */
static void settle(JobRun *run, int64_t took_us)
{
    int64_t rest_us = took_us < MAX_REST_US ? took_us : MAX_REST_US;
    struct timespec time = { .tv_nsec = rest_us * 1000 };
    int64_t next_us =
        took_us > LONG_STEP_US ? run->slice_us / 2 : run->slice_us + run->slice_us / 4;
    run->slice_us = next_us < MIN_SLICE_US   ? MIN_SLICE_US
                    : next_us > JOB_SLICE_US ? JOB_SLICE_US
                                             : next_us;
    nanosleep(&time, NULL);
}

Error *job_step(JobRun *run, Error *(*step)(JobRun *run, void *context), void *context)
{
    Task *task = run->task;
    Arena *own = task->arena;
    int64_t started_us = clock_monotonic_us();
    Step running = { .run = run, .step = step, .context = context, .before = run->progress };
    run->is_over = run->claim->must_stop != NULL && run->claim->must_stop(run->claim->owner);
    if (run->is_over)
        return NULL;
    task_end_read(task);
    task->now_us = clock_wall_us();
    task_use_arena(task, run->claim->scratch);
    Error *error = task_write_items(task, run_step, &running);
    task_use_arena(task, own);
    if (error != NULL) {
        error = error_copy(own, error);
        run->progress = running.before;
        run->claim->errors.len = running.before.error_bytes;
    }
    run->is_over = error == NULL && !running.is_ours;
    arena_reset(run->claim->scratch);
    settle(run, clock_monotonic_us() - started_us);
    return error;
}

static void write_member(JsonWriter *writer, const char *key, Str value)
{
    json_write_key(writer, str_from(key));
    json_write_text(writer, value);
}

void job_tell_failure(JobRun *run, Str id, Str name, Str reason)
{
    JobProgress *progress = &run->progress;
    JsonWriter writer;
    progress->failed++;
    if (progress->error_count >= JOB_MAX_ERRORS)
        return;
    json_writer_init(&writer, &run->claim->errors);
    writer.needs_comma = progress->error_count > 0;
    json_begin_object(&writer);
    write_member(&writer, "id", id);
    json_write_key(&writer, STR("name"));
    json_write_text_or_null(&writer, name);
    write_member(&writer, "reason", reason);
    json_end_object(&writer);
    progress->error_count++;
    progress->error_bytes = run->claim->errors.len;
}

/* ---- what a client asks ---- */

/* `Error for 'Chair': …`, a line each. */
static Error *write_errors(Task *task, const SqlValue *errors, JsonWriter *writer)
{
    const JsonValue *list = NULL;
    Buf text;
    if (errors->kind != SQL_TEXT) {
        json_write_null(writer);
        return NULL;
    }
    TRY(json_read(task->arena, errors->text, &list));
    buf_init(&text, task->arena, (size_t)16 << 20);
    for (size_t i = 0; json_is_list(list) && i < list->list.count; i++) {
        const JsonValue *item = &list->list.items[i];
        Str name = json_find_text(item, STR("name"));
        Str shown = str_is_none(name) ? json_find_text(item, STR("id")) : name;
        if (text.len > 0)
            buf_append_byte(&text, '\n');
        buf_format(&text, "Error for '%.*s': %.*s", STR_ARGS(shown),
                   STR_ARGS(json_find_text(item, STR("reason"))));
    }
    json_write_text(writer, buf_str(&text));
    return buf_check(&text);
}

Error *job_write_status(Task *task, Str id, Buf *out)
{
    JobRow row;
    JsonWriter writer;
    TRY(task_reader(task));
    TRY(job_row_find(task, id, &row));
    if (row.values == NULL)
        return record_not_found(task, job_entity(task));
    bool is_open = job_row_is(&row, "status", STR(JOB_PENDING)) ||
                   job_row_is(&row, "status", STR(JOB_AWAITING)) ||
                   job_row_is(&row, "status", STR(JOB_RUNNING));
    const SqlValue *message = job_row_get(&row, "message");
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_write_key(&writer, STR("done"));
    json_write_bool(&writer, !is_open);
    json_write_key(&writer, STR("errors"));
    TRY(write_errors(task, job_row_get(&row, "errors"), &writer));
    json_write_key(&writer, STR("message"));
    json_write_text_or_null(&writer, message->kind == SQL_TEXT ? message->text : STR_NONE);
    json_end_object(&writer);
    return buf_check(out);
}
