#pragma once
/* Hierarchy rows: `{Entity}Hierarchy` as an entity of the API, whose records are made, changed and
 * deleted by the rules of the tree. Where a record has a single parent, a row is made by setting
 * that parent and goes with it; a row never changes its ends. Inside task_write. */

#include "record/draft.h"
#include "record/record.h"

/* Single parent: the record moves, and gives the row that it has then. INVALID: an end is missing,
 * and what the move says. */
Error *hierarchy_row_create(Task *task, const Entity *relation, const JsonValue *body,
                            RecordResult *out) must_check;
/* Problem `immutable`: an end is to be another one. */
void hierarchy_row_check(Task *task, RecordDraft *row);
/* Single parent: the record becomes a root. */
Error *hierarchy_row_delete(Task *task, const Entity *relation, Str id) must_check;
/* INVALID `notAllowedForEntityType`. */
Error *hierarchy_row_refuse_restore(Task *task, const Entity *relation) must_check;
