#pragma once
/* Change log: one row of `pimento_change` for every write of a record, added in its transaction and
 * never changed again - what a record's history is read from, and what others follow (an outbox).
 *
 *   row_id       grows; the number of the version that the write made of the record
 *   entity       of the record that was written
 *   subject_id   that record; of a relation row the record at its first end ...
 *   other_id     ... and the one at its second end, so that one row is found from both (a relation
 *                row that goes for good from the trash is its own subject and has no other)
 *   relation_id  the relation row itself
 *   kind, at_us, by_id
 *   what         JSON: {"price":[1,2.5]}, the stored key with its values before and after; null in
 *                the place of the two when the field keeps its values to itself
 *
 * Rows go away by age only, the lowest numbers first, and the newest one never: so numbers are not
 * given twice, and what is there of a record has no holes.
 * Following: with an engine of many writers a lower number may become visible after a higher one
 * (numbers are given when a row is added, rows appear at the commit). So a reader that must miss
 * nothing keeps as its position a number that is CHANGE_LOG_SETTLE_US old, reads again what came
 * after it, and passes over the numbers that it has seen. */

#include "sql/sql.h"

/* Longer than any transaction that writes records. */
#define CHANGE_LOG_SETTLE_US 60000000
/* Of `what`: larger ones are refused as TOO_LARGE, with their write. */
#define CHANGE_LOG_MAX_BYTES ((size_t)64 << 20)

/* Stored: numbers are never given another meaning. */
typedef enum ChangeKind {
    CHANGE_CREATED = 1,
    CHANGE_UPDATED = 2,
    CHANGE_DELETED = 3,
    CHANGE_RESTORED = 4,
    CHANGE_PURGED = 5,
    CHANGE_MOVED = 6, /* only told to the ends that a relation row had: it leads elsewhere now */
} ChangeKind;

typedef struct ChangeRow {
    int64_t number;
    Str entity;
    Str subject_id;
    Str other_id;    /* none for what is no relation row */
    Str relation_id; /* as above */
    ChangeKind kind;
    int64_t at_us;
    Str by_id; /* may be none */
    Str what;  /* may be none */
} ChangeRow;

/* `number` is not looked at. */
Error *change_log_add(SqlConnection *connection, const ChangeRow *row) must_check;

/* Which rows are the history of a record: those of `subject_entities` that have it as their
 * subject, and those of `other_entities` that have it at their second end. Of a relation row: only
 * those with `relation_id`. */
typedef struct ChangeScope {
    Str subject_id;
    const SqlValue *subject_entities;
    size_t subject_count;
    Str other_id;
    const SqlValue *other_entities;
    size_t other_count;
    Str relation_id; /* else none */
} ChangeScope;

Error *change_log_count(SqlConnection *connection, const ChangeScope *scope,
                        int64_t *out) must_check;
/* Newest first. */
Error *change_log_page(SqlConnection *connection, const ChangeScope *scope, int64_t offset,
                       int64_t page_rows, SqlRows *out) must_check;
/* All with a number from `number` on, in order. */
Error *change_log_since(SqlConnection *connection, const ChangeScope *scope, int64_t number,
                        SqlRows *out) must_check;
/* At most `limit` rows behind the position, in order, of all entities. */
Error *change_log_read_after(SqlConnection *connection, int64_t position, int64_t limit,
                             SqlRows *out) must_check;
/* The row under the cursor; text is borrowed from it. */
void change_log_read_row(const SqlRows *rows, ChangeRow *out);

/* All rows with their numbers into another database, whose log is empty; it numbers on behind them.
 * Works a page at a time. */
Error *change_log_copy(SqlConnection *from, SqlConnection *to) must_check;

/* Removes at most `limit` of the oldest rows, up to the first that is not older than `before_us`.
 */
Error *change_log_forget(SqlConnection *connection, int64_t before_us, int64_t limit,
                         int64_t *out_count) must_check;
