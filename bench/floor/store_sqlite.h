#pragma once
/* The embedded engine's store, for its lane: statements and the write-ahead log. */

#include <sqlite3.h>

#include "store.h"

struct Store {
    const Plan *plan;
    sqlite3 *handle;
    sqlite3_stmt *begin;
    sqlite3_stmt *commit;
    sqlite3_stmt *shapes[PLAN_SHAPES];
    sqlite3_stmt *many[PLAN_SHAPES][PLAN_MAX_MANY];
    sqlite3_stmt *sql[PLAN_SQLS];
    Text scratch;
    int wal_pages;
    Totals totals;
};

/* Runs a statement that gives no rows, or whose rows nobody wants, to its end; its bindings stay.
 */
void store_run(Store *store, sqlite3_stmt *statement);
/* Like store_read, in the transaction that is open. */
bool store_put_record(Store *store, PlanShapeId shape, const char *id, size_t id_len, Text *out);
