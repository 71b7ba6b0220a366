#include "query/counter.h"

Error *counter_read(SqlConnection *connection, const Entity *entity, Counter *out)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    sql_put(&text, "SELECT live, version FROM pimento_counter WHERE entity = ");
    sql_put_value(&text, sql_text(entity->name));
    TRY(sql_query(connection, &text, &rows));
    TRY(sql_next(&rows, &has_row));
    *out = (Counter){ 0 };
    if (has_row)
        *out = (Counter){ .live = sql_column_int(&rows, 0), .version = sql_column_int(&rows, 1) };
    return NULL;
}

static Error *put(SqlConnection *connection, const Entity *entity, int64_t live, bool is_sum)
{
    SqlText text = sql_text_new(connection);
    sql_put(&text, "INSERT INTO pimento_counter (entity, live, version) VALUES (");
    sql_put_value(&text, sql_text(entity->name));
    sql_put(&text, ", ");
    sql_put_value(&text, sql_int(live));
    sql_put(
        &text,
        ", 1) ON CONFLICT (entity) DO UPDATE SET version = pimento_counter.version + 1, live = ");
    if (is_sum)
        sql_put(&text, "pimento_counter.live + ");
    sql_put(&text, "excluded.live");
    return sql_execute(connection, &text, NULL);
}

Error *counter_add(SqlConnection *connection, const Entity *entity, int64_t added)
{
    return put(connection, entity, added, true);
}

Error *counter_rebuild(SqlConnection *connection, const Entity *entity)
{
    int64_t live = 0;
    {
        SqlText text = sql_text_new(connection);
        AUTO_CLOSE SqlRows rows = { 0 };
        bool has_row = false;
        sql_put(&text, "SELECT count(*) FROM ");
        sql_put_name(&text, entity->table);
        sql_put(&text, " WHERE ");
        sql_put_name(&text, entity->deleted->column->name);
        sql_put(&text, " = ");
        sql_put_dialect(&text, text.dialect->false_literal);
        TRY(sql_query(connection, &text, &rows));
        TRY(sql_next(&rows, &has_row));
        live = has_row ? sql_column_int(&rows, 0) : 0;
    }
    return put(connection, entity, live, false);
}
