#pragma once
/* Row: the last step of every write - system fields are set, the row is written, the change is
 * noted for the commit and written to the change log (change.h). No rights, no validation: that is
 * over when these are called. */

#include "record/draft.h"

/* INVALID `notUnique`, CONFLICT `duplicate` (the id exists). A trashed record with the same id
 * gives way. */
Error *row_add(Task *task, RecordDraft *draft) must_check;
/* Writes the columns that `is_changed` names (draft_find_changes), and who changed them. INVALID
 * `notUnique`. */
Error *row_change(Task *task, RecordDraft *draft, bool *is_changed) must_check;
/* Only `modifiedAt` and `modifiedBy`: something about the record changed that is not in its row,
 * and left its own trace in the change log. */
Error *row_touch(Task *task, RecordDraft *draft) must_check;
Error *row_trash(Task *task, const Entity *entity, Str id) must_check;
Error *row_restore(Task *task, RecordDraft *draft) must_check;
/* For good, with the relation rows that lead to it. */
Error *row_purge(Task *task, const Entity *entity, Str id) must_check;
