#pragma once
/* Personal records (scope `personal`): they belong to the user who made them, and nobody else sees
 * them, administrators neither; those with the flag of `sharedBy` everybody sees, but their owner
 * alone changes. For all other entities nothing happens here. */

#include "access/task.h"
#include "query/list_spec.h"
#include "record/draft.h"

/* A new record is the caller's. */
void personal_own(const Task *task, RecordDraft *draft);
/* The list without what the caller does not see. */
void personal_restrict(const Task *task, const ListSpec *spec, ListSpec *out);
/* NOT_FOUND: somebody else's, not shared. */
Error *personal_check_read(Task *task, const Entity *entity, Str id) must_check;
/* The same; FORBIDDEN: somebody else's, shared. */
Error *personal_check_change(Task *task, const Entity *entity, Str id) must_check;
