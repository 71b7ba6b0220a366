#pragma once
/* Upsert match: which live record an item means (spec 5.1). */

#include "record/record_check.h"

/* `*out_id` none: no record; the item creates one. INVALID `ambiguousMatch`: two unique values name
 * two records. */
Error *upsert_match_find(Task *task, const Entity *entity, const JsonValue *payload,
                         const RecordOverlay *overlay, Str *out_id) must_check;
