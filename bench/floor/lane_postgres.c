#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "lane_private.h"
#include "store_postgres.h"

#define WRITERS 4
#define ROW_KEY_SIZE 24

/* A row of the job whose side index row is still to be written. */
typedef struct Added {
    NewRow row;
    char row_key[ROW_KEY_SIZE];
} Added;

/* One writing connection and its thread. */
typedef struct Writer {
    Store *store;
    Added *added;
    size_t added_count;
    size_t added_capacity;
    Text folded; /* of the row that is being queued */
} Writer;

static void put_bind(Values *values, const PlanBind *bind, const NewRow *row)
{
    switch (bind->source) {
    case PLAN_FROM_ID:
        values_put_text(values, row->id, ROW_ID_LEN);
        break;
    case PLAN_FROM_NAME:
        values_put_text(values, row->name, row->name_len);
        break;
    case PLAN_FROM_SKU:
        values_put_text(values, row->sku, row->sku_len);
        break;
    case PLAN_FROM_NOW:
        values_put_text(values, row_now(), ROW_NOW_LEN);
        break;
    case PLAN_FROM_INT:
    case PLAN_FROM_REAL:
        values_put_digits(values, bind->text);
        break;
    case PLAN_FROM_TEXT:
        values_put_text(values, bind->text, bind->len);
        break;
    default:
        values_put_digits(values, NULL);
        break;
    }
}

static void remember_added(Writer *writer, const NewRow *row)
{
    if (writer->added_count == writer->added_capacity) {
        writer->added_capacity = writer->added_capacity * 2 + 128;
        writer->added = realloc(writer->added, writer->added_capacity * sizeof *writer->added);
        if (writer->added == NULL)
            err(1, "memory");
    }
    writer->added[writer->added_count++] = (Added){ .row = *row };
}

static void queue_change(Writer *writer, PlanSqlId change, const char *id, size_t id_len)
{
    Values values;
    values_clear(&values);
    values_put_text(&values, id, id_len);
    store_queue(writer->store, writer->store->sql[change], &values);
}

/* All rows of the body, in one go with the transaction's begin. */
static void queue_rows(Writer *writer, const LaneJob *job)
{
    const Plan *plan = writer->store->plan;
    const char *at = job->body;
    NewRow row;
    writer->added_count = 0;
    store_queue(writer->store, STORE_BEGIN, NULL);
    while (row_next(&at, job->body + job->body_len, &row)) {
        Values values;
        values_clear(&values);
        for (int i = 0; i < plan->bind_count; i++)
            put_bind(&values, &plan->binds[i], &row);
        store_queue(writer->store, writer->store->sql[PLAN_INSERT], &values);
        queue_change(writer, PLAN_ADDED, row.id, ROW_ID_LEN);
        remember_added(writer, &row);
    }
}

static void queue_reading(Writer *writer)
{
    for (size_t i = 0; i < writer->added_count; i++)
        store_queue_record(writer->store, PLAN_FULL, writer->added[i].row.id, ROW_ID_LEN);
}

static void take_row_keys(Writer *writer)
{
    store_skip(writer->store, 1); /* the begin */
    for (size_t i = 0; i < writer->added_count; i++) {
        PGresult *result = store_take(writer->store);
        if (PQntuples(result) != 1 || PQgetlength(result, 0, 0) >= ROW_KEY_SIZE)
            errx(1, "a new row is there already");
        memcpy(writer->added[i].row_key, PQgetvalue(result, 0, 0),
               (size_t)PQgetlength(result, 0, 0) + 1);
        PQclear(result);
        store_skip(writer->store, 1); /* its row in the change log */
    }
}

static void queue_search_row(Writer *writer, const Added *added)
{
    const Plan *plan = writer->store->plan;
    NewRow row = added->row;
    Values values;
    values_clear(&values);
    writer->folded.len = 0;
    text_put(&writer->folded, row.name, row.name_len);
    text_put(&writer->folded, row.sku, row.sku_len);
    row_fold(writer->folded.data, writer->folded.len);
    row.name = writer->folded.data;
    row.sku = writer->folded.data + row.name_len;
    values_put_digits(&values, added->row_key);
    for (int i = 0; i < plan->searched_count; i++)
        put_bind(&values, &plan->binds[plan->searched[i]], &row);
    store_queue(writer->store, writer->store->sql[PLAN_SEARCH], &values);
}

static void queue_commit(Writer *writer)
{
    char count[24];
    Values values;
    values_clear(&values);
    snprintf(count, sizeof count, "%zu", writer->added_count);
    values_put_digits(&values, count);
    store_queue(writer->store, writer->store->sql[PLAN_COUNTED], &values);
    store_queue(writer->store, STORE_COMMIT, NULL);
    store_ask_last(writer->store);
}

/* Side index, counter, commit: one round trip. */
static void finish_rows(Writer *writer)
{
    for (size_t i = 0; i < writer->added_count; i++)
        queue_search_row(writer, &writer->added[i]);
    queue_commit(writer);
    store_skip(writer->store, (int)writer->added_count + 2);
    store_take_end(writer->store);
}

static void put_batch(Writer *writer, Text *out)
{
    for (size_t i = 0; i < writer->added_count; i++) {
        lane_open_item(out, i == 0);
        store_put_record(writer->store, PLAN_FULL, out);
        lane_close_item(out);
    }
    text_put_byte(out, ']');
}

/* Two round trips: the side index needs the keys that the server gives to the rows. */
static void run_insert(Writer *writer, const LaneJob *job)
{
    queue_rows(writer, job);
    queue_reading(writer);
    store_ask(writer->store);
    take_row_keys(writer);
    if (job->kind == LANE_BATCH)
        put_batch(writer, job->out);
    else
        store_put_record(writer->store, PLAN_FULL, job->out);
    finish_rows(writer);
}

/* One round trip. */
static void run_update(Writer *writer, const LaneJob *job)
{
    char number[32];
    Values values;
    values_clear(&values);
    snprintf(number, sizeof number, "%.17g", row_number(job->body, job->body_len));
    values_put_digits(&values, number);
    values_put_text(&values, row_now(), ROW_NOW_LEN);
    values_put_text(&values, job->id, job->id_len);
    writer->added_count = 0;
    store_queue(writer->store, STORE_BEGIN, NULL);
    store_queue(writer->store, writer->store->sql[PLAN_UPDATE], &values);
    queue_change(writer, PLAN_CHANGED, job->id, job->id_len);
    store_queue_record(writer->store, PLAN_FULL, job->id, job->id_len);
    queue_commit(writer);
    store_skip(writer->store, 3);
    store_put_record(writer->store, PLAN_FULL, job->out);
    store_skip(writer->store, 2);
    store_take_end(writer->store);
}

static void *run_writer(void *argument)
{
    Writer *writer = argument;
    for (;;) {
        LaneJob *job = lane_take(true);
        if (job->kind == LANE_UPDATE)
            run_update(writer, job);
        else
            run_insert(writer, job);
        lane_note_commit(1);
        job->finish(job);
    }
    return NULL;
}

void lane_start(const StoreOptions *options)
{
    static Writer writers[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        writers[i].store = store_open(options, true);
        lane_start_thread(run_writer, &writers[i]);
    }
}
