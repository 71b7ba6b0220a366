#pragma once
/* Model change: stored rows say something else about the model (schema/model.h), and everything
 * follows:
 *
 *   on the lane, in one transaction         after its commit           elsewhere
 *   rows -> snapshot -> tables, version --> instance_set_schema ...  announcement ->
 * model_change_hear
 *
 * Tasks that began with the old snapshot finish with it: tables only gain columns here, and every
 * statement names its columns. So does another process until it has heard. A stop at any point
 * leaves the old model or the new one. */

#include "access/task.h"

/* Inside a step on the lane, after the rows were written; the snapshot is the task's until its end.
 * INVALID: the definitions contradict each other. UNAVAILABLE: a table was not free for
 * SQL_GIVE_WAY_MS (the lane tries again). */
Error *model_change(Task *task) must_check;
/* At the start, before there is a lane: tables follow the stored model and this program's part of
 * it, in one transaction. */
Error *model_open(Arena *arena, Instance *instance) must_check;
/* Another process may have changed the model: takes the newest snapshot. Any thread. */
void model_change_hear(Instance *instance);
/* Now and then: tries again what could not be read. */
void model_change_hear_missed(Instance *instance);
