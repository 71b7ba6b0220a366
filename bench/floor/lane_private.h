#pragma once
/* What the lanes of both engines share: the queue of waiting jobs, counts, answers. */

#include "lane.h"
#include "row.h"

/* NULL when none waits and `may_wait` is false. */
LaneJob *lane_take(bool may_wait);
void lane_note_commit(unsigned jobs);
/* Ends the program when the thread can't be started. */
void lane_start_thread(void *(*run)(void *argument), void *argument);

/* Around each record of a batch's answer, and around all. */
void lane_open_item(Text *out, bool is_first);
void lane_close_item(Text *out);
