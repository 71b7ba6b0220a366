#pragma once
/* Counters: how many live records an entity has, and a version that grows when it is changed - in
 * the transaction that changes the records, so that every snapshot has the exact number (design
 * §4).
 *
 *   pimento_counter   (entity, slot) -> live, version        one row a slot (sql_slot)
 *
 * A writing connection adds to the row of its own slot, so that writers of one entity don't wait
 * for each other's commits; what counts is the sum over the slots (one slot's `live` may well be
 * negative). The sum of the versions is as good as one version: of two snapshots one holds all
 * commits of the other, and each commit adds. Between a server and its copies that is only nearly
 * so (each may show a commit first, and one that takes over may have lost the last); therefore a
 * commit adds a random step, and different commits don't come to the same sum.
 * `counter_rebuild` sets all slots to zero, locked against their writers, and its own to what it
 * counts; versions go on growing. */

#include "schema/schema.h"
#include "sql/sql.h"

#define COUNTER_MAX_STEP 65536

typedef struct Counter {
    int64_t live;
    int64_t version;
} Counter;

Error *counter_read(SqlConnection *connection, const Entity *entity, Counter *out) must_check;
/* Adds `added` (may be negative) and a step to the version. */
Error *counter_add(SqlConnection *connection, const Entity *entity, int64_t added) must_check;
/* Counts anew. */
Error *counter_rebuild(SqlConnection *connection, const Entity *entity) must_check;
