#pragma once
/* Known: what a batch of items knows of live records without asking the database once more - what
 * was read ahead for all of them in a few statements, and what its own items did since. A record is
 * found by its id, by a unique value, or by the values of a whole unique tuple:
 *
 *   ask, ask, ask ... -> load -> find, find ... with the changes noted in between
 *
 * A record that is known with its row is certain until the transaction ends, because the row is
 * locked. That there is none, or that there is one without a row, is what was so when it was read;
 * with others who write it may have changed since. So whoever fails with it tries again with
 * `is_ignored`. A dry run asks for nothing: there it holds what earlier items would have made.
 * A task carries it (Task.known). Everything in it lives in `arena`, the batch's own. */

#include "query/lookup.h"
#include "record/draft.h"

/* With more than this read ahead, nothing is: then every item reads for itself. */
#define KNOWN_MAX_BYTES ((size_t)16 << 20)

typedef struct KnownRecord {
    Str id;
    int64_t row_id;
    SqlValue *values; /* by column; NULL: to be read */
} KnownRecord;

typedef struct KnownAsk KnownAsk;

struct Known {
    Arena *arena;
    Map records; /* -> KnownRecord, or `none` */
    KnownRecord none;
    KnownAsk *asks;
    size_t note_count; /* changes noted so far */
    bool is_ignored;   /* finds nothing; changes are noted all the same */
};

/* The record that all matches hold for will be wanted, to be changed. */
void known_ask(Known *known, const LookupMatch *matches, size_t count);
/* Whether the records exist that this body links to. */
void known_ask_links(Known *known, const Entity *entity, const JsonValue *body);
/* Reads what was asked for and locks the rows. */
Error *known_load(Task *task) must_check;
/* What an item noted was taken back, or reading ahead failed. */
void known_forget(Known *known);

/* False: nothing is known. `*out` is NULL when there is no such record. */
bool known_find(const Task *task, const LookupMatch *matches, size_t count,
                const KnownRecord **out);
/* The record with its row; NULL when it is not known. */
const KnownRecord *known_find_row(const Task *task, const Entity *entity, Str id);
/* The draft's row was written. */
void known_note(const Task *task, const RecordDraft *draft, SqlChangeKind kind);
/* It would have been, in a dry run. */
void known_note_dry(const Task *task, const RecordDraft *draft);
