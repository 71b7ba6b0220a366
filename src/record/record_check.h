#pragma once
/* Record check: the rules of spec 3.8 that need the whole record or the database - required, link
 * targets, uniqueness. Problems go into the draft. */

#include "record/draft.h"
#include "record/record.h"

/* What earlier items of a dry run would have made, and the database does not know. Keys:
 * `Entity\nfield\nvalue`. */
typedef struct OverlayRecord {
    Str id;
    SqlValue *values; /* by column */
} OverlayRecord;

struct RecordOverlay {
    Map made; /* -> OverlayRecord */
};

/* The record itself, as it would be by now; NULL when no earlier item would have made it. */
const OverlayRecord *record_overlay_get(const RecordOverlay *overlay, Arena *arena,
                                        const Entity *entity, Str id);
/* Adds or renews. */
void record_overlay_add(RecordOverlay *overlay, Arena *arena, const RecordDraft *draft);
/* The id that an earlier item would have made with this value of the field; none when there is
 * none. */
Str record_overlay_find(const RecordOverlay *overlay, Arena *arena, const Field *field,
                        const SqlValue *value);

/* The live record with that value of the field, or the one that an earlier item of a dry run would
 * have made; none. */
Error *record_find_by(Task *task, const Field *field, SqlValue value, const RecordOverlay *overlay,
                      Str *out_id) must_check;
/* A many-to-many link whose rows must have more than their two ends. */
bool record_needs_more_than_ids(const Link *link);
void record_check_required(Task *task, RecordDraft *draft);
Error *record_check_link_targets(Task *task, RecordDraft *draft,
                                 const RecordOverlay *overlay) must_check;
/* Finds which unique fields and tuples clash with another live record. */
Error *record_check_unique(Task *task, RecordDraft *draft, const RecordOverlay *overlay) must_check;
