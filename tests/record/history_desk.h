#pragma once
/* What tests of the history share: a page of it, and going back. */

#include "record/history.h"
#include "record_desk.h"

/* The answer of history_list; fails the test on an error. `page_rows` 0 = 1000. */
const JsonValue *history_desk_page(RecordDesk *desk, const char *entity, const char *id,
                                   int64_t offset, int64_t page_rows);
Error *history_desk_list(RecordDesk *desk, const char *entity, const char *id,
                         const JsonValue **out);
/* The entry at `index`, newest first. */
const JsonValue *history_desk_entry(RecordDesk *desk, const char *entity, const char *id,
                                    size_t index);
/* `fields`: single-quoted JSON, or NULL. */
Error *history_desk_revert(RecordDesk *desk, const char *entity, const char *id, Str version,
                           const char *fields, RecordResult *out);
/* The text of a member, "null" when it has none. */
const char *history_desk_text(RecordDesk *desk, const JsonValue *object, const char *key);
/* Fails unless the entry says that `name` went from `before` to `after` (single-quoted JSON). */
void assert_history_field(RecordDesk *desk, const JsonValue *entry, const char *name,
                          const char *before, const char *after);
