#pragma once
/* Migration, for its own files: what one run knows. */

#include "schema/migration.h"

typedef struct Names {
    Str *items;
    size_t count;
} Names;

typedef struct Migrator {
    SqlConnection *connection;
    Migration *result;
    Names tables;
    const Column **added; /* columns that are not there before it */
    size_t added_count;
} Migrator;

bool migrator_names_have(const Names *names, Str name);
/* Runs a statement that changes tables, and counts it. */
Error *migrator_change(Migrator *migrator, const SqlText *text) must_check;

/* The entity's side indexes; those that rows may belong in are named in the result. */
Error *migration_search_indexes(Migrator *migrator, const Entity *entity) must_check;
/* A side index of fields that nobody writes any more falls behind: when they come back it has to be
 * made anew. */
Error *migration_search_forget(Migrator *migrator, const Schema *schema) must_check;
