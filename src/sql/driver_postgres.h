#pragma once
/* The engine of its own process or machine, by URL (`postgresql://…`), over libpq. One connection a
 * reading thread and a writing lane; one transaction a task: readers see one snapshot, writers
 * commit one job at a time (READ COMMITTED; rows to be changed are locked when they are read).
 * A connection that is lost is opened again by the next transaction, with back-off; what was under
 * way is UNAVAILABLE. Passwords of the URL are in no error text. */

#include "sql/driver.h"

extern const SqlDriver sql_driver_postgres;
extern const SqlDialect sql_dialect_postgres;
