#pragma once
/* Relation body: the fields of a many-to-many row that a body of one of its ends brings along (spec
 * 3.4). `_relationName` (the link, from either end, or the relation entity) or `_relationEntity`
 * (the entity of the other end, or the relation entity) says which link, `_relationId` (the row, or
 * the other end) or `_relationEntityId` which row of it; `{RelationEntity}__{key}` are the values.
 */

#include "record/draft.h"

/* With every right and rule of the relation entity. INVALID `noSuchLink`, `noSuchRecord`. Inside
 * task_write. */
Error *relation_body_apply(Task *task, const RecordDraft *draft, const JsonValue *body,
                           bool *out_changed) must_check;
