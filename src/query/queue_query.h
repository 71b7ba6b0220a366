#pragma once
/* Queue query: the record of a queue that is next - by its state, its time and its priority.
 * Several processes may ask at once: in a transaction that writes, each one gets another record,
 * locked until the transaction is over. */

#include "schema/schema.h"
#include "sql/sql.h"

typedef struct QueueQuery {
    const Entity *entity;
    const Column *state;
    Str waiting;            /* records in this state are due ... */
    const Column *due_at;   /* ... from this time on (none: at once) */
    Str now;                /* as `due_at` is stored */
    const Column *priority; /* higher first; then the oldest id */
    Str running;            /* records in this state are due as well ... */
    const Column *seen_at;  /* ... when nobody has worked on them since `lost_before` */
    Str lost_before;
} QueueQuery;

/* None when nothing is due. */
Error *queue_query_find(SqlConnection *connection, const QueueQuery *query, Str *out_id) must_check;
