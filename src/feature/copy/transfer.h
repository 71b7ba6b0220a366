#pragma once
/* Transfer: a whole instance from one database into another, empty one - every table with its
 * trash, row for row with the row numbers, and the change log; counters and side indexes are made
 * anew. In steps, so that whoever runs it can tell how it goes:
 *
 *   begin -> pages of each entity -> commit -> compare each entity -> end
 *
 * The source is only read, all of it in one state, however long that takes. The target gets
 * everything in one transaction: before its commit, and after a kill, nothing is there. Works a
 * page at a time. Errors live in the arena given to `transfer_begin`. */

#include "feature/copy/table_digest.h"
#include "schema/migration.h"

typedef struct Transfer {
    Arena *arena;
    const Schema *schema;
    SqlConnection *from;
    SqlConnection *to;
    MigrationExtras left_behind; /* of the source: what no entity or field stands for */
} Transfer;

/* How far the table of one entity is. */
typedef struct TransferTable {
    const Entity *entity;
    int64_t rows;
    int64_t last_row_id;
    bool is_done;
} TransferTable;

/* What `transfer_compare` read on either side after the commit. */
typedef struct TransferProof {
    TableDigest from;
    TableDigest to;
} TransferProof;

/* UNAVAILABLE: the source has no tables of this version. INVALID: the target has records. */
Error *transfer_begin(Arena *arena, SqlDatabase *from, SqlDatabase *to, const Schema *schema,
                      Transfer *out) must_check;
/* Moves one page; each entity of the schema, until `is_done`. */
Error *transfer_page(Transfer *transfer, TransferTable *table) must_check;
/* Indexes, side indexes, counters, COMMIT. */
Error *transfer_commit(Transfer *transfer) must_check;
/* The table on both sides, read anew; after the commit. */
Error *transfer_compare(Transfer *transfer, const Entity *entity, TransferProof *out) must_check;
/* Also after a failure, and of one that did not begin. */
void transfer_end(Transfer *transfer);
