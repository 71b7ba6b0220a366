#pragma once
/* Upsert: many records created or updated in one call (spec 5.1). Each item is `{"entity",
 * "payload"}` and stands alone: it is matched (id, then unique fields in definition order, then
 * complete unique tuples), then created or updated in a savepoint of its own; an earlier item is
 * visible to later ones; a failure undoes that item only. Runs in slices on the lane, each with its
 * own commit; the outcomes are told after the last one. Call it from a thread that may wait (the
 * heavy pool, the command line). */

#include "record/record.h"

#define UPSERT_SLICE_US 50000
#define UPSERT_SLICE_ITEMS 500

/* What became of one item. */
typedef struct UpsertItem {
    const Entity *entity; /* NULL when the item named none that exists */
    const JsonValue *payload;
    Error *error; /* NULL: it was stored, or was so already */
    RecordResult result;
    /* The record's JSON as its slice has left it, when the item created or updated it. None in a
     * dry run, when left out, when a later item of the slice has removed it again, and when the
     * answer is full. */
    Str record;
} UpsertItem;

/* "Created", "Updated", "NotModified", "Failed". */
Str upsert_item_status(const UpsertItem *item);

typedef struct UpsertOptions {
    bool is_dry_run;         /* nothing is stored */
    bool leaves_records_out; /* the outcome without the record (for loading) */
} UpsertOptions;

/* `items` is a JSON list; gives one outcome an item, in order. INVALID: not a list, too many items.
 */
Error *upsert_run(Task *task, const JsonValue *items, const UpsertOptions *options,
                  UpsertItem **out, size_t *out_count) must_check;
