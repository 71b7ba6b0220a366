#pragma once
/* Record check: the rules of spec 3.8 that need the whole record or the database - required,
 * ranges, link targets, uniqueness. Problems go into the draft. */

#include "query/lookup.h"
#include "record/draft.h"

/* The live record that all matches hold for, as far as the task knows it (known.h), or else by a
 * look-up; none. */
Error *record_find_by(Task *task, const LookupMatch *matches, size_t count, Str *out_id) must_check;
/* A many-to-many link whose rows must have more than their two ends. */
bool record_needs_more_than_ids(const Link *link);
void record_check_required(Task *task, RecordDraft *draft);
/* `rangeInverted`: a range that ends before it begins. */
void record_check_ranges(Task *task, RecordDraft *draft);
Error *record_check_link_targets(Task *task, RecordDraft *draft) must_check;
/* Finds which unique fields and tuples clash with another live record. */
Error *record_check_unique(Task *task, RecordDraft *draft) must_check;
