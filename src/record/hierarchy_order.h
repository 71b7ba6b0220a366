#pragma once
/* Hierarchy order: the numbers of siblings (spec content 6.9). Children are numbered in the rows of
 * `{Entity}Hierarchy`, roots in their own `sortOrder`. A body says
 *   `_sortedIds` with `_link` "children" and `_id`: the children of `_id` (none: the roots) in this
 *                order, the others behind them in the order they had;
 *   `_position` "after" or "inside" with `_target`: behind that sibling, or first below it;
 *                `_sortAsc` false: the caller looks at them in the opposite order. */

#include "record/draft.h"

/* Before the checks: `_position` without a parent means the target's place. INVALID: an unknown
 * position or target. */
Error *hierarchy_order_read(Task *task, RecordDraft *draft, const JsonValue *body) must_check;
/* When the record stands where it shall: new numbers. INVALID: a sorted id that is not there. */
Error *hierarchy_order_apply(Task *task, const RecordDraft *draft, const JsonValue *body,
                             bool *out_changed) must_check;
