#pragma once
/* Name batch: the names of many records of one entity, by a few statements. Trashed ones count:
 * who looks back meets them. */

#include "schema/schema.h"
#include "sql/sql.h"

/* Puts id -> `Str *` into `out` for every record that is there; a NULL name is an empty text. An
 * entity without names gives none. */
Error *name_batch_read(SqlConnection *connection, const Entity *entity, const Str *ids,
                       size_t count, Map *out) must_check;
