#pragma once
/* What reading the history and going back in it share. */

#include "query/change_log.h"
#include "record/history.h"

/* Which rows of the change log are the record's. `values`: its stored row, NULL when it is gone for
 * good; the rows of a relation row are found by its ends. */
void history_scope_make(Task *task, const Entity *entity, Str id, const SqlValue *values,
                        ChangeScope *out);

/* What a row of the log means to the record whose history it is in. */
typedef enum HistoryKind {
    HISTORY_CREATED,
    HISTORY_UPDATED,
    HISTORY_DELETED,
    HISTORY_RESTORED,
    HISTORY_PURGED,
    HISTORY_LINKED,
    HISTORY_UNLINKED,
} HistoryKind;

typedef struct HistoryEvent {
    HistoryKind kind;
    const Entity *written; /* the entity of the row that was written; NULL when there is none now */
    /* Of a relation row, in the history of one of its ends: that end and the other one. */
    const Field *near; /* NULL: the record's own event */
    const Field *far;
    Str linked_id;
} HistoryEvent;

/* `what`: the row's, as a tree; may be NULL. Text is borrowed from the row. */
void history_event_read(Task *task, const Entity *entity, const ChangeScope *scope,
                        const ChangeRow *row, const JsonValue *what, HistoryEvent *out);
/* The link of `entity` that the event is about, NULL when none leads there. */
const Link *history_event_link(const Entity *entity, const HistoryEvent *event);
