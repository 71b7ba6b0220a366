#pragma once
/* Links over one record: the page of records that a link leads to, linking and unlinking
 * (spec 3.6). Rights: read for the list, edit on both ends for changes. */

#include "base/list.h"
#include "record/record.h"

/* `spec->link` and `spec->from_id` say from where. NOT_FOUND: no such record. */
Error *link_list(Task *task, const ListSpec *spec, Buf *out) must_check;
/* Already linked ones count as done. INVALID `noSuchRecord` names ids that don't exist, and then
 * nothing is done. */
Error *link_add(Task *task, const Link *link, Str id, const Str *linked_ids,
                size_t count) must_check;
Error *link_remove(Task *task, const Link *link, Str id, const Str *linked_ids,
                   size_t count) must_check;
void link_add_id(List *ids, Arena *arena, Str id);
