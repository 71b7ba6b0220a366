#include "sql/postgres_session.h"

#include <stdio.h>

#include "base/log.h"
#include "sql/postgres_error.h"

static bool run_setting(PGconn *handle, const char *words)
{
    PGresult *result = PQexec(handle, words);
    bool is_set = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    return is_set;
}

/* What a session is for and its limits. A writer's statement may work longer than a reader's:
 * nobody else can tell what of it is left. Who waits for a lock gives up before the silence is
 * asked about: then a session that still works is not one that only waits. Ours never idle inside
 * a transaction; a session whose link is cut does, and keeps its locks. */
static bool set_up(PGconn *handle, bool is_writer)
{
    return run_setting(handle, is_writer
                                   ? "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL "
                                     "READ COMMITTED READ WRITE; SET statement_timeout = 60000; "
                                     "SET idle_in_transaction_session_timeout = 10000"
                                   : "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL "
                                     "REPEATABLE READ READ ONLY; SET statement_timeout = 30000; "
                                     "SET idle_in_transaction_session_timeout = 60000") &&
           run_setting(handle, "SET lock_timeout = 3500; SET jit = off; "
                               "SET random_page_cost = 1.1; "
                               "SET max_parallel_workers_per_gather = 0; "
                               "SET extra_float_digits = 1; SET standard_conforming_strings = on; "
                               "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; "
                               "SET tcp_keepalives_count = 2; SET tcp_user_timeout = 8000");
}

Error *postgres_unreachable(Arena *arena, const PGconn *handle)
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

Error *postgres_session_dial(Arena *arena, PostgresDatabase *database, bool is_writer, PGconn **out)
{
    if (!postgres_back_off_is_over(&database->back_off))
        return postgres_unreachable(arena, NULL);
    PGconn *handle = postgres_dial(database->url);
    Error *error = NULL;
    if (PQstatus(handle) != CONNECTION_OK || !set_up(handle, is_writer))
        error = postgres_unreachable(arena, handle);
    postgres_back_off_note(&database->back_off, error == NULL);
    if (error == NULL)
        error = check_encoding(arena, handle);
    if (error != NULL) {
        if (!database->base.is_replica) /* its watcher tells */
            LOG_EVENT(LOG_WARNING, "no connection to the database", { "detail", error->detail, 0 });
        PQfinish(handle);
        return error;
    }
    *out = handle;
    return NULL;
}

void postgres_session_set(PostgresConnection *connection, PostgresDatabase *database,
                          PGconn *handle)
{
    pthread_mutex_lock(&database->lock);
    PQfreeCancel(connection->canceller);
    connection->canceller = handle == NULL ? NULL : PQgetCancel(handle);
    pthread_mutex_unlock(&database->lock);
    PQfinish(connection->handle);
    connection->handle = handle;
    statement_cache_clear(&connection->cache, NULL);
    connection->timeout_ms = 0;
    connection->has_unproven_names = false;
    connection->must_forget_names = false;
    connection->is_in_transaction = false;
    connection->has_begun = false;
    connection->is_last = false;
    if (handle != NULL)
        postgres_pipeline_begin(&connection->pipeline, handle, database->url);
    if (database->base.is_replica)
        connection->pipeline.asked_since_us = &database->base.asked_since_us;
}

/* What is left at the server of a session that was given up: its locks would be in the way. Mostly
 * there is nothing left; a session of the same number would be one of ours, and dial again. */
static void end_session(PGconn *handle, int backend)
{
    char words[128];
    snprintf(words, sizeof words,
             "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity "
             "WHERE pid = %d AND usename = current_user",
             backend);
    PQclear(PQexec(handle, words));
}

Error *postgres_session_renew(PostgresConnection *connection)
{
    PGconn *handle = NULL;
    int backend = PQbackendPID(connection->handle);
    TRY(postgres_session_dial(connection->base.arena, (PostgresDatabase *)connection->base.database,
                              connection->is_writer, &handle));
    if (backend > 0)
        end_session(handle, backend);
    postgres_session_set(connection, (PostgresDatabase *)connection->base.database, handle);
    connection->base.is_broken = false;
    return NULL;
}
