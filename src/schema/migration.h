#pragma once
/* Migration: makes the database's tables, indexes and side indexes what the schema says: what is
 * missing is added, an index of ours that no definition wants any more is dropped; tables and
 * columns with data are never dropped here. Runs inside the caller's transaction, so it happens
 * whole or not at all. Running it again changes nothing. */

#include "schema/schema.h"
#include "sql/sql.h"

typedef struct Migration {
    size_t changes;          /* statements that changed something */
    const Entity **refilled; /* entities whose side index was made anew and is empty */
    size_t refilled_count;
} Migration;

/* UNAVAILABLE: the data directory was written by a newer version. */
Error *migration_run(SqlConnection *connection, const Schema *schema, Migration *out) must_check;
