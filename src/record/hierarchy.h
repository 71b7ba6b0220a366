#pragma once
/* Hierarchy: where a record stands in the tree of its entity (spec content 6.9) - parents given in
 * a body, cycles, numbers among siblings, the rows of `{Entity}Hierarchy`, subtrees. With a single
 * parent the record's `parent` is what is written, and the row of the relation follows it; with
 * many parents the rows are all there is. Everything that makes a record stand elsewhere locks the
 * tree first, so that no two of them can close a cycle; whoever puts a record under another locks
 * that one's row, so that it can't go to the trash at the same time. Inside task_write. */

#include "record/draft.h"
#include "record/record.h"

/* `parentsIds` of a body becomes the single parent. Problems go into the draft. */
void hierarchy_read(Task *task, RecordDraft *draft);
/* The first parent that a new record is given, none at a root. */
Str hierarchy_first_parent(const RecordDraft *draft);
/* Problem `cycle`: the parent that the draft is given is the record or below it. Locks. */
Error *hierarchy_check(Task *task, RecordDraft *draft) must_check;
/* After the row is written: the relation follows the record's parent. `old_parent`: as it was
 * stored, none for a new record. */
Error *hierarchy_place(Task *task, const RecordDraft *draft, Str old_parent) must_check;
/* A row of the relation is about to be added: INVALID `cycle`; gives it its number. */
Error *hierarchy_before_relation(Task *task, RecordDraft *relation) must_check;

/* Children of these records, level by level, each once, the records themselves not among them;
 * locks their rows. */
Error *hierarchy_find_below(Task *task, const Entity *entity, Str id, bool with_deleted, Str **out,
                            size_t *out_count) must_check;
/* The direct ones only; the list is the caller's to go on with. */
Error *hierarchy_find_children(Task *task, const Entity *entity, const Str *ids, size_t count,
                               bool with_deleted, Str **out, size_t *out_count) must_check;
/* Everything above, each once. */
Error *hierarchy_find_above(Task *task, const Entity *entity, Str id, Str **out,
                            size_t *out_count) must_check;
/* Live parents, in order of their ids. */
Error *hierarchy_find_parents(Task *task, const Entity *entity, Str id, Str **out,
                              size_t *out_count) must_check;
/* Before a record leaves the trash: its parent comes first. INVALID when there may be many. A
 * parent that is gone for good makes it a root. */
Error *hierarchy_restore_parent(Task *task, RecordDraft *draft) must_check;
