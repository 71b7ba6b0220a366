#include "query/id_query.h"

Error *id_query_check(Arena *arena, const IdQuery *query)
{
    if (!query->is_trash || query->where == NULL || !condition_searches_text(query->where))
        return NULL;
    return error_new_code(arena, ERROR_INVALID, "badFilter",
                          "Records in the trash can't be searched by parts of texts");
}

static void put_where(SqlText *text, const IdQuery *query)
{
    sql_put(text, " FROM ");
    sql_put_name(text, query->entity->table);
    sql_put(text, " t0 WHERE ");
    sql_put_column(text, 0, query->entity->deleted->column->name);
    sql_put(text, " = ");
    sql_put_dialect(text,
                    query->is_trash ? text->dialect->true_literal : text->dialect->false_literal);
    if (query->dated != NULL) {
        sql_put(text, " AND ");
        sql_put_column(text, 0, query->dated->name);
        sql_put(text, " < ");
        sql_put_value(text, sql_text(query->before));
    }
    if (query->where == NULL)
        return;
    sql_put(text, " AND ");
    condition_put(text, query->where, 0, SEARCH_SEEK);
}

Error *id_query_count(SqlConnection *connection, const IdQuery *query, int64_t *out)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    sql_put(&text, "SELECT count(*)");
    put_where(&text, query);
    TRY(sql_query(connection, &text, &rows));
    TRY(sql_next(&rows, &has_row));
    *out = has_row ? sql_column_int(&rows, 0) : 0;
    return NULL;
}

Error *id_query_read(SqlConnection *connection, const IdQuery *query, Str after, size_t limit,
                     Str *out_ids, size_t *out_count)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    SqlName id = query->entity->id->column->name;
    size_t count = 0;
    sql_put(&text, "SELECT ");
    sql_put_column(&text, 0, id);
    put_where(&text, query);
    if (!str_is_none(after)) {
        sql_put(&text, " AND ");
        sql_put_column(&text, 0, id);
        sql_put(&text, " > ");
        sql_put_value(&text, sql_text(after));
    }
    sql_put(&text, " ORDER BY ");
    sql_put_column(&text, 0, id);
    sql_put(&text, " LIMIT ");
    sql_put_value(&text, sql_int((int64_t)limit));
    TRY(sql_query(connection, &text, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row || count == limit)
            break;
        out_ids[count++] = str_copy(sql_arena(connection), sql_column_text(&rows, 0));
    }
    *out_count = count;
    return NULL;
}
