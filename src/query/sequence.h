#pragma once
/* Sequence: where the numbers of an autoincrement field come from. Each is given once, in growing
 * order; gaps are allowed, so nobody waits for another's commit. Made by the migration. */

#include "schema/schema.h"
#include "sql/sql.h"

/* Behind the greatest number that a row has: after rows were written as they are. */
Error *sequence_restart(SqlConnection *connection, const Field *field) must_check;
Error *sequence_next(SqlConnection *connection, const Field *field, int64_t *out) must_check;
