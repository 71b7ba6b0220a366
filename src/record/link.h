#pragma once
/* Links over one record: the page of records that a link leads to, linking and unlinking
 * (spec 3.6). Rights: read for the list, edit on both ends for changes. */

#include "record/record.h"

/* Ids of one call, and how many of them go to the lane at a time. */
#define LINK_MAX_IDS 10000
#define LINK_SLICE_IDS 100

/* `spec->link` and `spec->from_id` say from where. NOT_FOUND: no such record. */
Error *link_list(Task *task, const ListSpec *spec, Buf *out) must_check;
/* A slice of one call: already linked ones count as done, ids of no record are told in `failed`. */
Error *link_add(Task *task, const Link *link, Str id, const Str *linked_ids, size_t count,
                FieldProblems *failed) must_check;
/* Those that were not linked are told in `failed`. */
Error *link_remove(Task *task, const Link *link, Str id, const Str *linked_ids, size_t count,
                   FieldProblems *failed) must_check;
