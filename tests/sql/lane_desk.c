#include "lane_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static Error *before_commit(void *owner, SqlConnection *connection, const SqlChange *changes,
                            size_t count)
{
    LaneDesk *desk = owner;
    (void)changes;
    (void)count;
    desk->hook_calls++;
    if (desk->refuses_commit)
        return error_new(sql_arena(connection), ERROR_UNAVAILABLE, "The hook refused");
    return NULL;
}

static void after_commit(void *owner, const SqlChange *changes, size_t count, bool is_stored)
{
    (void)is_stored;
    LaneDesk *desk = owner;
    (void)changes;
    desk->committed_changes += count;
}

static const LaneHooks desk_hooks = { before_commit, after_commit };

static Error *make_table(void *context, SqlConnection *connection)
{
    (void)context;
    return test_database_run(connection, "CREATE TABLE item (number INTEGER UNIQUE)");
}

int lane_desk_open(void **state)
{
    LaneDesk *desk = calloc(1, sizeof *desk);
    test_database_open(&desk->base);
    failing_driver_wrap(&desk->driver, desk->base.database);
    assert_no_error(lane_start(desk->base.arena, desk->base.database, &desk_hooks, desk,
                               LANE_DESK_MAX_WAITING, &desk->lane));
    assert_no_error(lane_run(desk->lane, desk->base.arena, make_table, NULL));
    *state = desk;
    return 0;
}

int lane_desk_close(void **state)
{
    LaneDesk *desk = *state;
    lane_stop(desk->lane);
    test_database_close(&desk->base);
    free(desk);
    return 0;
}

int64_t lane_desk_count_items(const LaneDesk *desk)
{
    return test_database_number(desk->base.reader, "SELECT count(*) FROM item");
}

bool lane_desk_has_item(const LaneDesk *desk, int64_t number)
{
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    SqlConnection *reader = desk->base.reader;
    SqlText text = sql_text_new(reader);
    sql_put(&text, "SELECT 1 FROM item WHERE number = ");
    sql_put_value(&text, sql_int(number));
    assert_no_error(sql_query(reader, &text, &rows));
    assert_no_error(sql_next(&rows, &has_row));
    return has_row;
}

Error *lane_desk_add_number(void *context, SqlConnection *connection)
{
    SqlText text = sql_text_new(connection);
    sql_put(&text, "INSERT INTO item VALUES (");
    sql_put_value(&text, sql_int(*(const int64_t *)context));
    sql_put(&text, ")");
    TRY(sql_execute(connection, &text, NULL));
    sql_note_change(connection,
                    (SqlChange){ .row_id = *(const int64_t *)context, .kind = SQL_ROW_ADDED });
    return NULL;
}

static Error *run_number_job(LaneJob *lane_job, SqlConnection *connection)
{
    NumberJob *job = (NumberJob *)lane_job;
    if (job->plan != NULL)
        job->desk->driver.plan = *job->plan;
    job->error = lane_desk_add_number(&job->number, connection);
    if (job->error == NULL && job->fails)
        job->error = error_new(lane_job->arena, ERROR_CONFLICT, "Number %d failed as it was told",
                               (int)job->number);
    if (job->gate != NULL)
        sem_wait(job->gate);
    return job->error;
}

static void finish_number_job(LaneJob *lane_job, Error *lost)
{
    NumberJob *job = (NumberJob *)lane_job;
    job->lost = lost;
    job->is_finished = true;
    job->finish_order = (*job->finished)++;
    sem_post(job->done);
}

void batch_init(Batch *out, LaneDesk *desk, int64_t first, size_t count)
{
    *out = (Batch){ .jobs = calloc(count, sizeof *out->jobs), .count = count };
    sem_init(&out->done, 0, 0);
    for (size_t i = 0; i < count; i++)
        out->jobs[i] = (NumberJob){ .job = { .run = run_number_job,
                                             .finish = finish_number_job,
                                             .arena = arena_new(1024, (size_t)1 << 20) },
                                    .desk = desk,
                                    .number = first + (int64_t)i,
                                    .finished = &out->finished,
                                    .done = &out->done };
}

void batch_submit(Batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        assert_no_error(lane_submit(batch->jobs[i].desk->lane, &batch->jobs[i].job));
}

void batch_await(Batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        sem_wait(&batch->done);
}

void batch_deinit(Batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        arena_free(batch->jobs[i].job.arena);
    sem_destroy(&batch->done);
    free(batch->jobs);
}

static Error *run_gate(LaneJob *lane_job, SqlConnection *connection)
{
    GateJob *gate = (GateJob *)lane_job;
    (void)connection;
    sem_post(&gate->is_in);
    sem_wait(&gate->may_go);
    return NULL;
}

static void finish_gate(LaneJob *lane_job, Error *lost)
{
    GateJob *gate = (GateJob *)lane_job;
    (void)lost;
    sem_post(&gate->is_out);
}

void gate_close(LaneDesk *desk, GateJob *out)
{
    *out =
        (GateJob){ .job = { .run = run_gate, .finish = finish_gate, .arena = desk->base.arena } };
    sem_init(&out->is_in, 0, 0);
    sem_init(&out->may_go, 0, 0);
    sem_init(&out->is_out, 0, 0);
    assert_no_error(lane_submit(desk->lane, &out->job));
    sem_wait(&out->is_in);
}

void gate_open(GateJob *gate)
{
    sem_post(&gate->may_go);
    sem_wait(&gate->is_out);
    sem_destroy(&gate->is_in);
    sem_destroy(&gate->may_go);
    sem_destroy(&gate->is_out);
}
