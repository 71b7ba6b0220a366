#include "sql/driver_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unicode/ucol.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/wildcard.h"
#include "sql/statement_cache.h"

/* Pages in the write-ahead log: from the first number on the checkpointer copies them back beside
 * the writers; from the second on it also holds the writers up for a moment, so that the log begins
 * anew - unless somebody reads for long. */
#define WAL_BACKGROUND_PAGES 8000
#define WAL_RESTART_PAGES 24000
#define WAL_RESTART_WAIT_MS 20
#define CACHED_TEXT_BYTES 8192 /* a longer one is prepared for its one use */
#define PROGRESS_STEPS 2000    /* virtual machine steps between two looks at the clock */

typedef struct SqliteDatabase {
    SqlDatabase base;
    char *path;
    unsigned page_cache_kib;
    pthread_t checkpointer;
    pthread_mutex_t lock; /* guards wanted and is_closing */
    pthread_cond_t changed;
    bool wants_checkpoint;
    bool wants_restart;
    bool is_closing;
    bool has_checkpointer;
} SqliteDatabase;

typedef struct SqliteConnection {
    SqlConnection base;
    sqlite3 *handle;
    UCollator *collator;
    StatementCache cache;
    int wal_pages; /* after the last commit of this connection */
} SqliteConnection;

/* A running statement is its cache slot, or a one-off when the cache's slot was busy. */
static SqliteConnection *sqlite_of(SqlConnection *connection)
{
    return (SqliteConnection *)connection;
}

static sqlite3_stmt *statement_of(const SqlRows *rows)
{
    return ((CachedStatement *)rows->statement)->statement;
}

static bool takes(Str location)
{
    for (size_t i = 0; i + 2 < location.len; i++)
        if (memcmp(location.data + i, "://", 3) == 0)
            return false;
    return true;
}

/* The log's shared memory can't grow on a full disk either, whatever the error number says. */
static bool is_no_room(sqlite3 *handle, int code)
{
    return code == SQLITE_IOERR_SHMSIZE || code == SQLITE_IOERR_SHMMAP ||
           sqlite3_system_errno(handle) == ENOSPC;
}

/* One SQLite code -> one kind of error; what is not listed is ours to mend. */
static Error *error_from(SqlConnection *connection, int code)
{
    sqlite3 *handle = sqlite_of(connection)->handle;
    Arena *arena = connection->arena;
    Str detail = str_copy(arena, str_from(sqlite3_errmsg(handle)));
    Error *error;
    switch (code & 0xFF) {
    case SQLITE_CONSTRAINT:
        error = error_new_code(arena, ERROR_INVALID, "notUnique",
                               "A record with the same unique value exists");
        break;
    case SQLITE_FULL:
        error = error_new(arena, ERROR_STORAGE_FULL, "The storage is full; nothing was changed");
        break;
    case SQLITE_INTERRUPT:
        connection->hit_time_limit = true;
        error =
            error_new_code(arena, ERROR_UNAVAILABLE, "statementTimeout",
                           "The query took too long; narrow the filter or ask for fewer records");
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        error = error_new(arena, ERROR_UNAVAILABLE, "The database is busy; try again");
        break;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        connection->is_broken = true;
        error =
            is_no_room(handle, code)
                ? error_new(arena, ERROR_STORAGE_FULL, "The storage is full; nothing was changed")
                : error_new(arena, ERROR_UNAVAILABLE, "The storage failed; nothing was changed");
        break;
    case SQLITE_TOOBIG:
        error = error_new(arena, ERROR_TOO_LARGE, "A value is too large to be stored");
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        log_write(LOG_ERROR, "database is damaged", NULL, 0);
        __attribute__((fallthrough));
    default:
        error = error_new(arena, ERROR_INTERNAL, "Internal error");
        break;
    }
    error->detail = detail;
    return error;
}

static Error *open_error(Arena *arena, const char *path, Str detail)
{
    return error_new(arena, ERROR_UNAVAILABLE, "Cannot open the database '%s': %.*s", path,
                     STR_ARGS(detail));
}

/* Text order of design §4: ICU root collation, ties (equal at tertiary strength) left to the next
 * sort key. */
static int compare_root(void *context, int left_len, const void *left, int right_len,
                        const void *right)
{
    UErrorCode status = U_ZERO_ERROR;
    UCollationResult order = ucol_strcollUTF8(context, left, left_len, right, right_len, &status);
    return order == UCOL_LESS ? -1 : order == UCOL_GREATER;
}

/* Looked at every few thousand steps: what a quick statement never pays for. */
static int check_limit(void *context)
{
    SqlConnection *connection = context;
    if (connection->limit_us == 0)
        return 0;
    int64_t now_us = clock_thread_us();
    if (connection->work_since_us == 0)
        connection->work_since_us = now_us;
    return __atomic_load_n(&connection->database->stops_reads, __ATOMIC_RELAXED) ||
           now_us - connection->work_since_us > connection->limit_us;
}

#define LIKE_STEPS ((uint64_t)50000000) /* of one comparison: some 100 ms */
#define LIKE_CHEAP_STEPS 100000

static Str text_argument(sqlite3_value *value)
{
    const char *data = (const char *)sqlite3_value_text(value);
    return (Str){ data != NULL ? data : "", (size_t)sqlite3_value_bytes(value) };
}

/* LIKE in place of the library's own, which takes for ever on many wildcards and is deaf to the
 * time limit. */
static void like(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    (void)count;
    SqlConnection *connection = sqlite3_user_data(context);
    uint64_t steps = LIKE_STEPS;
    if (sqlite3_value_type(arguments[0]) == SQLITE_NULL ||
        sqlite3_value_type(arguments[1]) == SQLITE_NULL)
        return; /* NULL */
    WildcardOutcome outcome =
        wildcard_match(text_argument(arguments[0]), text_argument(arguments[1]), &steps);
    bool was_costly = LIKE_STEPS - steps > LIKE_CHEAP_STEPS;
    if (outcome == WILDCARD_TOO_COSTLY || (was_costly && check_limit(connection)))
        sqlite3_result_error_code(context, SQLITE_INTERRUPT);
    else
        sqlite3_result_int(context, outcome == WILDCARD_FITS);
}

static int note_wal_pages(void *context, sqlite3 *handle, const char *name, int pages)
{
    (void)handle;
    (void)name;
    ((SqliteConnection *)context)->wal_pages = pages;
    return SQLITE_OK;
}

static int run_plain(sqlite3 *handle, const char *statements)
{
    return sqlite3_exec(handle, statements, NULL, NULL, NULL);
}

static void harden(sqlite3 *handle)
{
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, 1 << 20);
    sqlite3_limit(handle, SQLITE_LIMIT_EXPR_DEPTH, 1000);
    sqlite3_limit(handle, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50000);
    sqlite3_limit(handle, SQLITE_LIMIT_VARIABLE_NUMBER, 32766);
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 1);
}

static int set_up(SqliteConnection *connection, const SqliteDatabase *database, bool is_writer)
{
    sqlite3 *handle = connection->handle;
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, 5000);
    harden(handle);
    int code = run_plain(
        handle, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA journal_size_limit=67108864;"
                "PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=0;");
    if (code != SQLITE_OK)
        return code;
    char cache[64];
    unsigned kib = is_writer ? database->page_cache_kib : database->page_cache_kib / 8;
    snprintf(cache, sizeof cache, "PRAGMA cache_size=-%u;", kib);
    code = run_plain(handle, cache);
    if (code != SQLITE_OK)
        return code;
    UErrorCode status = U_ZERO_ERROR;
    connection->collator = ucol_open("", &status);
    if (U_FAILURE(status))
        return SQLITE_ERROR;
    sqlite3_wal_hook(handle, note_wal_pages, connection);
    if (!is_writer)
        sqlite3_progress_handler(handle, PROGRESS_STEPS, check_limit, connection);
    const int pure = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    code = sqlite3_create_function_v2(handle, "like", 3, pure, connection, like, NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return code;
    return sqlite3_create_collation(handle, "root", SQLITE_UTF8, connection->collator,
                                    compare_root);
}

static void drop_statement(void *statement)
{
    sqlite3_finalize(statement);
}

static void forget_statements(SqliteConnection *connection)
{
    statement_cache_clear(&connection->cache, drop_statement);
}

static void disconnect(SqlConnection *base)
{
    SqliteConnection *connection = sqlite_of(base);
    forget_statements(connection);
    sqlite3_close_v2(connection->handle);
    if (connection->collator != NULL)
        ucol_close(connection->collator);
    memory_free(connection);
}

static Error *connect_sqlite(Arena *arena, SqlDatabase *base, bool is_writer, SqlConnection **out)
{
    const SqliteDatabase *database = (const SqliteDatabase *)base;
    SqliteConnection *connection = memory_zalloc(sizeof *connection);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(database->path, &connection->handle, flags, NULL);
    if (code == SQLITE_OK)
        code = set_up(connection, database, is_writer);
    if (code != SQLITE_OK) {
        Str detail = str_copy(arena, str_from(sqlite3_errmsg(connection->handle)));
        disconnect(&connection->base);
        return open_error(arena, database->path, detail);
    }
    *out = &connection->base;
    return NULL;
}

/* A thread of its own copies the log back into the database file, so that no writer waits for it.
 */
static void *run_checkpointer(void *context)
{
    SqliteDatabase *database = context;
    sqlite3 *handle = NULL;
    if (sqlite3_open_v2(database->path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                        NULL) == SQLITE_OK)
        run_plain(handle,
                  "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA mmap_size=0;");
    pthread_mutex_lock(&database->lock);
    while (!database->is_closing) {
        if (!database->wants_checkpoint) {
            pthread_cond_wait(&database->changed, &database->lock);
            continue;
        }
        bool wants_restart = database->wants_restart;
        database->wants_checkpoint = false;
        database->wants_restart = false;
        pthread_mutex_unlock(&database->lock);
        sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        if (wants_restart) /* little is left to copy now */
            sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
        pthread_mutex_lock(&database->lock);
    }
    pthread_mutex_unlock(&database->lock);
    sqlite3_close_v2(handle);
    return NULL;
}

/* The lane asks only; it never waits for readers itself. */
static void maintain(SqlConnection *base)
{
    SqliteConnection *connection = sqlite_of(base);
    SqliteDatabase *database = (SqliteDatabase *)base->database;
    if (connection->wal_pages < WAL_BACKGROUND_PAGES)
        return;
    pthread_mutex_lock(&database->lock);
    database->wants_checkpoint = true;
    database->wants_restart = connection->wal_pages >= WAL_RESTART_PAGES;
    pthread_cond_signal(&database->changed);
    pthread_mutex_unlock(&database->lock);
}

static Error *open_sqlite(Arena *arena, const SqlOptions *options, SqlDatabase **out)
{
    /* Once a process; later calls are refused by the library, which is fine. */
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    SqliteDatabase *database = memory_zalloc(sizeof *database);
    database->path = memory_copy_text(
        str_copy_c(arena, str_concat(arena, options->location, STR("/pimento.db"))));
    database->page_cache_kib = options->page_cache_kib;
    pthread_mutex_init(&database->lock, NULL);
    pthread_cond_init(&database->changed, NULL);
    /* The file is made here, readable by its owner only, before the library would make it wider. */
    int flags = O_RDWR | O_CLOEXEC | (options->must_exist ? 0 : O_CREAT);
    int file = open(database->path, flags, 0600);
    if (file < 0) {
        Error *error = open_error(arena, database->path, str_from(strerror(errno)));
        memory_free(database->path);
        memory_free(database);
        return error;
    }
    close(file);
    *out = &database->base;
    database->has_checkpointer =
        pthread_create(&database->checkpointer, NULL, run_checkpointer, database) == 0;
    return NULL;
}

static void close_sqlite(SqlDatabase *base)
{
    SqliteDatabase *database = (SqliteDatabase *)base;
    pthread_mutex_lock(&database->lock);
    database->is_closing = true;
    pthread_cond_signal(&database->changed);
    pthread_mutex_unlock(&database->lock);
    if (database->has_checkpointer)
        pthread_join(database->checkpointer, NULL);
    pthread_mutex_destroy(&database->lock);
    pthread_cond_destroy(&database->changed);
    memory_free(database->path);
    memory_free(database);
}

static Error *prepare(SqliteConnection *connection, Str text, unsigned flags, sqlite3_stmt **out)
{
    int code = sqlite3_prepare_v3(connection->handle, text.data, (int)text.len, flags, out, NULL);
    return code == SQLITE_OK ? NULL : error_from(&connection->base, code);
}

static Error *take_statement(SqliteConnection *connection, Str text, CachedStatement **out)
{
    sqlite3_stmt *statement = NULL;
    CachedStatement *slot = statement_cache_find(&connection->cache, text);
    bool is_long = text.len > CACHED_TEXT_BYTES;
    if (slot == NULL && !is_long && statement_cache_is_full(&connection->cache) &&
        !statement_cache_is_busy(&connection->cache))
        forget_statements(connection);
    if (slot == NULL && !is_long && !statement_cache_is_full(&connection->cache)) {
        TRY(prepare(connection, text, SQLITE_PREPARE_PERSISTENT, &statement));
        slot = statement_cache_add(&connection->cache, text, statement);
    } else if (slot == NULL || slot->is_busy) {
        /* The same text is running further up, or the cache can't be emptied now: a one-off. */
        slot = ARENA_NEW(connection->base.arena, CachedStatement);
        TRY(prepare(connection, text, 0, &statement));
        slot->statement = statement;
    }
    slot->is_busy = true;
    *out = slot;
    return NULL;
}

static int bind(sqlite3_stmt *statement, int number, const SqlValue *value)
{
    switch (value->kind) {
    case SQL_NULL:
        return SQLITE_OK; /* bindings were cleared */
    case SQL_INT:
        return sqlite3_bind_int64(statement, number, value->integer);
    case SQL_REAL:
        return sqlite3_bind_double(statement, number, value->real);
    case SQL_TEXT:
        /* Values live in the task's arena, longer than the statement runs. */
        return sqlite3_bind_text64(statement, number, value->text.data, value->text.len,
                                   SQLITE_STATIC, SQLITE_UTF8);
    }
    return SQLITE_MISUSE;
}

static void finish(SqlRows *rows)
{
    CachedStatement *slot = rows->statement;
    if (slot->text.data == NULL) {
        sqlite3_finalize(slot->statement);
        return;
    }
    sqlite3_reset(slot->statement);
    sqlite3_clear_bindings(slot->statement);
    slot->is_busy = false;
}

static Error *query(SqlConnection *base, const SqlText *text, void **out_statement)
{
    SqliteConnection *connection = sqlite_of(base);
    CachedStatement *slot = NULL;
    TRY(take_statement(connection, buf_str(&text->buf), &slot));
    for (size_t i = 0; i < text->count; i++) {
        int code = bind(slot->statement, (int)i + 1, &text->values[i]);
        if (code == SQLITE_OK)
            continue;
        Error *error = error_from(base, code);
        finish(&(SqlRows){ .connection = base, .statement = slot });
        return error;
    }
    *out_statement = slot;
    return NULL;
}

static Error *next(SqlRows *rows, bool *out_has_row)
{
    int code = sqlite3_step(statement_of(rows));
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return error_from(rows->connection, code);
    *out_has_row = code == SQLITE_ROW;
    return NULL;
}

static bool column_is_null(const SqlRows *rows, int column)
{
    return sqlite3_column_type(statement_of(rows), column) == SQLITE_NULL;
}

static int64_t column_int(const SqlRows *rows, int column)
{
    return sqlite3_column_int64(statement_of(rows), column);
}

static double column_real(const SqlRows *rows, int column)
{
    return sqlite3_column_double(statement_of(rows), column);
}

static Str column_text(const SqlRows *rows, int column)
{
    sqlite3_stmt *statement = statement_of(rows);
    const char *data = (const char *)sqlite3_column_text(statement, column);
    if (data == NULL)
        return STR_NONE;
    return (Str){ data, (size_t)sqlite3_column_bytes(statement, column) };
}

static SqlValue column_value(const SqlRows *rows, int column)
{
    switch (sqlite3_column_type(statement_of(rows), column)) {
    case SQLITE_INTEGER:
        return sql_int(column_int(rows, column));
    case SQLITE_FLOAT:
        return sql_real(column_real(rows, column));
    case SQLITE_NULL:
        return sql_null();
    default:
        return sql_text(column_text(rows, column));
    }
}

static int64_t changed_rows(const SqlConnection *base)
{
    return sqlite3_changes64(((const SqliteConnection *)base)->handle);
}

static Error *catalog(SqlConnection *base, SqlCatalog what, Str table, Str **out_names,
                      size_t *out_count)
{
    SqlText text;
    sql_text_init(&text, base->arena, &sql_dialect_sqlite);
    if (what == SQL_CATALOG_TABLES) {
        sql_put(&text, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    } else if (what == SQL_CATALOG_COLUMNS) {
        sql_put(&text, "SELECT name FROM pragma_table_info(");
        sql_put_value(&text, sql_text(table));
        sql_put(&text, ") ORDER BY cid");
    } else {
        sql_put(&text, "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL "
                       "AND tbl_name = ");
        sql_put_value(&text, sql_text(table));
        sql_put(&text, " ORDER BY name");
    }
    return sql_list_names(base, &text, out_names, out_count);
}

static Error *run_word(SqlConnection *base, Str word)
{
    SqlText text;
    sql_text_init(&text, base->arena, &sql_dialect_sqlite);
    buf_append(&text.buf, word);
    return sql_execute(base, &text, NULL);
}

/* The rows of a new index are sorted in a file when they are many; in memory they would all be at
 * once (1M rows: 170 MiB). */
static Error *prepare_schema(SqlConnection *base)
{
    return run_word(base, STR("PRAGMA temp_store = FILE"));
}

static Error *begin(SqlConnection *base, bool is_writer)
{
    return run_word(base, is_writer ? STR("BEGIN IMMEDIATE") : STR("BEGIN"));
}

static Error *commit(SqlConnection *base)
{
    return run_word(base, STR("COMMIT"));
}

static void rollback(SqlConnection *base)
{
    error_ignore(run_word(
        base, STR("ROLLBACK"))); /* after it nothing of the transaction stays, failed or not */
}

static bool is_in_transaction(const SqlConnection *base)
{
    return sqlite3_get_autocommit(((const SqliteConnection *)base)->handle) == 0;
}

const SqlDriver sql_driver_sqlite = {
    .name = "sqlite",
    .dialect = &sql_dialect_sqlite,
    .write_lanes = 1,
    .shares_commits = true,
    .lies_in_directory = true,
    .takes = takes,
    .open = open_sqlite,
    .close = close_sqlite,
    .connect = connect_sqlite,
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
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .is_in_transaction = is_in_transaction,
    .maintain = maintain,
};
