#pragma once
/* Model: what an instance's schema is made from - the shipped metadata, and what is stored about it
 * in the database (so far: the languages).
 *
 *   shipped files --+
 *                   +--> document --> Schema snapshot --> tables (migration.h)
 *   stored rows ----+
 *
 * Who changes a stored row compiles the whole anew and makes the tables follow, in one transaction
 * (record/model_change.h). The stored part has a version, which grows with each change. */

#include "schema/schema.h"
#include "sql/sql.h"

/* First in a transaction that changes the model: there is only one at a time. Others that use the
 * tables are not kept waiting: rather this one gives way. */
Error *model_lock(SqlConnection *connection) must_check;
/* The snapshot of what this transaction sees; a database that is still empty has the shipped model.
 * The reference is the caller's. INVALID: the definitions contradict each other. */
Error *model_read(SqlConnection *connection, Schema **out) must_check;
/* The next version, written; `schema` is the one that was just read and gets it. */
Error *model_write_version(SqlConnection *connection, Schema *schema) must_check;
/* Of the stored part, as this transaction sees it. */
Error *model_read_version(SqlConnection *connection, int64_t *out) must_check;
