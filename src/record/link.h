#pragma once
/* Links over one record: the page of records that a link leads to, linking and unlinking
 * (spec 3.6). Rights: read for the list, edit on both ends for changes. */

#include "base/list.h"
#include "record/record.h"

/* `spec->link` and `spec->from_id` say from where. NOT_FOUND: no such record. */
Error *link_list(Task *task, const ListSpec *spec, Buf *out) must_check;
/* Already linked ones count as done. Ids of no record are told in `failed`, and the rest is done;
 * when all of them are so, that is INVALID `noSuchRecord`. */
Error *link_add(Task *task, const Link *link, Str id, const Str *linked_ids, size_t count,
                FieldProblems *failed) must_check;
/* INVALID `nothingToLink`: none of them was linked. Those that were not are told in `failed`. */
Error *link_remove(Task *task, const Link *link, Str id, const Str *linked_ids, size_t count,
                   FieldProblems *failed) must_check;
void link_add_id(List *ids, Arena *arena, Str id);
