#include "sql/driver_postgres.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "sql/postgres_dial.h"
#include "sql/postgres_error.h"
#include "sql/postgres_listener.h"
#include "sql/statement_cache.h"

#define WRITE_LANES 4
/* With more values than this a text is one of too many shapes: run once, not kept. */
#define PREPARED_MAX_VALUES 400
/* A read's limit counts the waiting too: what is meant as a few ms of work gets so much. */
#define SHORTEST_LIMIT_MS 100
/* Names the lock of a process that changes tables; the same number in every version. */
#define MIGRATION_LOCK "7205759403792793"

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
    StatementCache cache;
    uint64_t prepared; /* so far: the next statement's name */
    int64_t changed_rows;
    bool is_writer;
} PostgresConnection;

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
    postgres_listener_stop(database->listener);
    postgres_back_off_deinit(&database->back_off);
    pthread_mutex_destroy(&database->lock);
    memory_free(database->url);
    memory_free(database);
}

/* Limits of a session. A writer's statement may work longer than a reader's: nobody else can tell
 * what of it is left. */
static bool set_up(PGconn *handle, bool is_writer)
{
    PGresult *result = PQexec(handle, is_writer ? "SET statement_timeout = 60000"
                                                : "SET statement_timeout = 30000");
    bool is_set = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    result = PQexec(handle, "SET lock_timeout = 10000; SET jit = off; SET extra_float_digits = 1; "
                            "SET standard_conforming_strings = on; "
                            "SET idle_in_transaction_session_timeout = 60000");
    is_set = is_set && PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    return is_set;
}

static Error *unreachable(Arena *arena, const PGconn *handle)
{
    Error *error = error_new(arena, ERROR_UNAVAILABLE, "The database can't be reached; try again");
    error->retry_after_s = 1;
    if (handle != NULL)
        error->detail = postgres_message(arena, handle);
    return error;
}

static Error *check_encoding(Arena *arena, const PGconn *handle)
{
    const char *encoding = PQparameterStatus(handle, "server_encoding");
    if (encoding != NULL && str_equal(str_from(encoding), STR("UTF8")))
        return NULL;
    return error_new(arena, ERROR_UNAVAILABLE, "The database must be made with ENCODING 'UTF8'");
}

/* With back-off, for all connections of the database together. */
static Error *dial_checked(Arena *arena, PostgresDatabase *database, bool is_writer, PGconn **out)
{
    if (!postgres_back_off_is_over(&database->back_off))
        return unreachable(arena, NULL);
    PGconn *handle = postgres_dial(database->url);
    Error *error = NULL;
    if (PQstatus(handle) != CONNECTION_OK || !set_up(handle, is_writer))
        error = unreachable(arena, handle);
    postgres_back_off_note(&database->back_off, error == NULL);
    if (error == NULL)
        error = check_encoding(arena, handle);
    if (error != NULL) {
        LOG_EVENT(LOG_WARNING, "no connection to the database", { "detail", error->detail, 0 });
        PQfinish(handle);
        return error;
    }
    *out = handle;
    return NULL;
}

/* From here on the connection works with this handle; `NULL` = with none. */
static void set_handle(PostgresConnection *connection, PostgresDatabase *database, PGconn *handle)
{
    pthread_mutex_lock(&database->lock);
    PQfreeCancel(connection->canceller);
    connection->canceller = handle == NULL ? NULL : PQgetCancel(handle);
    pthread_mutex_unlock(&database->lock);
    PQfinish(connection->handle);
    connection->handle = handle;
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
    TRY(dial_checked(arena, (PostgresDatabase *)base, is_writer, &handle));
    PostgresConnection *connection = memory_zalloc(sizeof *connection);
    set_handle(connection, (PostgresDatabase *)base, handle);
    connection->is_writer = is_writer;
    *out = &connection->base;
    return NULL;
}

static void disconnect(SqlConnection *base)
{
    PostgresConnection *connection = postgres_of(base);
    statement_cache_clear(&connection->cache, NULL);
    set_handle(connection, (PostgresDatabase *)base->database, NULL);
    memory_free(connection);
}

/* The same connection, opened anew; nothing of what it had prepared is left. */
static Error *renew(PostgresConnection *connection)
{
    PGconn *handle = NULL;
    TRY(dial_checked(connection->base.arena, (PostgresDatabase *)connection->base.database,
                     connection->is_writer, &handle));
    set_handle(connection, (PostgresDatabase *)connection->base.database, handle);
    statement_cache_clear(&connection->cache, NULL);
    connection->base.is_broken = false;
    return NULL;
}

/* ---- statements ---- */

static Error *take_result(PostgresConnection *connection, PGresult *result, PGresult **out)
{
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        Error *error = postgres_error(&connection->base, connection->handle, result);
        PQclear(result);
        return error;
    }
    *out = result;
    return NULL;
}

/* One command without values, or several. */
static Error *run_words(PostgresConnection *connection, const char *words)
{
    PGresult *result = NULL;
    TRY(take_result(connection, PQexec(connection->handle, words), &result));
    PQclear(result);
    return NULL;
}

/* Values as the protocol takes them: text goes as it lies, without a copy; numbers as digits. */
typedef struct Parameters {
    const char **values;
    int *lengths;
    int *formats;
} Parameters;

static const char *number_text(Arena *arena, const SqlValue *value)
{
    char *text = arena_alloc(arena, 32);
    if (value->kind == SQL_INT)
        snprintf(text, 32, "%lld", (long long)value->integer);
    else
        snprintf(text, 32, "%.17g", value->real);
    return text;
}

static Parameters bind(Arena *arena, const SqlText *text)
{
    Parameters parameters = { .values = ARENA_ARRAY(arena, const char *, text->count),
                              .lengths = ARENA_ARRAY(arena, int, text->count),
                              .formats = ARENA_ARRAY(arena, int, text->count) };
    for (size_t i = 0; i < text->count; i++) {
        const SqlValue *value = &text->values[i];
        bool is_text = value->kind == SQL_TEXT;
        if (is_text) {
            parameters.values[i] = value->text.data;
            parameters.lengths[i] = (int)value->text.len;
        } else if (value->kind != SQL_NULL) {
            parameters.values[i] = number_text(arena, value);
        }
        parameters.formats[i] = is_text;
    }
    return parameters;
}

static void write_name(uint64_t number, char out[32])
{
    snprintf(out, 32, "p%llu", (unsigned long long)number);
}

static Error *prepare(PostgresConnection *connection, Str text, CachedStatement **out)
{
    char name[32];
    PGresult *result = NULL;
    if (statement_cache_is_full(&connection->cache)) {
        TRY(run_words(connection, "DEALLOCATE ALL"));
        statement_cache_clear(&connection->cache, NULL);
    }
    write_name(++connection->prepared, name);
    TRY(take_result(
        connection,
        PQprepare(connection->handle, name, str_copy_c(connection->base.arena, text), 0, NULL),
        &result));
    PQclear(result);
    *out = statement_cache_add(&connection->cache, text, (void *)(uintptr_t)connection->prepared);
    return NULL;
}

static Error *run_prepared(PostgresConnection *connection, const SqlText *text, PGresult **out)
{
    char name[32];
    CachedStatement *slot = statement_cache_find(&connection->cache, buf_str(&text->buf));
    Parameters parameters = bind(connection->base.arena, text);
    if (slot == NULL)
        TRY(prepare(connection, buf_str(&text->buf), &slot));
    write_name((uintptr_t)slot->statement, name);
    return take_result(connection,
                       PQexecPrepared(connection->handle, name, (int)text->count, parameters.values,
                                      parameters.lengths, parameters.formats, 0),
                       out);
}

static Error *run_once(PostgresConnection *connection, const SqlText *text, PGresult **out)
{
    const char *words = str_copy_c(connection->base.arena, buf_str(&text->buf));
    Parameters parameters = bind(connection->base.arena, text);
    if (text->count == 0)
        return take_result(connection, PQexec(connection->handle, words), out);
    return take_result(connection,
                       PQexecParams(connection->handle, words, (int)text->count, NULL,
                                    parameters.values, parameters.lengths, parameters.formats, 0),
                       out);
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

static Error *query(SqlConnection *base, const SqlText *text, void **out_statement)
{
    PostgresConnection *connection = postgres_of(base);
    PGresult *result = NULL;
    TRY(check_stop(base));
    bool is_kept = text->count > 0 ? text->count <= PREPARED_MAX_VALUES
                                   : str_starts_with(buf_str(&text->buf), STR("SELECT "));
    if (is_kept)
        TRY(run_prepared(connection, text, &result));
    else
        TRY(run_once(connection, text, &result));
    connection->changed_rows = strtoll(PQcmdTuples(result), NULL, 10);
    PostgresRows *rows = ARENA_NEW(base->arena, PostgresRows);
    *rows = (PostgresRows){ .result = result, .row = -1 };
    *out_statement = rows;
    return NULL;
}

static Error *next(SqlRows *rows, bool *out_has_row)
{
    PostgresRows *own = rows->statement;
    *out_has_row = ++own->row < PQntuples(own->result);
    return NULL;
}

static void finish(SqlRows *rows)
{
    PostgresRows *own = rows->statement;
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

static Error *catalog(SqlConnection *base, SqlCatalog what, Str table, Str **out_names,
                      size_t *out_count)
{
    SqlText text;
    sql_text_init(&text, base->arena, &sql_dialect_postgres);
    if (what == SQL_CATALOG_TABLES)
        sql_put(&text, "SELECT relname FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') AND "
                       "relnamespace = current_schema()::regnamespace ORDER BY relname");
    else if (what == SQL_CATALOG_COLUMNS)
        sql_put(&text, "SELECT a.attname FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c "
                       "ON c.oid = a.attrelid WHERE a.attnum > 0 AND NOT a.attisdropped AND "
                       "c.relnamespace = current_schema()::regnamespace AND c.relname = ");
    else
        sql_put(&text, "SELECT indexname FROM pg_catalog.pg_indexes WHERE schemaname = "
                       "current_schema() AND tablename = ");
    if (what != SQL_CATALOG_TABLES)
        sql_put_value(&text, sql_text(table));
    if (what == SQL_CATALOG_COLUMNS)
        sql_put(&text, " ORDER BY a.attnum");
    return sql_list_names(base, &text, out_names, out_count);
}

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
    TRY(run_words(connection, "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; "
                              "SELECT pg_advisory_xact_lock(" MIGRATION_LOCK ")"));
    Error *error = run_words(connection, "CREATE EXTENSION IF NOT EXISTS pg_trgm");
    if (error != NULL)
        return connection->base.is_broken ? error : no_extension(base, error);
    return run_words(connection,
                     "CREATE COLLATION IF NOT EXISTS pimento_text_order (provider = icu, "
                     "locale = 'und', deterministic = false)");
}

/* ---- other processes ---- */

static Error *announce(SqlConnection *base)
{
    return run_words(postgres_of(base), "NOTIFY " POSTGRES_CHANNEL);
}

static Error *on_announcement(Arena *arena, SqlDatabase *base, void (*hear)(void *owner),
                              void *owner)
{
    PostgresDatabase *database = (PostgresDatabase *)base;
    database->listener = postgres_listener_start(database->url, hear, owner);
    if (database->listener != NULL)
        return NULL;
    return error_new(arena, ERROR_UNAVAILABLE, "The database's listener can't be started");
}

/* ---- transactions ---- */

static Error *begin_once(PostgresConnection *connection)
{
    char words[128];
    if (connection->is_writer)
        return run_words(connection, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
    int64_t limit_ms = connection->base.limit_us / 1000;
    if (limit_ms < SHORTEST_LIMIT_MS)
        limit_ms = SHORTEST_LIMIT_MS;
    snprintf(words, sizeof words,
             "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = %lld",
             (long long)limit_ms);
    return run_words(connection, words);
}

/* Nothing is lost yet: a connection that died while it was idle is opened again. */
static Error *begin(SqlConnection *base, bool is_writer)
{
    PostgresConnection *connection = postgres_of(base);
    (void)is_writer;
    if (!base->is_broken) {
        Error *error = begin_once(connection);
        if (error == NULL || !base->is_broken)
            return error;
    }
    TRY(renew(connection));
    return begin_once(connection);
}

static Error *unknown_outcome(PostgresConnection *connection)
{
    Error *error = error_new(connection->base.arena, ERROR_UNAVAILABLE,
                             "The database was lost while it stored the change; whether it is "
                             "stored is not known");
    error->detail = postgres_message(connection->base.arena, connection->handle);
    return error;
}

static Error *commit(SqlConnection *base)
{
    PostgresConnection *connection = postgres_of(base);
    PGresult *result = NULL;
    Error *error = take_result(connection, PQexec(connection->handle, "COMMIT"), &result);
    if (error != NULL)
        return base->is_broken ? unknown_outcome(connection) : error;
    /* The end of a failed transaction is a success to the server, with another word. */
    bool is_committed = str_equal(str_from(PQcmdStatus(result)), STR("COMMIT"));
    PQclear(result);
    if (is_committed)
        return NULL;
    return error_new(base->arena, ERROR_UNAVAILABLE, "The storage failed; nothing was changed");
}

/* A reader does not wait for the answer; the next command takes it in. */
static void rollback(SqlConnection *base)
{
    PostgresConnection *connection = postgres_of(base);
    if (base->is_broken)
        return;
    if (!connection->is_writer && PQsendQuery(connection->handle, "ROLLBACK"))
        return;
    if (run_words(connection, "ROLLBACK") != NULL)
        base->is_broken = true; /* the server ends what a closed connection had open */
}

static bool is_in_transaction(const SqlConnection *base)
{
    PGTransactionStatusType status =
        PQtransactionStatus(((const PostgresConnection *)base)->handle);
    if (base->is_broken)
        return false;
    return status == PQTRANS_ACTIVE || status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

const SqlDriver sql_driver_postgres = {
    .name = "postgres",
    .dialect = &sql_dialect_postgres,
    .write_lanes = WRITE_LANES,
    .shares_commits = false,
    .renews_connections = true,
    .takes = takes,
    .open = open_postgres,
    .close = close_postgres,
    .connect = connect_postgres,
    .disconnect = disconnect,
    .query = query,
    .next = next,
    .finish = finish,
    .column_is_null = column_is_null,
    .column_int = column_int,
    .column_real = column_real,
    .column_text = column_text,
    .column_value = column_value,
    .changed_rows = changed_rows,
    .catalog = catalog,
    .prepare_schema = prepare_schema,
    .announce = announce,
    .on_announcement = on_announcement,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .is_in_transaction = is_in_transaction,
    .interrupt = interrupt,
};
