#include "store_postgres.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

void store_start(void)
{
}

/* ---- opening ---- */

static void run_text(Store *store, const char *statements)
{
    PGresult *result = PQexec(store->handle, statements);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        errx(1, "%s: %s", statements, PQerrorMessage(store->handle));
    PQclear(result);
}

static void prepare(Store *store, const char *name, const char *sql)
{
    PGresult *result = PQprepare(store->handle, name, sql, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        errx(1, "%s: %s", sql, PQerrorMessage(store->handle));
    PQclear(result);
}

static void prepare_shape(Store *store, PlanShapeId id)
{
    const PlanShape *shape = &store->plan->shapes[id];
    snprintf(store->shapes[id], STORE_NAME_SIZE, "shape%d", id);
    prepare(store, store->shapes[id], shape->sql);
    for (int i = 0; i < shape->many_count; i++) {
        snprintf(store->many[id][i], STORE_NAME_SIZE, "many%d_%d", id, i);
        prepare(store, store->many[id][i], shape->many[i].sql);
    }
}

static void prepare_all(Store *store)
{
    prepare(store, STORE_BEGIN, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
    prepare(store, STORE_COMMIT, "COMMIT");
    for (int i = 0; i < PLAN_SQLS; i++) {
        snprintf(store->sql[i], STORE_NAME_SIZE, "sql%d", i);
        prepare(store, store->sql[i], store->plan->sql[i]);
    }
    for (int i = 0; i < PLAN_SHAPES; i++)
        prepare_shape(store, (PlanShapeId)i);
}

/* A reader's statements up to store_ask_last are a transaction by themselves, of one snapshot. */
Store *store_open(const StoreOptions *options, bool is_writer)
{
    Store *store = calloc(1, sizeof *store);
    if (store == NULL)
        err(1, "memory");
    store->plan = options->plan;
    store->handle = PQconnectdb(options->location);
    if (PQstatus(store->handle) != CONNECTION_OK)
        errx(1, "%s", PQerrorMessage(store->handle));
    run_text(store, "SET jit = off; SET random_page_cost = 1.1; SET "
                    "max_parallel_workers_per_gather = 0; SET extra_float_digits = 1");
    if (!is_writer)
        run_text(store, "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL "
                        "REPEATABLE READ READ ONLY");
    prepare_all(store);
    if (!PQenterPipelineMode(store->handle))
        errx(1, "no pipeline mode");
    return store;
}

/* ---- statements ---- */

void store_queue(Store *store, const char *name, const Values *values)
{
    static const Values none;
    const Values *sent = values == NULL ? &none : values;
    if (!PQsendQueryPrepared(store->handle, name, sent->count, sent->data, sent->lengths,
                             sent->formats, 0))
        errx(1, "%s: %s", name, PQerrorMessage(store->handle));
}

void store_ask(Store *store)
{
    if (!PQsendFlushRequest(store->handle) || PQflush(store->handle) < 0)
        errx(1, "%s", PQerrorMessage(store->handle));
}

void store_ask_last(Store *store)
{
    if (!PQpipelineSync(store->handle))
        errx(1, "%s", PQerrorMessage(store->handle));
}

PGresult *store_take(Store *store)
{
    PGresult *result = PQgetResult(store->handle);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        errx(1, "%s: %s", PQresStatus(status), PQerrorMessage(store->handle));
    if (PQgetResult(store->handle) != NULL)
        errx(1, "a statement with two results");
    return result;
}

void store_skip(Store *store, int count)
{
    while (count-- > 0)
        PQclear(store_take(store));
}

void store_take_end(Store *store)
{
    PGresult *result = PQgetResult(store->handle);
    if (PQresultStatus(result) != PGRES_PIPELINE_SYNC)
        errx(1, "a result too many: %s", PQerrorMessage(store->handle));
    PQclear(result);
}

/* ---- records ---- */

static void put_string(Text *out, const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        TEXT_PUT_LITERAL(out, "null");
    else
        text_put_string(out, PQgetvalue(result, row, column),
                        (size_t)PQgetlength(result, row, column));
}

static void put_column(Text *out, const PGresult *result, int row, int column, PlanKind kind)
{
    if (kind == PLAN_TEXT || PQgetisnull(result, row, column)) {
        put_string(out, result, row, column);
        return;
    }
    const char *value = PQgetvalue(result, row, column);
    if (kind != PLAN_BOOL) /* the server's digits are JSON's, and JSON is stored as such */
        text_put(out, value, (size_t)PQgetlength(result, row, column));
    else if (value[0] != '0')
        TEXT_PUT_LITERAL(out, "true");
    else
        TEXT_PUT_LITERAL(out, "false");
}

static void put_row(Text *out, const PlanShape *shape, const PGresult *result, int row)
{
    for (int i = 0; i < shape->key_count; i++) {
        if (i > 0)
            text_put_byte(out, ',');
        text_put(out, shape->keys[i].quoted, shape->keys[i].len);
        put_column(out, result, row, i, shape->keys[i].kind);
    }
}

static void put_many(Text *out, const PlanMany *many, const PGresult *result)
{
    int count = PQntuples(result);
    text_put_byte(out, ',');
    text_put(out, many->ids.quoted, many->ids.len);
    text_put_byte(out, '[');
    for (int i = 0; i < count; i++) {
        if (i > 0)
            text_put_byte(out, ',');
        put_string(out, result, i, 0);
    }
    TEXT_PUT_LITERAL(out, "],");
    text_put(out, many->names.quoted, many->names.len);
    text_put_byte(out, '{');
    for (int i = 0; i < count; i++) {
        if (i > 0)
            text_put_byte(out, ',');
        put_string(out, result, i, 0);
        text_put_byte(out, ':');
        put_string(out, result, i, 1);
    }
    text_put_byte(out, '}');
}

void store_queue_record(Store *store, PlanShapeId shape, const char *id, size_t id_len)
{
    Values values;
    values_clear(&values);
    values_put_text(&values, id, id_len);
    store_queue(store, store->shapes[shape], &values);
    for (int i = 0; i < store->plan->shapes[shape].many_count; i++)
        store_queue(store, store->many[shape][i], &values);
}

bool store_put_record(Store *store, PlanShapeId shape, Text *out)
{
    const PlanShape *plan = &store->plan->shapes[shape];
    PGresult *result = store_take(store);
    bool is_there = PQntuples(result) > 0;
    if (is_there) {
        text_put_byte(out, '{');
        put_row(out, plan, result, 0);
    }
    PQclear(result);
    for (int i = 0; i < plan->many_count; i++) {
        result = store_take(store);
        if (is_there)
            put_many(out, &plan->many[i], result);
        PQclear(result);
    }
    if (is_there)
        text_put_byte(out, '}');
    return is_there;
}

bool store_read(Store *store, PlanShapeId shape, const char *id, size_t id_len, Text *out)
{
    store_queue_record(store, shape, id, id_len);
    store_ask_last(store);
    bool is_there = store_put_record(store, shape, out);
    store_take_end(store);
    return is_there;
}

/* ---- lists ---- */

typedef struct Found {
    int64_t version;
    int64_t total;
    PGresult *rows; /* NULL when none are wanted */
} Found;

static int64_t number_at(const PGresult *result, int column)
{
    return PQntuples(result) == 0 ? 0 : strtoll(PQgetvalue(result, 0, column), NULL, 10);
}

static void queue_list(Store *store, const StorePage *page, PlanShapeId shape, bool counts)
{
    char pattern[TOTALS_MAX_TERM + 2];
    char rows[24];
    char offset[24];
    Values values;
    values_clear(&values);
    store_queue(store, store->sql[PLAN_COUNTER], NULL);
    if (page->term != NULL) {
        pattern[0] = '%';
        memcpy(pattern + 1, page->term, page->term_len);
        pattern[page->term_len + 1] = '%';
        values_put_text(&values, pattern, page->term_len + 2);
    }
    if (counts)
        store_queue(store, store->sql[PLAN_COUNT], &values);
    if (page->rows == 0)
        return;
    snprintf(rows, sizeof rows, "%lld", (long long)page->rows);
    snprintf(offset, sizeof offset, "%lld", (long long)page->offset);
    values_put_digits(&values, rows);
    values_put_digits(&values, offset);
    store_queue(store, store->shapes[shape], &values);
}

/* One round trip, with the count of the filter or without. */
static Found find(Store *store, const StorePage *page, PlanShapeId shape, bool counts)
{
    queue_list(store, page, shape, counts);
    store_ask_last(store);
    PGresult *counter = store_take(store);
    Found found = { .total = number_at(counter, 0), .version = number_at(counter, 1) };
    PQclear(counter);
    if (counts) {
        PGresult *count = store_take(store);
        found.total = number_at(count, 0);
        PQclear(count);
        totals_keep(&store->totals, page->term, page->term_len, found.version, found.total);
    }
    if (page->rows > 0)
        found.rows = store_take(store);
    store_take_end(store);
    return found;
}

/* A total that is known is taken to hold; if the counter says otherwise, all is asked again. */
static Found find_filtered(Store *store, const StorePage *page)
{
    const Total *known = totals_find(&store->totals, page->term, page->term_len);
    if (known == NULL)
        return find(store, page, PLAN_SEEK, true);
    Found found = find(store, page, PLAN_SEEK, false);
    if (found.version == known->version) {
        found.total = known->total;
        return found;
    }
    PQclear(found.rows);
    return find(store, page, PLAN_SEEK, true);
}

static void put_rows(Store *store, PlanShapeId shape, const PGresult *rows, Text *out)
{
    int count = PQntuples(rows);
    TEXT_PUT_LITERAL(out, ",\"list\":[");
    for (int i = 0; i < count; i++) {
        if (i > 0)
            text_put_byte(out, ',');
        text_put_byte(out, '{');
        put_row(out, &store->plan->shapes[shape], rows, i);
        text_put_byte(out, '}');
    }
    text_put_byte(out, ']');
}

void store_list(Store *store, const StorePage *page, Text *out)
{
    bool is_filtered = page->term != NULL;
    Found found = is_filtered ? find_filtered(store, page) : find(store, page, PLAN_PAGE, false);
    TEXT_PUT_LITERAL(out, "{\"total\":");
    text_put_int(out, found.total);
    if (found.rows != NULL)
        put_rows(store, is_filtered ? PLAN_SEEK : PLAN_PAGE, found.rows, out);
    text_put_byte(out, '}');
    PQclear(found.rows);
}
