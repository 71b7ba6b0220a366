#pragma once
/* Upsert item: one step for one item, kept apart from the others - its memory, its error. */

#include "feature/mass/upsert.h"

typedef Error *UpsertStep(Task *task, const UpsertOptions *options, UpsertItem *item);

/* It failed because of others at the same time: no outcome, the slice is run again. */
bool upsert_item_is_passing(const Task *task);
/* Works in the scratch arena, so that ten thousand items need no more memory than one, and their
 * outcomes; the step's error becomes the item's. An error that is not the item's outcome is
 * returned. */
Error *upsert_item_run(Task *task, Arena *scratch, const UpsertOptions *options, UpsertItem *item,
                       UpsertStep *step) must_check;
