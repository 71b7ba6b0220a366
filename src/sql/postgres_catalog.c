#include "sql/postgres_catalog.h"

#include "sql/driver.h"

Error *postgres_catalog(SqlConnection *connection, SqlCatalog what, Str table, Str **out_names,
                        size_t *out_count)
{
    SqlText text;
    sql_text_init(&text, connection->arena, connection->driver->dialect);
    if (what == SQL_CATALOG_TABLES)
        sql_put(&text, "SELECT relname FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') AND "
                       "relnamespace = current_schema()::regnamespace ORDER BY relname");
    else if (what == SQL_CATALOG_COLUMNS)
        sql_put(&text, "SELECT a.attname FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c "
                       "ON c.oid = a.attrelid WHERE a.attnum > 0 AND NOT a.attisdropped AND "
                       "c.relnamespace = current_schema()::regnamespace AND c.relname = ");
    else
        sql_put(&text, "SELECT indexname FROM pg_catalog.pg_indexes WHERE schemaname = "
                       "current_schema() AND tablename = ");
    if (what != SQL_CATALOG_TABLES)
        sql_put_value(&text, sql_text(table));
    if (what == SQL_CATALOG_COLUMNS)
        sql_put(&text, " ORDER BY a.attnum");
    return sql_list_names(connection, &text, out_names, out_count);
}
