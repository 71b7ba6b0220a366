#pragma once
/* Store: one connection to the database with all statements of the plan prepared, used by one
 * thread. Two of them: store_sqlite.c for the embedded engine, store_postgres.c for a database
 * server; a floor program is linked with one, and its connections are set up like the product's.
 * A statement that fails ends the program; a benchmark has nobody to tell. */

#include "plan.h"
#include "text.h"
#include "totals.h"

typedef struct StoreOptions {
    const char *location; /* a file, or the URL of a database */
    const Plan *plan;
    unsigned cache_kib; /* embedded only: of the writer; a reader has an eighth */
} StoreOptions;

typedef struct StorePage {
    const char *term; /* NULL: no filter */
    size_t term_len;  /* < TOTALS_MAX_TERM */
    int64_t rows;
    int64_t offset;
} StorePage;

typedef struct Store Store;

/* Once, before any other call. */
void store_start(void);
Store *store_open(const StoreOptions *options, bool is_writer);
/* Writes the record as JSON, of one snapshot; false when there is none. */
bool store_read(Store *store, PlanShapeId shape, const char *id, size_t id_len, Text *out);
/* Writes {"total":..,"list":[..]} of one snapshot. */
void store_list(Store *store, const StorePage *page, Text *out);
