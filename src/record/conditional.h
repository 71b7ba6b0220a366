#pragma once
/* Conditional properties of a draft's fields (schema/premise.h): what depends on the record as it
 * would be after the save. A premise that can't be decided does not hold; that is logged. Required,
 * protected and disabled options are enforced; visible and read-only are for who draws forms. */

#include "record/draft.h"
#include "schema/premise.h"

/* `premise` NULL never holds. */
bool conditional_holds(Task *task, const RecordDraft *draft, const Premise *premise);
/* Required by its definition or by a premise. */
bool conditional_is_required(Task *task, const RecordDraft *draft, const Field *field);
/* Takes back what the body says of fields that are protected now; true when there was something. */
bool conditional_drop_protected(Task *task, RecordDraft *draft);
/* `optionDisabled` for chosen options that are disabled now. */
void conditional_check_options(Task *task, RecordDraft *draft);
