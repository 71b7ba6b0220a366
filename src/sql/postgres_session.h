#pragma once
/* Session: what this driver keeps of a database and of a connection to it, and how a connection is
 * opened, and opened again when it was lost. For the files of this driver only. */

#include "sql/driver.h"
#include "sql/postgres_dial.h"
#include "sql/postgres_listener.h"
#include "sql/postgres_pipeline.h"
#include "sql/statement_cache.h"

typedef struct PostgresDatabase {
    SqlDatabase base;
    char *url;
    PostgresListener *listener;
    PostgresBackOff back_off;
    pthread_mutex_t lock; /* guards the cancellers of the connections */
} PostgresDatabase;

typedef struct PostgresConnection {
    SqlConnection base;
    PGconn *handle;
    PGcancel *canceller; /* of the handle, for other threads; guarded by the database's lock */
    PostgresPipeline pipeline;
    StatementCache cache;
    uint64_t prepared;       /* so far: the next statement's name */
    bool has_unproven_names; /* statements are under way that nobody knows to be prepared yet */
    bool must_forget_names;  /* the server may have prepared what the cache does not know */
    int64_t timeout_ms;      /* what the session has; 0 = not known */
    int64_t changed_rows;
    bool is_writer;
    bool is_in_transaction; /* a writer's: BEGIN is on its way at least */
    bool has_begun;         /* a reader's: a statement of this read has gone */
    bool is_last;           /* a reader's: no statement follows those that are queued */
} PostgresConnection;

/* A connection that is set up for its use. With back-off, for all connections of the database
 * together: UNAVAILABLE. */
Error *postgres_session_dial(Arena *arena, PostgresDatabase *database, bool is_writer,
                             PGconn **out) must_check;
/* From here on the connection works with this handle and nothing prepared; NULL = with none. */
void postgres_session_set(PostgresConnection *connection, PostgresDatabase *database,
                          PGconn *handle);
/* The same connection, opened anew. */
Error *postgres_session_renew(PostgresConnection *connection) must_check;
/* `handle` NULL: it was not even tried. */
Error *postgres_unreachable(Arena *arena, const PGconn *handle) __attribute__((returns_nonnull));
