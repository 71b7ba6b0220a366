#pragma once
/* Records: the only door to rows (style.md). Every call checks the caller's right first, validates
 * before it changes anything, reports all field problems at once (spec 3.8), and notes what it
 * changed for the commit (commit.h). The writing calls belong inside task_write. NOT_FOUND: no such
 * live record. */

#include "access/task.h"
#include "query/list_spec.h"

typedef enum RecordOutcome { RECORD_CREATED, RECORD_UPDATED, RECORD_UNCHANGED } RecordOutcome;

typedef struct RecordResult {
    RecordOutcome outcome;
    Str id;
    Str secret; /* shown once, in the answer to the create (the value of a new token); else none */
} RecordResult;

/* The error of all these calls. */
Error *record_not_found(Task *task, const Entity *entity) __attribute__((returns_nonnull));

/* `{"total": n, "list": [...]}`, without what the spec does not want. */
Error *record_list(Task *task, const ListSpec *spec, Buf *out) must_check;
/* The record as one JSON object. `select` may be NULL. */
Error *record_read(Task *task, const Entity *entity, Str id, const ListSpec *select,
                   Buf *out) must_check;
/* The same for many of one entity, in a few statements. The JSON of `ids[i]` goes to `out[i]`,
 * which lives in `keep`; none when there is no such live record. TOO_LARGE leaves the rest none. */
Error *record_read_many(Task *task, const Entity *entity, const Str *ids, size_t count, Arena *keep,
                        Str *out) must_check;
Error *record_create(Task *task, const Entity *entity, const JsonValue *body,
                     RecordResult *out) must_check;
/* Absent keys stay as they are; RECORD_UNCHANGED when nothing differs, and then nothing is written.
 */
Error *record_update(Task *task, const Entity *entity, Str id, const JsonValue *body,
                     RecordResult *out) must_check;
/* The same, but required fields may be empty: one change to many records (spec 3.8). */
Error *record_change(Task *task, const Entity *entity, Str id, const JsonValue *body,
                     RecordResult *out) must_check;
/* What record_change would say, and nothing done. */
Error *record_try_change(Task *task, const Entity *entity, Str id, const JsonValue *body,
                         bool *out_changes) must_check;
/* As record_update, for one stored field. */
Error *record_set(Task *task, const Entity *entity, Str id, const Field *field, SqlValue value,
                  RecordResult *out) must_check;
/* To the trash, or for good. */
Error *record_delete(Task *task, const Entity *entity, Str id, bool is_permanent) must_check;
/* From the trash; INVALID `notUnique` when a live record took a unique value meanwhile. False when
 * it was not there. */
Error *record_restore(Task *task, const Entity *entity, Str id, bool *out_restored) must_check;

/* What a record of this entity asks for before the lane, such as hashing a password; gives the body
 * to go on with. `is_new`: it is being created, or it may be (upsert). */
Error *record_prepare(Task *task, const Entity *entity, bool is_new, const JsonValue *body,
                      const JsonValue **out) must_check;
/* True when record_prepare would take long: then it belongs on the heavy pool. */
bool record_prepares_slowly(const Task *task, const Entity *entity, bool is_new,
                            const JsonValue *body);

/* Everything that create and update check, and nothing done. `id` none = create. What would have
 * been made is known to what the task does next. */
Error *record_dry_run(Task *task, const Entity *entity, Str id, const JsonValue *body,
                      RecordResult *out) must_check;
