#pragma once
/* Migration: makes the database's tables, indexes and side indexes what the schema says: what is
 * missing is added, an index of ours that no definition wants any more is dropped; tables and
 * columns with data are never dropped here. Runs inside the caller's transaction, so it happens
 * whole or not at all. Running it again changes nothing. */

#include "schema/schema.h"
#include "sql/sql.h"

typedef struct Migration {
    size_t changes;             /* statements that changed something */
    const SideIndex **refilled; /* side indexes that were made anew, and rows may belong in them */
    size_t refilled_count;
} Migration;

/* UNAVAILABLE: the data directory was written by a newer version. */
Error *migration_run(SqlConnection *connection, const Schema *schema, SqlPatience patience,
                     Migration *out) must_check;
/* The tables alone, so that they can be filled before migration_run gives them their indexes. */
Error *migration_make_tables(SqlConnection *connection, const Schema *schema) must_check;

/* Something that the database has and the schema does not know: a table, or a column of one. */
typedef struct MigrationExtra {
    Str table;
    Str column; /* none = the whole table */
} MigrationExtra;

typedef struct MigrationExtras {
    MigrationExtra *items;
    size_t count;
} MigrationExtras;

/* Only looks: whether migration_run would find every table and column. UNAVAILABLE: no, or there is
 * no instance in the database. */
Error *migration_check(SqlConnection *connection, const Schema *schema,
                       MigrationExtras *out) must_check;
