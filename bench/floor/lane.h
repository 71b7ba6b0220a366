#pragma once
/* Lane: where writes run, by the product's rules for the engine. One job is one request; its
 * `finish` comes after the commit that holds it. No savepoints, because nothing is checked and
 * nothing fails.
 *
 * lane_sqlite.c: one writer thread with group commit. A group is committed when nothing waits any
 * more, or when it is 2 ms old or has 256 jobs; then all its answers go out. The side index and the
 * counter are written once a group.
 *
 * lane_postgres.c: four writer threads with a connection each, a transaction a job. */

#include "store.h"

typedef enum LaneKind { LANE_UPDATE, LANE_CREATE, LANE_BATCH } LaneKind;

/* Lives in its request from lane_submit to `finish`. */
typedef struct LaneJob {
    LaneKind kind;
    const char *id; /* of an update */
    size_t id_len;
    const char *body;
    size_t body_len;
    Text *out;
    void (*finish)(struct LaneJob *job);
    struct LaneJob *next;
} LaneJob;

void lane_start(const StoreOptions *options);
void lane_submit(LaneJob *job);
void lane_counts(uint64_t *out_commits, uint64_t *out_jobs);
