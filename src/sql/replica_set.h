#pragma once
/* Replica set: servers that replay the log of a database, and reads that may be a moment behind go
 * to. Each replica is a database of its own with its own connections, and has a watcher: a thread
 * that asks, a few times within the limit, how far the primary's log is written and how far the
 * replica has replayed it. A replica takes reads while it is reachable, replays the log of this
 * very primary and is behind by the limit at most; it is left out and taken in again with a log
 * line, which tells it by its number. Opening a set makes commits of the primary tell their
 * position. Threads: any. */

#include "sql/sql.h"

#define REPLICA_SET_MAX 16

typedef struct ReplicaSet ReplicaSet;

typedef struct ReplicaOptions {
    const Str *urls; /* of one server each */
    size_t count;    /* at most REPLICA_SET_MAX */
    int64_t max_lag_ms;
} ReplicaOptions;

/* Before the primary's writers are opened. INVALID: a database without replicas, or a URL that is
 * none. A replica that can't be reached is no error. */
Error *replica_set_open(Arena *arena, SqlDatabase *primary, const ReplicaOptions *options,
                        ReplicaSet **out) must_check;
/* Before the primary is closed; every reader must have been given back. Accepts NULL. */
void replica_set_close(ReplicaSet *set);
/* A reading connection, its read begun, of a replica that has replayed `position`; NULL when no
 * replica takes the read. Given back by `sql_give_reader`. */
SqlConnection *replica_set_begin_read(ReplicaSet *set, Arena *arena, uint64_t position,
                                      int limit_ms);
/* The read on `connection` ended with an error that the primary would not have given: run it again
 * there. The replica is left out unless the error says nothing of it. */
bool replica_set_has_failed(ReplicaSet *set, const SqlConnection *connection, const Error *error);
/* sql_stop_reads of all replicas. */
void replica_set_stop_reads(ReplicaSet *set);
