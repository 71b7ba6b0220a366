#include "query/queue_query.h"

static void put_state(SqlText *text, const QueueQuery *query, Str state, const Column *time)
{
    sql_put(text, "(");
    sql_put_name(text, query->state->name);
    sql_put(text, " = ");
    sql_put_value(text, sql_text(state));
    sql_put(text, " AND (");
    sql_put_name(text, time->name);
    sql_put(text, " IS NULL OR ");
    sql_put_name(text, time->name);
}

static void put_where(SqlText *text, const QueueQuery *query)
{
    sql_put_name(text, query->entity->deleted->column->name);
    sql_put(text, " = ");
    sql_put_dialect(text, text->dialect->false_literal);
    sql_put(text, " AND (");
    put_state(text, query, query->waiting, query->due_at);
    sql_put(text, " <= ");
    sql_put_value(text, sql_text(query->now));
    sql_put(text, ")) OR ");
    put_state(text, query, query->running, query->seen_at);
    sql_put(text, " < ");
    sql_put_value(text, sql_text(query->lost_before));
    sql_put(text, ")))");
}

Error *queue_query_find(SqlConnection *connection, const QueueQuery *query, Str *out_id)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    SqlName id = query->entity->id->column->name;
    sql_put(&text, "SELECT ");
    sql_put_name(&text, id);
    sql_put(&text, " FROM ");
    sql_put_name(&text, query->entity->table);
    sql_put(&text, " WHERE ");
    put_where(&text, query);
    sql_put(&text, " ORDER BY ");
    sql_put_name(&text, query->priority->name);
    sql_put(&text, " DESC NULLS LAST, ");
    sql_put_name(&text, id);
    sql_put(&text, " LIMIT 1");
    sql_put_free_row_lock(connection, &text);
    TRY(sql_query(connection, &text, &rows));
    TRY(sql_next(&rows, &has_row));
    *out_id = has_row ? str_copy(sql_arena(connection), sql_column_text(&rows, 0)) : STR_NONE;
    return NULL;
}
