#pragma once
/* Counters: how many live records an entity has, and how often it was changed - one row an entity,
 * changed in the transaction that changes the records, so that every snapshot has the exact number
 * (design §4). */

#include "schema/schema.h"
#include "sql/sql.h"

typedef struct Counter {
    int64_t live;
    int64_t version;
} Counter;

Error *counter_read(SqlConnection *connection, const Entity *entity, Counter *out) must_check;
/* Adds `added` (may be negative) and one to the version. */
Error *counter_add(SqlConnection *connection, const Entity *entity, int64_t added) must_check;
/* Counts anew. */
Error *counter_rebuild(SqlConnection *connection, const Entity *entity) must_check;
