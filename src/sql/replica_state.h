#pragma once
/* Replica state: what is known of one replica, and whether it may be read. Marks say how far the
 * primary's log was written at which time; with how far the replica has replayed it follows until
 * when it may be read:
 *
 *   primary   written at 10:00.0 -> 500, at 10:00.2 -> 540, at 10:00.4 -> 610
 *   replica   replayed 560: has all of 10:00.2, may be read until 10:00.2 and the limit
 *
 * So a replica of which nothing is heard lapses by itself. Times are monotonic us and handed in.
 * Threads: one notes; any asks and leaves out. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLICA_MARKS 16

typedef struct ReplicaMark {
    int64_t at_us;
    uint64_t position;
} ReplicaMark;

typedef struct ReplicaState {
    int64_t max_lag_us;
    ReplicaMark marks[REPLICA_MARKS]; /* oldest first; of the thread that notes */
    size_t mark_count;
    uint64_t replayed;         /* atomic */
    int64_t readable_until_us; /* atomic */
} ReplicaState;

void replica_state_init(ReplicaState *state, int64_t max_lag_us);
/* All that was written before `at_us` lies before `position`. */
void replica_state_note_primary(ReplicaState *state, int64_t at_us, uint64_t position);
void replica_state_note_replayed(ReplicaState *state, uint64_t position);
/* Until more is noted. */
void replica_state_leave_out(ReplicaState *state);
uint64_t replica_state_replayed(const ReplicaState *state);
/* It is behind by the limit at most, and has replayed `position`. */
bool replica_state_may_read(const ReplicaState *state, int64_t now_us, uint64_t position);
