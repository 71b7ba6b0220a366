#pragma once
/* Reader pool: the reading connections of a database. Who reads takes one and gives it back; the
 * one that was given back last goes first, because what it has prepared and cached is the freshest.
 * With all of them taken a taker waits, for a bounded time. Threads: any. */

#include "sql/sql.h"

typedef struct ReaderPool ReaderPool;

/* `max_connections` 0 = one for everybody who asks. `wait_ms`: how long a taker waits. */
ReaderPool *reader_pool_new(SqlDatabase *database, unsigned max_connections, unsigned wait_ms);
/* Closes the connections; all must have been given back. */
void reader_pool_free(ReaderPool *pool);
/* UNAVAILABLE when none gets free in time, or none can be opened. */
Error *reader_pool_take(ReaderPool *pool, Arena *arena, SqlConnection **out) must_check;
void reader_pool_give(ReaderPool *pool, SqlConnection *connection);
/* Closes those that nobody has taken. */
void reader_pool_drop_idle(ReaderPool *pool);
/* Calls `act` for every connection that is taken. */
void reader_pool_visit_taken(ReaderPool *pool, void (*act)(SqlConnection *connection));
