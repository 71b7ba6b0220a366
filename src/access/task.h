#pragma once
/* Task: one request or one job from the beginning to the end - its memory, its snapshot of the
 * schema, who asks, the connection that it works on, the time that it calls now. A task reads on
 * a reading connection of its own, in one read transaction from the first `task_reader` on; it
 * writes inside `task_write` only, on the lane: there `task->sql` is the lane's connection.
 * Threads: one at a time. */

#include "access/caller.h"
#include "access/instance.h"

typedef struct Known Known;

typedef struct Task {
    Arena *arena;
    Instance *instance;
    Schema *schema;
    const Caller *caller; /* never NULL */
    SqlConnection *sql;   /* NULL until the first read; inside task_write the writing one */
    Known *known;         /* in a batch, what it knows of records (record/known.h); else NULL */
    int64_t now_us;       /* wall clock */
    Str remote_address;
    bool is_writing;
    bool may_read_replica; /* it only reads, what it reads may be a moment behind, and nothing of it
                              is kept for others */
    int read_limit_ms;     /* of work in one read; 0 = the database's limit */
    Schema *made_schema;   /* by a change of the model, until the task's end; else NULL */
} Task;

void task_begin(Task *task, Arena *arena, Instance *instance);
/* Ends a read transaction and gives the schema back; the arena is the owner's. */
void task_end(Task *task);
/* Ends a read transaction: the next read begins another, which sees the newest state, maybe on
 * another thread. */
void task_end_read(Task *task);
/* Makes `task->sql` usable for reading: on the primary, or on a replica when the task may read
 * there and the replica has what the caller wrote. */
Error *task_reader(Task *task) must_check;
/* The task's read ended with an error of the replica that it was on. Then the read is over, and
 * what the task reads from now on is read on the primary: run it again. */
bool task_replica_failed(Task *task, const Error *error);
/* The caller has written; `position` as in LaneJob. Before the answer goes out. */
void task_note_written(const Task *task, uint64_t position);
/* Works in another arena from now on; what must stay is copied by whoever changes it. */
void task_use_arena(Task *task, Arena *arena);
/* Runs `step` on the lane, in a savepoint; returns after the commit. Inside a step it just calls.
 * Reads before it are over: a step sees the newest state. */
Error *task_write(Task *task, Error *(*step)(Task *task, void *context), void *context) must_check;
/* The same for a step of many items, each in a savepoint of its own; there is none around the step,
 * so it must not fail with an item half done. */
Error *task_write_items(Task *task, Error *(*step)(Task *task, void *context),
                        void *context) must_check;
/* For a whole task that the lane runs itself (LaneJob): from here on the task works on
 * `connection`. */
void task_enter_lane(Task *task, SqlConnection *connection);
void task_leave_lane(Task *task);
/* `YYYY-MM-DD HH:MM:SS` of now. */
Str task_now_text(Task *task);
