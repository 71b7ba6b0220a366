#pragma once
/* Lane desk: a database with a lane over the failing driver, a table `item` of unique numbers, and
 * jobs that add numbers to it - for the tests of the lane. Asserts are made on the test's thread
 * only; what happens on the lane's is written down in the job. */

#include <semaphore.h>

#include "sql/lane.h"
#include "support/failing_driver.h"
#include "support/test_database.h"

#define LANE_DESK_MAX_WAITING 300

typedef struct LaneDesk {
    TestDatabase base;
    FailingDriver driver;
    Lane *lane;
    size_t committed_changes; /* as the hooks were told */
    size_t hook_calls;
    bool refuses_commit; /* in the hook */
} LaneDesk;

/* Group and test fixtures; `*state` is the LaneDesk. */
int lane_desk_open(void **state);
int lane_desk_close(void **state);

int64_t lane_desk_count_items(const LaneDesk *desk);
bool lane_desk_has_item(const LaneDesk *desk, int64_t number);
/* For lane_run; `context` is the number, an int64_t. */
Error *lane_desk_add_number(void *context, SqlConnection *connection);

/* Adds a number, or fails after having done so. */
typedef struct NumberJob {
    LaneJob job; /* first */
    LaneDesk *desk;
    int64_t number;
    bool fails;
    const FailPlan *plan; /* for the driver, from here on; NULL = as it is */
    sem_t *gate;          /* waited for when the number is in; NULL = none */
    Error *error;
    Error *lost;
    bool is_finished;
    size_t finish_order;
    size_t *finished; /* shared by the jobs of a batch; the lane's thread alone writes it */
    sem_t *done;
} NumberJob;

/* `count` jobs with the numbers `first` and up, each with an arena of its own. */
typedef struct Batch {
    NumberJob *jobs;
    size_t count;
    size_t finished;
    sem_t done;
} Batch;

void batch_init(Batch *out, LaneDesk *desk, int64_t first, size_t count);
void batch_submit(Batch *batch);
/* Until every job is finished. */
void batch_await(Batch *batch);
void batch_deinit(Batch *batch);

/* A job that keeps the lane busy until it is let go. */
typedef struct GateJob {
    LaneJob job; /* first */
    sem_t is_in;
    sem_t may_go;
    sem_t is_out;
} GateJob;

/* Returns when the lane is in it. */
void gate_close(LaneDesk *desk, GateJob *out);
void gate_open(GateJob *gate);
