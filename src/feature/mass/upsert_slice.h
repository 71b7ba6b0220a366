#pragma once
/* Upsert slice: the items that go to the lane at a time, in one transaction. What all of them will
 * want to know is read first, in a few statements (record/known.h); then they run one after the
 * other; then the records of the outcomes are read, also together: so an outcome shows its record
 * as the slice has left it. */

#include "feature/mass/upsert.h"

typedef struct UpsertSlice {
    const UpsertOptions *options;
    UpsertItem *items;
    size_t count; /* at most UPSERT_SLICE_ITEMS */
    size_t done;  /* those that were run before the time was over */
    Arena *scratch;
    Arena *arena; /* of the slice: what is known */
} UpsertSlice;

/* A step for task_write_items; `context` is the UpsertSlice. Fails only when the transaction is
 * gone, with all of the slice. */
Error *upsert_slice_run(Task *task, void *context) must_check;
