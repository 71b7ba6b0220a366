#include "sql/driver_postgres.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "sql/postgres_catalog.h"
#include "sql/postgres_error.h"
#include "sql/postgres_log_state.h"
#include "sql/postgres_statement.h"

#define WRITE_LANES 4
/* A read's limit counts the waiting too: what is meant as a few ms of work gets so much. */
#define SHORTEST_LIMIT_MS 100
/* Names the lock of a process that changes tables; the same number in every version. */
#define MIGRATION_LOCK "7205759403792793"

/* The rows of a statement, all of them, and the one under the cursor. */
typedef struct PostgresRows {
    PGresult *result;
    int row;
} PostgresRows;

static PostgresConnection *postgres_of(SqlConnection *connection)
{
    return (PostgresConnection *)connection;
}

static const PostgresRows *rows_of(const SqlRows *rows)
{
    return rows->statement;
}

static bool takes(Str location)
{
    return str_starts_with(location, STR("postgresql://")) ||
           str_starts_with(location, STR("postgres://"));
}

/* ---- opening ---- */

static Error *open_postgres(Arena *arena, const SqlOptions *options, SqlDatabase **out)
{
    char *url = str_copy_c(arena, options->location);
    char *refusal = NULL;
    PQconninfoOption *parsed = PQconninfoParse(url, &refusal);
    PQconninfoFree(parsed);
    PQfreemem(refusal); /* it may show a piece of the URL, and of the password */
    if (parsed == NULL)
        return error_new(arena, ERROR_INVALID,
                         "The database's URL can't be read; it is "
                         "postgresql://USER:PASSWORD@HOST:PORT/NAME, with %%XX for characters of "
                         "its own syntax");
    PostgresDatabase *database = memory_zalloc(sizeof *database);
    database->url = memory_copy_text(url);
    pthread_mutex_init(&database->lock, NULL);
    postgres_back_off_init(&database->back_off);
    *out = &database->base;
    return NULL;
}

static void close_postgres(SqlDatabase *base)
{
    PostgresDatabase *database = (PostgresDatabase *)base;
    postgres_back_off_deinit(&database->back_off);
    pthread_mutex_destroy(&database->lock);
    memory_free(database->url);
    memory_free(database);
}

static void interrupt(SqlConnection *base)
{
    char refusal[256];
    const PostgresConnection *connection = postgres_of(base);
    PostgresDatabase *database = (PostgresDatabase *)base->database;
    pthread_mutex_lock(&database->lock);
    if (connection->canceller != NULL)
        PQcancel(connection->canceller, refusal, sizeof refusal);
    pthread_mutex_unlock(&database->lock);
}

static Error *connect_postgres(Arena *arena, SqlDatabase *base, bool is_writer, SqlConnection **out)
{
    PGconn *handle = NULL;
    TRY(postgres_session_dial(arena, (PostgresDatabase *)base, is_writer, &handle));
    PostgresConnection *connection = memory_zalloc(sizeof *connection);
    postgres_session_set(connection, (PostgresDatabase *)base, handle);
    connection->is_writer = is_writer;
    *out = &connection->base;
    return NULL;
}

static void disconnect(SqlConnection *base)
{
    PostgresConnection *connection = postgres_of(base);
    postgres_session_set(connection, (PostgresDatabase *)base->database, NULL);
    memory_free(connection);
}

/* ---- statements ---- */

/* What is left to do when something that was queued has failed; `result` may be NULL. */
static Error *failure(PostgresConnection *connection, PGresult *result)
{
    SqlConnection *base = &connection->base;
    Error *error = connection->pipeline.is_lost && result == NULL
                       ? postgres_unreachable(base->arena, connection->handle)
                       : postgres_error(base, connection->handle, result);
    PQclear(result);
    base->is_broken = base->is_broken || connection->pipeline.is_lost;
    /* A transaction that ends with its connection before its COMMIT is not stored. */
    base->may_run_again = base->may_run_again || (base->is_broken && connection->is_writer);
    if (connection->has_unproven_names) {
        statement_cache_clear(&connection->cache, NULL);
        connection->has_unproven_names = false;
        connection->must_forget_names = true;
    }
    connection->timeout_ms = 0; /* set in the transaction that is gone, maybe */
    return error;
}

/* Waits for all that is queued; the last result may be NULL. */
static Error *take(PostgresConnection *connection, PGresult **out)
{
    PGresult *result = NULL;
    bool ends_round =
        connection->base.is_reading ? connection->is_last : !connection->is_in_transaction;
    connection->has_begun = connection->has_begun && !ends_round;
    connection->is_last = false;
    if (!postgres_pipeline_take(&connection->pipeline, ends_round, &result))
        return failure(connection, result);
    connection->has_unproven_names = false;
    *out = result;
    return NULL;
}

static Error *settle(SqlConnection *base)
{
    PGresult *result = NULL;
    PostgresConnection *connection = postgres_of(base);
    if (connection->pipeline.outstanding == 0)
        return NULL;
    TRY(take(connection, &result));
    PQclear(result);
    return NULL;
}

/* Several commands without values. */
static Error *run_script(PostgresConnection *connection, const char *words)
{
    PGresult *result = NULL;
    if (!postgres_pipeline_run_script(&connection->pipeline, words, &result))
        return failure(connection, result);
    PQclear(result);
    return NULL;
}

/* The program stops: reads that it has not begun are over their time as well. */
static Error *check_stop(SqlConnection *base)
{
    if (!base->is_reading || !__atomic_load_n(&base->database->stops_reads, __ATOMIC_RELAXED))
        return NULL;
    base->hit_time_limit = true;
    return error_new_code(base->arena, ERROR_UNAVAILABLE, "statementTimeout",
                          "The server is stopping; ask again");
}

/* A read is what the server takes as one transaction because no sync point is in it. */
static void begin_reading(PostgresConnection *connection)
{
    char words[64];
    int64_t limit_ms = connection->base.limit_us / 1000;
    if (connection->must_forget_names)
        postgres_forget_names(connection);
    if (limit_ms < SHORTEST_LIMIT_MS)
        limit_ms = SHORTEST_LIMIT_MS;
    if (limit_ms != connection->timeout_ms) {
        snprintf(words, sizeof words, "SET statement_timeout = %lld", (long long)limit_ms);
        postgres_queue_once(connection, words);
        connection->timeout_ms = limit_ms;
    }
    connection->has_begun = true;
}

static Error *run(PostgresConnection *connection, const SqlText *text, PGresult **out)
{
    bool is_reading = connection->base.is_reading;
    if (is_reading && !connection->has_begun)
        begin_reading(connection);
    postgres_queue_statement(connection, text);
    return take(connection, out);
}

/* Text made of several commands, as only changes of tables are. */
static bool is_script(const SqlText *text)
{
    return text->count == 0 && memchr(text->buf.data, ';', text->buf.len) != NULL;
}

static Error *run_text(PostgresConnection *connection, const SqlText *text, PGresult **out)
{
    if (is_script(text))
        return run_script(connection, str_copy_c(connection->base.arena, buf_str(&text->buf)));
    bool is_first = connection->base.is_reading && !connection->has_begun;
    Error *error = run(connection, text, out);
    if (error == NULL || !is_first || !connection->base.is_broken)
        return error;
    if (connection->base.database->is_replica)
        return error;
    /* The connection was lost while it was idle: nothing of this read is. */
    TRY(postgres_session_renew(connection));
    return run(connection, text, out);
}

static Error *query(SqlConnection *base, const SqlText *text, void **out_statement)
{
    PostgresConnection *connection = postgres_of(base);
    PGresult *result = NULL;
    TRY(check_stop(base));
    TRY(run_text(connection, text, &result));
    connection->changed_rows = strtoll(PQcmdTuples(result), NULL, 10);
    PostgresRows *rows = ARENA_NEW(base->arena, PostgresRows);
    *rows = (PostgresRows){ .result = result, .row = -1 };
    *out_statement = rows;
    return NULL;
}

/* The result comes with the next one that is waited for, this one at the latest when its first row
 * is asked for. */
static Error *query_ahead(SqlConnection *base, const SqlText *text, void **out_statement)
{
    PostgresConnection *connection = postgres_of(base);
    if (!base->is_reading && !connection->is_in_transaction)
        return query(base, text, out_statement);
    TRY(check_stop(base));
    if (postgres_pipeline_is_full(&connection->pipeline))
        TRY(settle(base));
    if (base->is_reading && !connection->has_begun)
        begin_reading(connection);
    postgres_queue_statement(connection, text);
    PostgresRows *rows = ARENA_NEW(base->arena, PostgresRows);
    *rows = (PostgresRows){ .row = -1 };
    postgres_pipeline_keep(&connection->pipeline, &rows->result);
    *out_statement = rows;
    return NULL;
}

static void expect_no_more(SqlConnection *base)
{
    postgres_of(base)->is_last = true;
}

/* In a transaction a statement whose outcome nobody asks for does not wait. */
static Error *queue(SqlConnection *base, const SqlText *text)
{
    PostgresConnection *connection = postgres_of(base);
    PGresult *result = NULL;
    if (connection->is_in_transaction && !is_script(text)) {
        if (postgres_pipeline_is_full(&connection->pipeline))
            TRY(settle(base));
        postgres_queue_statement(connection, text);
        return NULL;
    }
    TRY(run_text(connection, text, &result));
    PQclear(result);
    return NULL;
}

static Error *next(SqlRows *rows, bool *out_has_row)
{
    PostgresRows *own = rows->statement;
    if (own->result == NULL)
        TRY(settle(rows->connection));
    if (own->result == NULL) /* a failure has taken it along, and has been told */
        return error_new(rows->connection->arena, ERROR_UNAVAILABLE, "The read has failed");
    *out_has_row = ++own->row < PQntuples(own->result);
    return NULL;
}

static void finish(SqlRows *rows)
{
    PostgresRows *own = rows->statement;
    if (own->result == NULL && settle(rows->connection) != NULL)
        own->result = NULL; /* nobody wants it any more */
    PQclear(own->result);
}

static bool column_is_null(const SqlRows *rows, int column)
{
    const PostgresRows *own = rows_of(rows);
    return PQgetisnull(own->result, own->row, column);
}

static int64_t column_int(const SqlRows *rows, int column)
{
    const PostgresRows *own = rows_of(rows);
    return strtoll(PQgetvalue(own->result, own->row, column), NULL, 10);
}

static double column_real(const SqlRows *rows, int column)
{
    const PostgresRows *own = rows_of(rows);
    return strtod(PQgetvalue(own->result, own->row, column), NULL);
}

static Str column_text(const SqlRows *rows, int column)
{
    const PostgresRows *own = rows_of(rows);
    if (PQgetisnull(own->result, own->row, column))
        return STR_NONE;
    return (Str){ PQgetvalue(own->result, own->row, column),
                  (size_t)PQgetlength(own->result, own->row, column) };
}

/* The server's numbers of its types. */
enum { TYPE_INT8 = 20, TYPE_INT2 = 21, TYPE_INT4 = 23, TYPE_FLOAT4 = 700, TYPE_FLOAT8 = 701 };

static SqlValue column_value(const SqlRows *rows, int column)
{
    if (column_is_null(rows, column))
        return sql_null();
    switch (PQftype(rows_of(rows)->result, column)) {
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
        return sql_int(column_int(rows, column));
    case TYPE_FLOAT4:
    case TYPE_FLOAT8:
        return sql_real(column_real(rows, column));
    default:
        return sql_text(column_text(rows, column));
    }
}

static int64_t changed_rows(const SqlConnection *base)
{
    return ((const PostgresConnection *)base)->changed_rows;
}

/* ---- the tables ---- */

static Error *no_extension(SqlConnection *base, const Error *cause)
{
    Error *error = error_new(
        base->arena, ERROR_UNAVAILABLE,
        "The database needs the extension pg_trgm: install it (package postgresql-contrib) and "
        "let the database's owner run CREATE EXTENSION pg_trgm");
    error->detail = cause->detail;
    return error;
}

/* Two processes that start together change the tables one after the other; the second finds
 * nothing to do. */
static Error *prepare_schema(SqlConnection *base)
{
    PostgresConnection *connection = postgres_of(base);
    if (!base->gives_way)
        TRY(run_script(connection, "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"));
    TRY(run_script(connection, "SELECT pg_advisory_xact_lock(" MIGRATION_LOCK ")"));
    if (base->gives_way)
        TRY(run_script(connection, str_copy_c(base->arena,
                                              str_format(base->arena, "SET LOCAL lock_timeout = %d",
                                                         SQL_GIVE_WAY_MS))));
    Error *error = run_script(connection, "CREATE EXTENSION IF NOT EXISTS pg_trgm");
    if (error != NULL)
        return connection->base.is_broken ? error : no_extension(base, error);
    return run_script(connection,
                      "CREATE COLLATION IF NOT EXISTS pimento_text_order (provider = icu, "
                      "locale = 'und', deterministic = false)");
}

/* ---- other processes ---- */

static Error *announce(SqlConnection *base)
{
    const PostgresDatabase *database = (const PostgresDatabase *)base->database;
    /* Where it is not known the versions tell, a little later. */
    if (postgres_listener_may_notify(database->listener))
        postgres_queue_words(postgres_of(base), "NOTIFY " POSTGRES_CHANNEL);
    return NULL;
}

static Error *on_announcement(Arena *arena, SqlDatabase *base, AnnouncementHear *hear, void *owner)
{
    PostgresDatabase *database = (PostgresDatabase *)base;
    database->listener = postgres_listener_start(database->url, hear, owner);
    if (database->listener != NULL)
        return NULL;
    return error_new(arena, ERROR_UNAVAILABLE, "The database's listener can't be started");
}

static void end_announcements(SqlDatabase *base)
{
    PostgresDatabase *database = (PostgresDatabase *)base;
    postgres_listener_stop(database->listener);
    database->listener = NULL;
}

/* ---- transactions ---- */

/* A read in a transaction of its own, which may pause. */
static void queue_long_read(PostgresConnection *connection)
{
    postgres_queue_words(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    postgres_queue_words(connection, "SET LOCAL statement_timeout = 0");
    postgres_queue_words(connection, "SET LOCAL idle_in_transaction_session_timeout = 0");
    connection->has_begun = true;
}

/* Nothing goes out yet: a read begins with its first statement, and BEGIN travels with the first of
 * a transaction. */
static Error *begin(SqlConnection *base, bool is_writer)
{
    PostgresConnection *connection = postgres_of(base);
    /* Also takes in the end of the read before. */
    if (!PQconsumeInput(connection->handle) || PQstatus(connection->handle) != CONNECTION_OK)
        base->is_broken = true;
    if (base->is_broken && base->database->is_replica)
        return postgres_unreachable(base->arena, connection->handle);
    if (base->is_broken)
        TRY(postgres_session_renew(connection));
    connection->is_last = false;
    if (!connection->is_writer)
        return NULL;
    if (connection->must_forget_names)
        postgres_forget_names(connection);
    if (is_writer)
        postgres_queue_words(connection, "BEGIN");
    else
        queue_long_read(connection);
    connection->is_in_transaction = true;
    return NULL;
}

static Error *unknown_outcome(PostgresConnection *connection)
{
    Error *error = error_new(connection->base.arena, ERROR_UNAVAILABLE,
                             "The database was lost while it stored the change; whether it is "
                             "stored is not known");
    error->detail = postgres_message(connection->base.arena, connection->handle);
    return error;
}

/* The answer to COMMIT. With it travels the position: of the commit's own record, or one behind it.
 * Without one it stays unknown, and the commit is not touched by that. */
static Error *take_commit(PostgresConnection *connection, PGresult **out)
{
    PGresult *committed = NULL;
    PGresult *position = NULL;
    if (!connection->base.database->tells_positions)
        return take(connection, out);
    postgres_pipeline_keep(&connection->pipeline, &committed);
    postgres_pipeline_sync(&connection->pipeline);
    postgres_queue_words(connection,
                         "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint");
    Error *error = take(connection, &position);
    if (PQntuples(position) == 1)
        connection->base.position = strtoull(PQgetvalue(position, 0, 0), NULL, 10);
    PQclear(position);
    *out = committed;
    return committed == NULL ? error : NULL;
}

static Error *commit(SqlConnection *base)
{
    PostgresConnection *connection = postgres_of(base);
    PGresult *result = NULL;
    postgres_queue_words(connection, "COMMIT");
    connection->is_in_transaction = false;
    Error *error = take_commit(connection, &result);
    if (error != NULL && base->is_broken) {
        base->may_run_again = false; /* it may be stored */
        return unknown_outcome(connection);
    }
    connection->is_in_transaction = error != NULL;
    TRY(error);
    /* The end of a failed transaction is a success to the server, with another word. */
    bool is_committed = str_equal(str_from(PQcmdStatus(result)), STR("COMMIT"));
    PQclear(result);
    if (is_committed)
        return NULL;
    return error_new(base->arena, ERROR_UNAVAILABLE, "The storage failed; nothing was changed");
}

/* Nobody waits for the end of a read; the next statement takes it in. */
static void end_reading(PostgresConnection *connection)
{
    if (connection->has_begun && !connection->base.is_broken)
        postgres_pipeline_sync(&connection->pipeline);
    connection->has_begun = false;
}

static void rollback(SqlConnection *base)
{
    PostgresConnection *connection = postgres_of(base);
    if (!connection->is_writer) {
        end_reading(connection);
        return;
    }
    /* What is still under way decides whether the server gets to read ROLLBACK. */
    Error *ignored = settle(base);
    connection->is_in_transaction = false;
    if (!base->is_broken) {
        postgres_queue_words(connection, "ROLLBACK");
        ignored = settle(base);
    }
    base->is_broken = base->is_broken || ignored != NULL;
    connection->has_begun = false;
}

static bool is_in_transaction(const SqlConnection *base)
{
    return !base->is_broken && ((const PostgresConnection *)base)->is_in_transaction;
}

const SqlDriver sql_driver_postgres = {
    .name = "postgres",
    .dialect = &sql_dialect_postgres,
    .write_lanes = WRITE_LANES,
    .shares_commits = false,
    .reads_wait = true,
    .renews_connections = true,
    .takes = takes,
    .open = open_postgres,
    .close = close_postgres,
    .connect = connect_postgres,
    .disconnect = disconnect,
    .query = query,
    .query_ahead = query_ahead,
    .expect_no_more = expect_no_more,
    .queue = queue,
    .settle = settle,
    .next = next,
    .finish = finish,
    .column_is_null = column_is_null,
    .column_int = column_int,
    .column_real = column_real,
    .column_text = column_text,
    .column_value = column_value,
    .changed_rows = changed_rows,
    .catalog = postgres_catalog,
    .prepare_schema = prepare_schema,
    .announce = announce,
    .on_announcement = on_announcement,
    .end_announcements = end_announcements,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .is_in_transaction = is_in_transaction,
    .interrupt = interrupt,
    .read_log_state = postgres_read_log_state,
};
