#pragma once
/* Inheritance of values and links down a tree (spec content 6.10). There is no stored mark: a value
 * is inherited when it equals the parent's, a link when the parent has the same. Which fields and
 * links take part the schema says (Field.is_inherited, Link.is_inherited). Inside task_write. */

#include "record/draft.h"

/* A new record takes from its first parent what its body leaves out. */
Error *inheritance_fill(Task *task, RecordDraft *draft) must_check;
/* ... and, once it is stored, the links that its body leaves out. */
Error *inheritance_copy_links(Task *task, const RecordDraft *draft) must_check;
/* Values of the draft's record that `is_changed` names go on to the children that had the old ones,
 * and so on down, in this transaction. */
Error *inheritance_spread(Task *task, const RecordDraft *draft, const bool *is_changed) must_check;
/* Names of fields and links whose value equals the parent's, as a JSON list. Also on a reader. */
Error *inheritance_list(Task *task, const Entity *entity, Str id, Str parent_id,
                        Str *out) must_check;

/* What of a record is to become as its parent has it. */
typedef struct InheritanceScope {
    const Field *field; /* this one; NULL: all that take part */
    bool only_empty;
} InheritanceScope;

/* NOT_FOUND: one of them is not there. */
Error *inheritance_take(Task *task, const Entity *entity, Str id, Str parent_id,
                        const InheritanceScope *scope, bool *out_changed) must_check;
/* Links of the parent that the record does not have yet, with the relation's own values.
 * `only_when_none`: nothing when the record has links of its own. */
Error *inheritance_take_links(Task *task, const Link *link, Str id, Str parent_id,
                              bool only_when_none, bool *out_changed) must_check;
/* The own values of the record's relation row to `far_id` become those of the parent's row.
 * NOT_FOUND: the record is not linked to it; INVALID: the parent is not. */
Error *inheritance_take_row(Task *task, const Link *link, Str id, Str parent_id, Str far_id,
                            Str *out_row_id) must_check;
/* A relation row between two records came (`is_added`) or went: records below either end follow
 * (content 6.10). `row` has its values. */
Error *inheritance_spread_row(Task *task, const RecordDraft *row, bool is_added) must_check;
