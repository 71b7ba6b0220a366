#pragma once
/* Sorting: what a body says about the order of records that are numbered within another one
 * (`sortedWithin`, schema.h):
 *   `_scope` "Category", `_id` "c1", `_sortedIds` [products]: of the records linked to c1;
 *   `_sortedIds` [rows] alone: of rows that are numbered themselves (AssociatedProduct).
 * The listed ones change places among themselves; those between them stay where they are. Rows
 * without a number are behind all others, in the order in which they were made. Also flags that
 * only one of several records may have (`onlyOneWithin`). */

#include "record/draft.h"

#define SORTING_MAX_IDS 10000

/* INVALID: an id that is not there, `badParameter`. Inside task_write. */
Error *sorting_apply(Task *task, const Entity *entity, const JsonValue *body,
                     bool *out_changed) must_check;
/* Before the draft is written with such a flag: whoever has it loses it. */
Error *sorting_take_flags(Task *task, const RecordDraft *draft) must_check;
