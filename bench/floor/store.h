#pragma once
/* Store: one SQLite connection with all statements of the plan prepared, used by one thread.
 * Pragmas, limits, collation and page cache are the product's. A wrong statement ends the program;
 * a benchmark has nobody to tell. */

#include <sqlite3.h>

#include "plan.h"
#include "text.h"

#define STORE_TERM_SLOTS 1024 /* cached totals, as many as the product keeps */
#define STORE_MAX_TERM 64

typedef struct StoreOptions {
    const char *path;
    const Plan *plan;
    unsigned cache_kib; /* of the writer; a reader has an eighth */
} StoreOptions;

typedef struct Store {
    const Plan *plan;
    sqlite3 *handle;
    sqlite3_stmt *begin;
    sqlite3_stmt *commit;
    sqlite3_stmt *shapes[PLAN_SHAPES];
    sqlite3_stmt *many[PLAN_SHAPES][PLAN_MAX_MANY];
    sqlite3_stmt *sql[PLAN_SQLS];
    Text scratch;
    int wal_pages;
    struct {
        char term[STORE_MAX_TERM];
        int64_t version;
        int64_t total;
    } totals[STORE_TERM_SLOTS];
} Store;

typedef struct StorePage {
    const char *term; /* NULL: no filter */
    size_t term_len;
    int64_t rows;
    int64_t offset;
} StorePage;

Store *store_open(const StoreOptions *options, bool is_writer);
/* Runs a statement that gives no rows, or whose rows nobody wants, to its end; its bindings stay.
 */
void store_run(Store *store, sqlite3_stmt *statement);
/* Writes the record as JSON; false when there is none. The caller has begun a transaction. */
bool store_read(Store *store, PlanShapeId shape, const char *id, size_t id_len, Text *out);
/* Writes {"total":..,"list":[..]} of one snapshot. */
void store_list(Store *store, const StorePage *page, Text *out);
