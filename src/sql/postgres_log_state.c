#include "sql/postgres_log_state.h"

/* A replica is sent what is on the primary's disk: that far it can come, not further. */
Error *postgres_read_log_state(SqlConnection *connection, SqlLogState *out)
{
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    SqlText text = sql_text_new(connection);
    sql_put(&text, "SELECT pg_is_in_recovery()::int, (SELECT system_identifier FROM "
                   "pg_control_system()), (CASE WHEN pg_is_in_recovery() THEN "
                   "pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END - "
                   "'0/0'::pg_lsn)::bigint");
    TRY(sql_query(connection, &text, &rows));
    TRY(sql_next(&rows, &has_row));
    if (!has_row)
        return error_new(connection->arena, ERROR_UNAVAILABLE, "The database does not answer");
    *out = (SqlLogState){ .is_replica = sql_column_int(&rows, 0) != 0,
                          .system = sql_column_int(&rows, 1),
                          .position = (uint64_t)sql_column_int(&rows, 2) };
    return NULL;
}
