#pragma once
/* A database server's store, for its lane: statements queued in pipeline mode, and their results in
 * the same order.
 *
 *   store_queue ... store_queue   store_ask   store_take ... store_take      one round trip
 *
 * Text is sent as it lies, numbers as digits; results come as text. */

#include <libpq-fe.h>

#include "store.h"

#define STORE_NAME_SIZE 32

typedef struct Values {
    const char *data[PLAN_MAX_BINDS];
    int lengths[PLAN_MAX_BINDS];
    int formats[PLAN_MAX_BINDS];
    int count;
} Values;

/* The rest is not touched: it would be 1.5 KB a statement. */
static inline void values_clear(Values *values)
{
    values->count = 0;
}

static inline void values_put_text(Values *values, const char *data, size_t len)
{
    values->data[values->count] = data;
    values->lengths[values->count] = (int)len;
    values->formats[values->count++] = 1; /* as bytes, which text is anyway: they have a length */
}

/* NULL for null. */
static inline void values_put_digits(Values *values, const char *digits)
{
    values->data[values->count] = digits;
    values->formats[values->count++] = 0;
}

/* Names of what is prepared. */
struct Store {
    const Plan *plan;
    PGconn *handle;
    char shapes[PLAN_SHAPES][STORE_NAME_SIZE];
    char many[PLAN_SHAPES][PLAN_MAX_MANY][STORE_NAME_SIZE];
    char sql[PLAN_SQLS][STORE_NAME_SIZE];
    Totals totals;
};

/* Of a writer: prepared, too. */
#define STORE_BEGIN "begin"
#define STORE_COMMIT "commit"

/* `values` may be NULL. They are copied into the connection's buffer. */
void store_queue(Store *store, const char *name, const Values *values);
/* Sends what is queued and lets the server answer it; the transaction stays open. */
void store_ask(Store *store);
/* The same, and ends the transaction if it was not begun by STORE_BEGIN. */
void store_ask_last(Store *store);
/* The next statement's result; the caller clears it. */
PGresult *store_take(Store *store);
/* Results of so many statements that nobody wants. */
void store_skip(Store *store, int count);
/* After all results of store_ask_last. */
void store_take_end(Store *store);

/* The record's statement, and those for what it is linked to. */
void store_queue_record(Store *store, PlanShapeId shape, const char *id, size_t id_len);
/* Takes their results and writes the record as JSON; false when there is none. */
bool store_put_record(Store *store, PlanShapeId shape, Text *out);
