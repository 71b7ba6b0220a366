#pragma once
/* Inherit: the actions that make a record as its parent is (spec content 6.9). Right: edit on what
 * changes. Inside task_write. */

#include "access/task.h"
#include "schema/schema.h"

/* Field or link of this name. False for one that no child takes. INVALID: no parent, or parents
 * that differ. */
Error *inherit_field(Task *task, const Entity *entity, Str id, Str field,
                     bool *out_done) must_check;
/* Links of one relation. INVALID: relations are not inherited here, or this one is not. */
Error *inherit_links(Task *task, const Entity *entity, Str id, Str link, bool *out_done) must_check;
/* Which relation row of a record is to be as its parent's: the row's id, or the linked record's. */
typedef struct InheritRow {
    Str entity;
    Str id;
    Str link;
    Str row_id;
} InheritRow;

/* The row's own values become those of the parent's row; gives its id. INVALID, NOT_FOUND. */
Error *inherit_row(Task *task, const Entity *relation, const InheritRow *which,
                   Str *out_row_id) must_check;
/* All fields; with `only_empty` those that the record does not have. False without a parent. */
Error *inherit_from_parent(Task *task, const Entity *entity, Str id, bool only_empty,
                           bool *out_done) must_check;
/* Empty fields and links of all that is below. False without children. */
Error *inherit_for_children(Task *task, const Entity *entity, Str id, bool *out_done) must_check;
