#pragma once
/* Driver: one engine behind a const table. `sql.c` calls it, nobody else. A new engine is a file
 * driver_x.c with a SqlDriver and a SqlDialect, and a row in driver.c. */

#include "sql/announcement.h"

/* Of a server whose log others replay. */
typedef struct SqlLogState {
    uint64_t position; /* on disk, of a primary; replayed, of a replica */
    int64_t system;    /* the same number for a primary and its replicas */
    bool is_replica;
} SqlLogState;

typedef struct SqlDriver {
    const char *name;
    const SqlDialect *dialect;
    /* How many connections may write at a time, and whether waiting writes share one commit (design
     * §3). */
    unsigned write_lanes;
    bool shares_commits;
    /* A read waits for another program, so it has no place on a thread that has more to do. */
    bool reads_wait;
    /* The other end may go away and come back: `begin` opens a broken connection again. Otherwise
     * it is closed, and without a new one there is no going on. */
    bool renews_connections;
    bool lies_in_directory; /* its location is one */
    bool (*takes)(Str location);
    Error *(*open)(Arena *arena, const SqlOptions *options, SqlDatabase **out);
    void (*close)(SqlDatabase *database);
    Error *(*connect)(Arena *arena, SqlDatabase *database, bool is_writer, SqlConnection **out);
    void (*disconnect)(SqlConnection *connection);
    Error *(*query)(SqlConnection *connection, const SqlText *text, void **out_statement);
    /* sql_query_ahead and sql_expect_no_more; NULL = as a query, and nothing. */
    Error *(*query_ahead)(SqlConnection *connection, const SqlText *text, void **out_statement);
    void (*expect_no_more)(SqlConnection *connection);
    /* A statement whose rows and count nobody asks for: its failure may be told by a later call of
     * its transaction, `settle` at the latest. NULL = it is run as a query. */
    Error *(*queue)(SqlConnection *connection, const SqlText *text);
    Error *(*settle)(SqlConnection *connection);
    Error *(*next)(SqlRows *rows, bool *out_has_row);
    void (*finish)(SqlRows *rows);
    bool (*column_is_null)(const SqlRows *rows, int column);
    int64_t (*column_int)(const SqlRows *rows, int column);
    double (*column_real)(const SqlRows *rows, int column);
    Str (*column_text)(const SqlRows *rows, int column);
    SqlValue (*column_value)(const SqlRows *rows, int column);
    int64_t (*changed_rows)(const SqlConnection *connection);
    Error *(*catalog)(SqlConnection *connection, SqlCatalog what, Str table, Str **out_names,
                      size_t *out_count);
    /* What the tables need and no table is; in the transaction that changes them, before it looks
     * at what is there. NULL = nothing. */
    Error *(*prepare_schema)(SqlConnection *connection);
    /* Calls those who listen when the transaction commits, and has them call (announcement.h); NULL
     * = no other process can write. */
    Error *(*announce)(SqlConnection *connection);
    Error *(*on_announcement)(Arena *arena, SqlDatabase *database, AnnouncementHear *hear,
                              void *owner);
    /* Nobody is called any more, from here on; before what they work with is closed. */
    void (*end_announcements)(SqlDatabase *database);
    /* Without `is_writer`: reads of one state. */
    Error *(*begin)(SqlConnection *connection, bool is_writer);
    /* Sets the connection's `position` when the database `tells_positions`. */
    Error *(*commit)(SqlConnection *connection);
    void (*rollback)(SqlConnection *connection);
    bool (*is_in_transaction)(const SqlConnection *connection);
    /* Ends what another thread's connection is reading, as over its time limit. NULL = the engine
     * looks at `stops_reads` while it works. */
    void (*interrupt)(SqlConnection *connection);
    /* Inside a read. NULL = the engine has no replicas. */
    Error *(*read_log_state)(SqlConnection *connection, SqlLogState *out);
    /* Keeps the engine's log short; called by the lane between groups of shared commits. */
    void (*maintain)(SqlConnection *connection);
} SqlDriver;

/* With an engine whose writers don't wait for each other. */
#define SQL_SLOTS 16

/* What every driver's types begin with. */
struct SqlDatabase {
    const SqlDriver *driver;
    int statement_limit_ms;
    struct ReaderPool *readers;
    bool stops_reads; /* atomic: every read is over its time */
    bool is_replica;  /* broken connections are not renewed: what comes back is looked at anew */
    int64_t asked_since_us; /* atomic; a replica's watcher waits for an answer; 0 = it does not */
    bool tells_positions;   /* commits say how far the log was written */
    unsigned next_slot;     /* atomic: of the next connection that writes, modulo the slots */
};

struct SqlConnection {
    const SqlDriver *driver;
    SqlDatabase *database;
    Arena *arena;
    SqlConnection *next_reader; /* in the reader pool's lists */
    SqlConnection *previous_reader;
    int64_t limit_us;      /* of work in one read; 0 = none */
    int64_t work_since_us; /* processor time at the first look; 0 = not looked yet */
    bool hit_time_limit;
    bool is_broken; /* an I/O error: close and open again before the next use */
    bool may_run_again;
    bool gives_way; /* until the transaction's end: SQL_GIVES_WAY */
    bool is_reading;
    unsigned slot;     /* sql_slot */
    bool is_checked;   /* a replica's: it is as far as it was known to be */
    uint64_t position; /* after the last commit */
    unsigned savepoint_depth;
    unsigned savepoints_sent; /* the inner ones go out with the first statement inside */
    uint64_t statement_count;
    SqlChange *changes;
    size_t change_count;
    size_t change_capacity;
};

/* A new connection, for the pool of readers and for writers. */
Error *sql_connect(Arena *arena, SqlDatabase *database, bool is_writer,
                   SqlConnection **out) must_check;
/* The first column of all rows; for drivers' catalogs. */
Error *sql_list_names(SqlConnection *connection, const SqlText *text, Str **out_names,
                      size_t *out_count) must_check;
/* NULL when no driver takes the location. */
const SqlDriver *sql_driver_find(Str location);
