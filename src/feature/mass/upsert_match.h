#pragma once
/* Upsert match: which live record an item means (spec 5.1). */

#include "record/known.h"

/* Asks the task's Known for what upsert_match_find will want to know. */
void upsert_match_ask(Task *task, const Entity *entity, const JsonValue *payload);
/* `*out_id` none: no record; the item creates one. INVALID `ambiguousMatch`: two unique values name
 * two records. */
Error *upsert_match_find(Task *task, const Entity *entity, const JsonValue *payload,
                         Str *out_id) must_check;
