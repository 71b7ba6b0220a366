#pragma once
/* Sequence: where the numbers of an autoincrement field come from. Each is given once, in growing
 * order; gaps are allowed, so nobody waits for another's commit. Made by the migration. */

#include "schema/schema.h"
#include "sql/sql.h"

Error *sequence_next(SqlConnection *connection, const Field *field, int64_t *out) must_check;
