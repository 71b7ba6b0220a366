#pragma once
/* Pool: threads for work that takes long or waits, with a bounded queue (design §3: the heavy pool,
 * the hash pool). */

#include "base/error.h"

typedef struct PoolJob {
    void (*run)(struct PoolJob *job);
    struct PoolJob *next;
} PoolJob;

typedef struct Pool Pool;

Error *pool_start(Arena *arena, unsigned threads, size_t max_waiting, Pool **out) must_check;
/* Runs what waits, then ends the threads. */
void pool_stop(Pool *pool);
/* UNAVAILABLE when too many jobs wait; then the job was not taken. */
Error *pool_submit(Pool *pool, Arena *arena, PoolJob *job) must_check;
