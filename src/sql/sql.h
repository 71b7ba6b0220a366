#pragma once
/* SQL: a database, its connections, statements and transactions, the same for every engine.
 * Who reads takes a connection from the database's pool and gives it back; writes have the
 * connections of the write lane (lane.h). Statements are prepared once a connection and shape, and
 * kept. Rows are read where they lie: a Str of a row is valid until the next `sql_next` or
 * `sql_close` of it. Errors: INVALID `notUnique` for a violated unique index, UNAVAILABLE when
 * busy, over the time limit or gone, STORAGE_FULL, INTERNAL for the rest (detail in the log only).
 * They live in the connection's current arena. Threads: a SqlDatabase is shared, a SqlConnection
 * belongs to one thread at a time. */

#include "base/error.h"
#include "sql/dialect.h"

typedef struct SqlDatabase SqlDatabase;
typedef struct SqlConnection SqlConnection;

#define SQL_READER_WAIT_MS 5000

typedef struct SqlOptions {
    Str location;            /* a directory, or a URL */
    int statement_limit_ms;  /* of one read task */
    unsigned page_cache_kib; /* of the writing connection; a reading one has an eighth */
    unsigned max_readers;    /* reading connections open at a time; 0 = as many as are asked for */
    bool must_exist; /* UNAVAILABLE when there is none; else a directory gets an empty one */
} SqlOptions;

/* The database lies in a directory (beside other things), not behind a URL. */
bool sql_location_is_directory(Str location);

Error *sql_database_open(Arena *arena, const SqlOptions *options, SqlDatabase **out) must_check;
/* Every connection must be idle. */
void sql_database_close(SqlDatabase *database);
const SqlDialect *sql_dialect(const SqlDatabase *database);
/* A read mostly waits, for another program: threads that must not wait leave it to others. */
bool sql_reads_wait(const SqlDatabase *database);

/* A reading connection for this thread alone, until it is given back. UNAVAILABLE when all stay
 * taken for SQL_READER_WAIT_MS. */
Error *sql_take_reader(Arena *arena, SqlDatabase *database, SqlConnection **out) must_check;
/* Also ends its read. */
void sql_give_reader(SqlConnection *connection);
/* A connection that writes; for the lane and for start-up. */
Error *sql_writer_open(Arena *arena, SqlDatabase *database, SqlConnection **out) must_check;
void sql_connection_close(SqlConnection *connection);
/* Which of the rows that hold one value in parts (query/counter.h) is this writer's, so that
 * writers don't wait for each other's commits: no two writing connections of a process share a slot
 * while there are enough, those of several processes seldom. Where only one connection writes there
 * is one slot, 0. */
unsigned sql_slot(const SqlConnection *connection);
unsigned sql_slot_count(const SqlConnection *connection);
/* Where errors and copies of what follows go: the current task's arena. */
void sql_use_arena(SqlConnection *connection, Arena *arena);
Arena *sql_arena(const SqlConnection *connection);
const SqlDialect *sql_connection_dialect(const SqlConnection *connection);
/* An empty text in the connection's arena and dialect. */
SqlText sql_text_new(const SqlConnection *connection);

/* Reads that follow see one state of the database, until `sql_end_read`. `limit_ms` of processor
 * time, then UNAVAILABLE `statementTimeout`; 0 = the database's limit. */
Error *sql_begin_read(SqlConnection *connection, int limit_ms) must_check;
void sql_end_read(SqlConnection *connection);
/* One state as well, for as long as it takes and with any pauses: for going over whole tables, with
 * a connection that writes at other times. */
Error *sql_begin_long_read(SqlConnection *connection) must_check;
/* From now on every read ends at once, as over its time limit: the program stops. Any thread. */
void sql_stop_reads(SqlDatabase *database);
/* The last failure of this connection was its time limit. */
bool sql_hit_time_limit(const SqlConnection *connection);

typedef struct SqlRows {
    SqlConnection *connection;
    void *statement;
} SqlRows;

void sql_close(SqlRows *rows);
#define AUTO_CLOSE __attribute__((cleanup(sql_close)))

/* Runs the text with its values. `AUTO_CLOSE SqlRows rows = { 0 };` stands beside it. */
Error *sql_query(SqlConnection *connection, const SqlText *text, SqlRows *out) must_check;
/* The same for statements that are known before their rows are needed: an engine that is far away
 * is asked all of them at once, and waited for when the first row of one is wanted. A failure is
 * told there. */
Error *sql_query_ahead(SqlConnection *connection, const SqlText *text, SqlRows *out) must_check;
/* What was asked ahead is all that this read asks: it ends with the answers. Only a hint: a
 * statement that follows all the same works, and may see a later state. */
void sql_expect_no_more(SqlConnection *connection);
Error *sql_next(SqlRows *rows, bool *out_has_row) must_check;
bool sql_column_is_null(const SqlRows *rows, int column);
int64_t sql_column_int(const SqlRows *rows, int column);
double sql_column_real(const SqlRows *rows, int column);
/* None for NULL. */
Str sql_column_text(const SqlRows *rows, int column);
/* Text is borrowed from the row. */
SqlValue sql_column_value(const SqlRows *rows, int column);
/* For statements without rows. `out_changed` may be NULL: then an engine that is far away need not
 * wait for the outcome, and a failure may be told by a later call of the same transaction - at the
 * latest when the savepoint is released, or by the commit. */
Error *sql_execute(SqlConnection *connection, const SqlText *text, int64_t *out_changed) must_check;
/* Statements run by this connection so far. */
uint64_t sql_statement_count(const SqlConnection *connection);

/* What is in the database now, plain names: tables when `table` is none, else the columns or the
 * indexes of a table. */
typedef enum SqlCatalog { SQL_CATALOG_TABLES, SQL_CATALOG_COLUMNS, SQL_CATALOG_INDEXES } SqlCatalog;
/* Who changes tables has to have them alone. It waits until they are free, and everybody else
 * behind it; or it gives way: after SQL_GIVE_WAY_MS the transaction fails and may be run again. */
typedef enum SqlPatience { SQL_WAITS, SQL_GIVES_WAY } SqlPatience;
#define SQL_GIVE_WAY_MS 100
/* First in a transaction that changes tables: it is the only one now, and finds what tables need.
 */
Error *sql_prepare_schema(SqlConnection *connection, SqlPatience patience) must_check;
Error *sql_catalog(SqlConnection *connection, SqlCatalog what, Str table, Str **out_names,
                   size_t *out_count) must_check;

/* Transactions of a writing connection. A savepoint rolls back when its scope is left without
 * `sql_release`; it is sent with the first statement inside, and one without any costs nothing. */
typedef struct SqlSavepoint {
    SqlConnection *connection; /* NULL when not open */
    unsigned depth;
    size_t change_count;
} SqlSavepoint;

Error *sql_begin(SqlConnection *connection) must_check;
Error *sql_commit(SqlConnection *connection) must_check;
/* Never fails to the outside: whatever happens, nothing of the transaction stays. */
void sql_rollback(SqlConnection *connection);
/* The transaction failed only because of others at the same time: run again from its beginning, it
 * may well succeed. */
bool sql_may_run_again(const SqlConnection *connection);
/* At the end of a SELECT whose rows are going to be changed: no other writer changes them before
 * this transaction is over. Nothing for a reader. */
void sql_put_row_lock(const SqlConnection *connection, SqlText *text);
/* The same for many rows: locked in the order of that column, so that two who want the same rows
 * don't wait for each other in turn. */
void sql_put_row_locks(const SqlConnection *connection, SqlText *text, SqlName order);
/* The same for whoever takes any row that nobody else has: rows locked by others are passed over.
 */
void sql_put_free_row_lock(const SqlConnection *connection, SqlText *text);
/* No other transaction that locks the same number goes on from here until this one is over; on an
 * engine with one writer that is so anyway. For rules about many rows at once. */
Error *sql_lock(SqlConnection *connection, int64_t number) must_check;
/* False also when an error has ended the transaction by itself. */
bool sql_is_in_transaction(const SqlConnection *connection);
/* How far the database's log was written with the last commit; a number that only grows. 0 = nobody
 * asks for it (replica_set.h). */
#define SQL_POSITION_UNKNOWN UINT64_MAX /* later than all that are known */
uint64_t sql_position(const SqlConnection *connection);
Error *sql_savepoint(SqlConnection *connection, SqlSavepoint *out) must_check;
Error *sql_release(SqlSavepoint *savepoint) must_check;
void sql_rollback_if_open(SqlSavepoint *savepoint);
#define AUTO_ROLLBACK __attribute__((cleanup(sql_rollback_if_open)))

/* What the open transaction has changed, in order; a savepoint that rolls back takes its part away.
 * `subject` is the owner's (an entity). Read by the commit hook, which keeps derived data in step
 * once a group, not once a row. */
typedef enum SqlChangeKind {
    SQL_ROW_ADDED,
    SQL_ROW_CHANGED,
    SQL_ROW_GONE,
    SQL_ROW_TOUCHED,   /* in what only lists show: versions move, nothing else follows */
    SQL_MODEL_CHANGED, /* `subject` is the schema that holds from the commit on */
} SqlChangeKind;

typedef struct SqlChange {
    const void *subject;
    int64_t row_id;
    SqlChangeKind kind;
    uint64_t new_text; /* the side indexes that must follow, a bit each */
} SqlChange;

void sql_note_change(SqlConnection *connection, SqlChange change);
const SqlChange *sql_changes(const SqlConnection *connection, size_t *out_count);
