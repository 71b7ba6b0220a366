#pragma once
/* Draft: one record between what a client sent and what is stored - values by column, links by
 * field, the problems found so far. Lives in the task's arena. */

#include "access/task.h"
#include "base/map.h"

/* Of one list in a body: it is set whole, in one go on the lane. */
#define DRAFT_MAX_LINK_IDS 2000

typedef struct DraftLinks {
    const Field *field;
    Str *ids; /* each once */
    size_t count;
    Map by_id;          /* the same ids */
    bool is_added_only; /* what is linked else stays so */
} DraftLinks;

typedef struct RecordDraft {
    const Entity *entity;
    bool is_new;
    Str id;
    int64_t row_id;   /* of the stored row; new: once inserted */
    SqlValue *values; /* as they will be stored */
    SqlValue *stored; /* as they are stored; NULL for a new record */
    bool *is_given;   /* by column: the body (or a hook) says something about it */
    DraftLinks *links;
    size_t link_count;
    FieldProblems problems;
    Str secret; /* see RecordResult */
} RecordDraft;

/* Once each; the Str is kept. */
void draft_links_add(DraftLinks *links, Arena *arena, Str id);
void draft_begin_new(Task *task, const Entity *entity, RecordDraft *out);
/* From the stored row, when there is one. */
Error *draft_find(Task *task, const Entity *entity, Str id, RecordDraft *out,
                  bool *out_found) must_check;
/* The same; NOT_FOUND. */
Error *draft_begin_update(Task *task, const Entity *entity, Str id, RecordDraft *out) must_check;
/* Takes the client's keys (spec 3.4): unknown, system, protected and derived ones are passed over.
 * INVALID: no object. */
Error *draft_read(Task *task, RecordDraft *draft, const JsonValue *body) must_check;
/* CONFLICT `editConflict` (spec 3.4): the body's `_prev` says of a given key what is not stored any
 * more. */
Error *draft_check_previous(Task *task, const RecordDraft *draft, const JsonValue *body) must_check;
/* Fields that are the folded form of another follow it. */
void draft_fold(Task *task, RecordDraft *draft);
/* What absent keys of a new record become: defaults, owner, assigned user. Once more when keys were
 * taken back. */
void draft_fill_defaults(Task *task, RecordDraft *draft);
/* Sets a value as if the client had given it. */
void draft_set(RecordDraft *draft, const Field *field, SqlValue value);
/* The value that the field will have. */
const SqlValue *draft_get(const RecordDraft *draft, const Field *field);
bool draft_is_given(const RecordDraft *draft, const Field *field);
/* By column: given and different from what is stored. True when there is one. */
bool draft_find_changes(Task *task, const RecordDraft *draft, bool *out_is_changed);
