#pragma once
/* What a failed statement means, by its SQLSTATE; also sets what the connection remembers of it:
 * broken, time limit, worth another try. */

#include <libpq-fe.h>

#include "sql/driver.h"

/* `result` may be NULL: the connection itself failed. */
Error *postgres_error(SqlConnection *connection, const PGconn *handle, const PGresult *result)
    __attribute__((returns_nonnull));
/* libpq's sentence on one line, copied to the arena. */
Str postgres_message(Arena *arena, const PGconn *handle);
