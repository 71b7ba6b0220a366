#include "sql/sql.h"

#include <assert.h>

#include "base/memory.h"
#include "base/random.h"
#include "sql/driver.h"
#include "sql/reader_pool.h"

Error *sql_database_open(Arena *arena, const SqlOptions *options, SqlDatabase **out)
{
    const SqlDriver *driver = sql_driver_find(options->location);
    if (driver == NULL)
        return error_new(arena, ERROR_INVALID, "There is no driver for such a database URL");
    TRY(driver->open(arena, options, out));
    (*out)->driver = driver;
    (*out)->statement_limit_ms = options->statement_limit_ms;
    (*out)->readers = reader_pool_new(*out, options->max_readers, SQL_READER_WAIT_MS);
    random_bytes(&(*out)->next_slot, sizeof(*out)->next_slot);
    return NULL;
}

void sql_connection_close(SqlConnection *connection)
{
    if (connection == NULL)
        return;
    memory_free(connection->changes);
    connection->driver->disconnect(connection);
}

void sql_database_close(SqlDatabase *database)
{
    if (database == NULL)
        return;
    if (database->driver->end_announcements != NULL)
        database->driver->end_announcements(database);
    reader_pool_free(database->readers);
    database->driver->close(database);
}

bool sql_location_is_directory(Str location)
{
    const SqlDriver *driver = sql_driver_find(location);
    return driver != NULL && driver->lies_in_directory;
}

const SqlDialect *sql_dialect(const SqlDatabase *database)
{
    return database->driver->dialect;
}

bool sql_reads_wait(const SqlDatabase *database)
{
    return database->driver->reads_wait;
}

static unsigned slot_count(const SqlDatabase *database)
{
    return database->driver->write_lanes > 1 ? SQL_SLOTS : 1;
}

Error *sql_connect(Arena *arena, SqlDatabase *database, bool is_writer, SqlConnection **out)
{
    SqlConnection *connection = NULL;
    TRY(database->driver->connect(arena, database, is_writer, &connection));
    connection->driver = database->driver;
    connection->database = database;
    connection->arena = arena;
    if (is_writer)
        connection->slot =
            __atomic_fetch_add(&database->next_slot, 1, __ATOMIC_RELAXED) % slot_count(database);
    *out = connection;
    return NULL;
}

Error *sql_take_reader(Arena *arena, SqlDatabase *database, SqlConnection **out)
{
    TRY(reader_pool_take(database->readers, arena, out));
    (*out)->arena = arena;
    return NULL;
}

void sql_give_reader(SqlConnection *connection)
{
    sql_end_read(connection);
    reader_pool_give(connection->database->readers, connection);
}

Error *sql_writer_open(Arena *arena, SqlDatabase *database, SqlConnection **out)
{
    return sql_connect(arena, database, true, out);
}

unsigned sql_slot(const SqlConnection *connection)
{
    return connection->slot;
}

unsigned sql_slot_count(const SqlConnection *connection)
{
    return slot_count(connection->database);
}

void sql_use_arena(SqlConnection *connection, Arena *arena)
{
    connection->arena = arena;
}

Arena *sql_arena(const SqlConnection *connection)
{
    return connection->arena;
}

SqlText sql_text_new(const SqlConnection *connection)
{
    SqlText text;
    sql_text_init(&text, connection->arena, connection->driver->dialect);
    return text;
}

const SqlDialect *sql_connection_dialect(const SqlConnection *connection)
{
    return connection->driver->dialect;
}

static Error *begin_reading(SqlConnection *connection, int64_t limit_us)
{
    connection->hit_time_limit = false;
    connection->may_run_again = false;
    connection->limit_us = limit_us;
    connection->work_since_us = 0;
    TRY(connection->driver->begin(connection, false));
    connection->is_reading = true;
    return NULL;
}

Error *sql_begin_read(SqlConnection *connection, int limit_ms)
{
    if (limit_ms == 0)
        limit_ms = connection->database->statement_limit_ms;
    return begin_reading(connection, (int64_t)limit_ms * 1000);
}

Error *sql_begin_long_read(SqlConnection *connection)
{
    return begin_reading(connection, 0);
}

void sql_end_read(SqlConnection *connection)
{
    if (!connection->is_reading)
        return;
    connection->is_reading = false;
    connection->limit_us = 0;
    connection->driver->rollback(connection);
}

void sql_stop_reads(SqlDatabase *database)
{
    __atomic_store_n(&database->stops_reads, true, __ATOMIC_RELAXED);
    if (database->driver->interrupt != NULL)
        reader_pool_visit_taken(database->readers, database->driver->interrupt);
}

bool sql_hit_time_limit(const SqlConnection *connection)
{
    return connection->hit_time_limit;
}

void sql_close(SqlRows *rows)
{
    if (rows->statement == NULL)
        return;
    rows->connection->driver->finish(rows);
    rows->statement = NULL;
}

static Error *run_query(SqlConnection *connection, const SqlText *text, SqlRows *out)
{
    assert(!text->buf.is_over);
    void *statement = NULL;
    connection->statement_count++;
    TRY(connection->driver->query(connection, text, &statement));
    *out = (SqlRows){ .connection = connection, .statement = statement };
    return NULL;
}

void sql_expect_no_more(SqlConnection *connection)
{
    if (connection->is_reading && connection->driver->expect_no_more != NULL)
        connection->driver->expect_no_more(connection);
}

Error *sql_next(SqlRows *rows, bool *out_has_row)
{
    return rows->connection->driver->next(rows, out_has_row);
}

bool sql_column_is_null(const SqlRows *rows, int column)
{
    return rows->connection->driver->column_is_null(rows, column);
}

int64_t sql_column_int(const SqlRows *rows, int column)
{
    return rows->connection->driver->column_int(rows, column);
}

double sql_column_real(const SqlRows *rows, int column)
{
    return rows->connection->driver->column_real(rows, column);
}

Str sql_column_text(const SqlRows *rows, int column)
{
    return rows->connection->driver->column_text(rows, column);
}

SqlValue sql_column_value(const SqlRows *rows, int column)
{
    return rows->connection->driver->column_value(rows, column);
}

static Error *run_to_the_end(SqlConnection *connection, const SqlText *text)
{
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    TRY(run_query(connection, text, &rows));
    do
        TRY(sql_next(&rows, &has_row));
    while (has_row);
    return NULL;
}

static Error *execute(SqlConnection *connection, const SqlText *text, int64_t *out_changed)
{
    if (out_changed == NULL && connection->driver->queue != NULL) {
        connection->statement_count++;
        return connection->driver->queue(connection, text);
    }
    TRY(run_to_the_end(connection, text));
    if (out_changed != NULL)
        *out_changed = connection->driver->changed_rows(connection);
    return NULL;
}

static Error *savepoint_statement(SqlConnection *connection, const char *verb, unsigned depth)
{
    SqlText text;
    sql_text_init(&text, connection->arena, connection->driver->dialect);
    sql_put_dialect(&text, verb);
    sql_put_int(&text, depth);
    return execute(connection, &text, NULL);
}

/* A savepoint in which nothing is done costs nothing. */
static Error *send_savepoints(SqlConnection *connection)
{
    while (connection->savepoints_sent < connection->savepoint_depth) {
        TRY(savepoint_statement(connection, "SAVEPOINT s", connection->savepoints_sent + 1));
        connection->savepoints_sent++;
    }
    return NULL;
}

Error *sql_query(SqlConnection *connection, const SqlText *text, SqlRows *out)
{
    TRY(send_savepoints(connection));
    return run_query(connection, text, out);
}

Error *sql_query_ahead(SqlConnection *connection, const SqlText *text, SqlRows *out)
{
    assert(!text->buf.is_over);
    void *statement = NULL;
    if (connection->driver->query_ahead == NULL)
        return sql_query(connection, text, out);
    TRY(send_savepoints(connection));
    connection->statement_count++;
    TRY(connection->driver->query_ahead(connection, text, &statement));
    *out = (SqlRows){ .connection = connection, .statement = statement };
    return NULL;
}

Error *sql_execute(SqlConnection *connection, const SqlText *text, int64_t *out_changed)
{
    TRY(send_savepoints(connection));
    return execute(connection, text, out_changed);
}

uint64_t sql_statement_count(const SqlConnection *connection)
{
    return connection->statement_count;
}

Error *sql_catalog(SqlConnection *connection, SqlCatalog what, Str table, Str **out_names,
                   size_t *out_count)
{
    return connection->driver->catalog(connection, what, table, out_names, out_count);
}

Error *sql_prepare_schema(SqlConnection *connection, SqlPatience patience)
{
    if (connection->driver->prepare_schema == NULL)
        return NULL;
    connection->gives_way = patience == SQL_GIVES_WAY;
    return connection->driver->prepare_schema(connection);
}

Error *sql_list_names(SqlConnection *connection, const SqlText *text, Str **out_names,
                      size_t *out_count)
{
    AUTO_CLOSE SqlRows rows = { 0 };
    Str *names = NULL;
    size_t count = 0;
    TRY(sql_query(connection, text, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            break;
        names = arena_grow(connection->arena, names, count * sizeof(Str), count * sizeof(Str),
                           (count + 1) * sizeof(Str));
        names[count++] = str_copy(connection->arena, sql_column_text(&rows, 0));
    }
    *out_names = names;
    *out_count = count;
    return NULL;
}

bool sql_may_run_again(const SqlConnection *connection)
{
    return connection->may_run_again;
}

void sql_put_row_lock(const SqlConnection *connection, SqlText *text)
{
    if (!connection->is_reading)
        sql_put_dialect(text, text->dialect->row_lock);
}

void sql_put_row_locks(const SqlConnection *connection, SqlText *text, SqlName order)
{
    bool has_locks = !connection->is_reading && text->dialect->row_lock[0] != '\0';
    if (!has_locks)
        return;
    sql_put(text, " ORDER BY ");
    sql_put_name(text, order);
    sql_put_row_lock(connection, text);
}

Error *sql_lock(SqlConnection *connection, int64_t number)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    if (text.dialect->lock_open == NULL)
        return NULL;
    sql_put_dialect(&text, text.dialect->lock_open);
    sql_put_value(&text, sql_int(number));
    sql_put_dialect(&text, text.dialect->lock_close);
    TRY(sql_query(connection, &text, &rows));
    return sql_next(&rows, &has_row);
}

void sql_put_free_row_lock(const SqlConnection *connection, SqlText *text)
{
    if (!connection->is_reading)
        sql_put_dialect(text, text->dialect->free_row_lock);
}

Error *sql_begin(SqlConnection *connection)
{
    connection->may_run_again = false;
    connection->gives_way = false;
    connection->savepoint_depth = 0;
    connection->savepoints_sent = 0;
    connection->change_count = 0;
    return connection->driver->begin(connection, true);
}

Error *sql_commit(SqlConnection *connection)
{
    connection->position = connection->database->tells_positions ? SQL_POSITION_UNKNOWN : 0;
    Error *error = connection->driver->commit(connection);
    if (error != NULL)
        sql_rollback(connection);
    connection->change_count = 0;
    return error;
}

void sql_rollback(SqlConnection *connection)
{
    if (sql_is_in_transaction(connection))
        connection->driver->rollback(connection);
    connection->change_count = 0;
}

bool sql_is_in_transaction(const SqlConnection *connection)
{
    return connection->driver->is_in_transaction(connection);
}

/* What was sent and not waited for has worked. */
static Error *settle(SqlConnection *connection)
{
    return connection->driver->settle == NULL ? NULL : connection->driver->settle(connection);
}

uint64_t sql_position(const SqlConnection *connection)
{
    return connection->position;
}

Error *sql_savepoint(SqlConnection *connection, SqlSavepoint *out)
{
    *out = (SqlSavepoint){ .connection = connection,
                           .depth = ++connection->savepoint_depth,
                           .change_count = connection->change_count };
    return NULL;
}

Error *sql_release(SqlSavepoint *savepoint)
{
    SqlConnection *connection = savepoint->connection;
    assert(connection->savepoint_depth == savepoint->depth);
    if (connection->savepoints_sent == savepoint->depth) {
        TRY(settle(connection));
        TRY(savepoint_statement(connection, "RELEASE s", savepoint->depth));
        connection->savepoints_sent--;
    }
    connection->savepoint_depth--;
    savepoint->connection = NULL;
    return NULL;
}

void sql_rollback_if_open(SqlSavepoint *savepoint)
{
    SqlConnection *connection = savepoint->connection;
    if (connection == NULL)
        return;
    savepoint->connection = NULL;
    connection->savepoint_depth = savepoint->depth - 1;
    if (connection->savepoints_sent < savepoint->depth) { /* no statement in it has run */
        connection->change_count = savepoint->change_count;
        return;
    }
    connection->savepoints_sent = savepoint->depth - 1;
    /* What fails now is taken back in any case. Some errors end the whole transaction; the lane
     * sees that by sql_is_in_transaction. */
    Error *error = settle(connection);
    if (!sql_is_in_transaction(connection))
        return;
    connection->change_count = savepoint->change_count;
    error = savepoint_statement(connection, "ROLLBACK TO s", savepoint->depth);
    if (error == NULL)
        error = savepoint_statement(connection, "RELEASE s", savepoint->depth);
    if (error != NULL)
        sql_rollback(connection); /* then nothing of the group stays, which the lane notices */
}

void sql_note_change(SqlConnection *connection, SqlChange change)
{
    if (connection->change_count == connection->change_capacity) {
        connection->change_capacity =
            connection->change_capacity < 64 ? 64 : connection->change_capacity * 2;
        connection->changes =
            memory_realloc(connection->changes, connection->change_capacity * sizeof(SqlChange));
    }
    connection->changes[connection->change_count++] = change;
}

const SqlChange *sql_changes(const SqlConnection *connection, size_t *out_count)
{
    *out_count = connection->change_count;
    return connection->changes;
}
