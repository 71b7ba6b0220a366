#pragma once
/* History: who changed what of a record, from what to what, and back to an earlier version. Read
 * from the change log (query/change_log.h), where the writes left it. Links of many to many show
 * with both records; a link that is a value of one record shows with that record. */

#include "record/record.h"

typedef struct HistoryPage {
    int64_t offset;
    int64_t page_rows;
} HistoryPage;

/* `{"total": n, "list": [...]}`, newest first, also of a record in the trash, and for
 * administrators of one that is gone for good. Only keys that a read of the record would show.
 * NOT_FOUND: nothing is known of such a record. */
Error *history_list(Task *task, const Entity *entity, Str id, const HistoryPage *page,
                    Buf *out) must_check;

/* Gives the live record the values and many-to-many links that it had right after the version, by
 * record_update. `fields` NULL: all that may be written; else a list of field or key names. Links
 * whose rows need more than two ends stay as they are. NOT_FOUND: no such version of this record.
 * On the lane. */
Error *history_revert(Task *task, const Entity *entity, Str id, Str version,
                      const JsonValue *fields, RecordResult *out) must_check;

/* Removes what happened before then, in slices on the lane, for about a second. */
Error *history_forget(Task *task, int64_t before_us) must_check;
