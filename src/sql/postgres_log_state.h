#pragma once
/* How far a server's log is: on disk of a primary, replayed of one that follows a primary. */

#include "sql/driver.h"

Error *postgres_read_log_state(SqlConnection *connection, SqlLogState *out) must_check;
