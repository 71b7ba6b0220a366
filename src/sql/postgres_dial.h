#pragma once
/* Opens a connection to the server, with the options that every one of ours has: a silent link is
 * noticed within 10 s. The result may be one that failed (PQstatus). */

#include <libpq-fe.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

PGconn *postgres_dial(const char *url);

/* When to try again after attempts that failed: pauses that grow, shared by all connections of a
 * database. Threads: any. */
typedef struct PostgresBackOff {
    pthread_mutex_t lock;
    int64_t until_us; /* monotonic */
    int64_t pause_us; /* 0 = the last attempt worked */
} PostgresBackOff;

void postgres_back_off_init(PostgresBackOff *back_off);
void postgres_back_off_deinit(PostgresBackOff *back_off);
bool postgres_back_off_is_over(PostgresBackOff *back_off);
void postgres_back_off_note(PostgresBackOff *back_off, bool has_worked);
