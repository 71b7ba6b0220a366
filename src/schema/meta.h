#pragma once
/* Meta: a few named values about the database itself, in its own table (migration.c makes it). */

#include "sql/sql.h"

/* None when there is no such value. In the connection's arena. */
Error *meta_read(SqlConnection *connection, Str name, Str *out) must_check;
Error *meta_write(SqlConnection *connection, Str name, Str value) must_check;
Error *meta_remove(SqlConnection *connection, Str name) must_check;
/* The names that begin so. */
Error *meta_names(SqlConnection *connection, Str beginning, Str **out,
                  size_t *out_count) must_check;
