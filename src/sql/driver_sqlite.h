#pragma once
/* The embedded engine: one file `pimento.db` in the data directory, WAL, synchronous FULL
 * (reliability.md §2). */

#include "sql/driver.h"

extern const SqlDriver sql_driver_sqlite;
extern const SqlDialect sql_dialect_sqlite;
