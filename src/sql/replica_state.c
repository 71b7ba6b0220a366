#include "sql/replica_state.h"

#include <string.h>

/* Marks stand so far apart at least: all of them cover twice the limit. */
#define MARKS_A_LIMIT (REPLICA_MARKS / 2)

void replica_state_init(ReplicaState *state, int64_t max_lag_us)
{
    *state = (ReplicaState){ .max_lag_us = max_lag_us, .readable_until_us = INT64_MIN };
}

/* Takes the newest mark away when the new one may stand for it: then the replica is believed to be
 * further behind than it is, never less. */
static void make_room(ReplicaState *state, int64_t at_us, uint64_t position)
{
    ReplicaMark *marks = state->marks;
    size_t count = state->mark_count;
    if (count > 0 && marks[count - 1].position == position) {
        state->mark_count--;
    } else if (count > 1 && at_us - marks[count - 2].at_us < state->max_lag_us / MARKS_A_LIMIT) {
        state->mark_count--;
    } else if (count == REPLICA_MARKS) {
        memmove(marks, marks + 1, (count - 1) * sizeof *marks);
        state->mark_count--;
    }
}

void replica_state_note_primary(ReplicaState *state, int64_t at_us, uint64_t position)
{
    /* Another primary, which never had what the last one had written at the end. */
    if (state->mark_count > 0 && state->marks[state->mark_count - 1].position > position)
        state->mark_count = 0;
    make_room(state, at_us, position);
    state->marks[state->mark_count++] = (ReplicaMark){ .at_us = at_us, .position = position };
}

void replica_state_note_replayed(ReplicaState *state, uint64_t position)
{
    int64_t until_us = INT64_MIN;
    for (size_t i = 0; i < state->mark_count && state->marks[i].position <= position; i++)
        until_us = state->marks[i].at_us + state->max_lag_us;
    if (position < replica_state_replayed(state)) /* the old position is never asked for again */
        replica_state_leave_out(state);
    __atomic_store_n(&state->replayed, position, __ATOMIC_SEQ_CST);
    __atomic_store_n(&state->readable_until_us, until_us, __ATOMIC_SEQ_CST);
}

void replica_state_leave_out(ReplicaState *state)
{
    __atomic_store_n(&state->readable_until_us, INT64_MIN, __ATOMIC_SEQ_CST);
}

uint64_t replica_state_replayed(const ReplicaState *state)
{
    return __atomic_load_n(&state->replayed, __ATOMIC_SEQ_CST);
}

bool replica_state_may_read(const ReplicaState *state, int64_t now_us, uint64_t position)
{
    return now_us <= __atomic_load_n(&state->readable_until_us, __ATOMIC_SEQ_CST) &&
           position <= replica_state_replayed(state);
}
