#pragma once
/* What tables, columns and indexes there are, as sql_catalog asks. */

#include "sql/sql.h"

Error *postgres_catalog(SqlConnection *connection, SqlCatalog what, Str table, Str **out_names,
                        size_t *out_count) must_check;
