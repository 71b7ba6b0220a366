#pragma once
/* Query desk: the test model and an arena, for tests that need no database. */

#include "schema/schema.h"
#include "sql/sql_text.h"

typedef struct QueryDesk {
    Arena *arena;
    Schema *schema;
    const Entity *item;
} QueryDesk;

/* Fixtures; `*state` is the QueryDesk. */
int query_desk_open(void **state);
int query_desk_close(void **state);

/* The SQL, " | " and the values: text in quotes, real numbers with an `r`. */
Str query_desk_show(Arena *arena, const SqlText *text);
/* An empty text of the embedded engine's dialect. */
SqlText query_desk_text(const QueryDesk *desk);
void assert_shown(Str got, const char *wanted, const char *what);
