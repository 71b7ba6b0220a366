#include "query/sequence.h"

static Error *find_last(SqlConnection *connection, const Field *field, int64_t *out)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    sql_put(&text, "SELECT coalesce(max(");
    sql_put_name(&text, field->column->name);
    sql_put(&text, "), 0) FROM ");
    sql_put_name(&text, field->entity->table);
    TRY(sql_query(connection, &text, &rows));
    TRY(sql_next(&rows, &has_row));
    *out = has_row ? sql_column_int(&rows, 0) : 0;
    return NULL;
}

Error *sequence_restart(SqlConnection *connection, const Field *field)
{
    int64_t last;
    SqlText text = sql_text_new(connection);
    TRY(find_last(connection, field, &last));
    text.dialect->put_sequence_restart(&text, field->column->sequence, last);
    return sql_execute(connection, &text, NULL);
}

Error *sequence_next(SqlConnection *connection, const Field *field, int64_t *out)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    text.dialect->put_sequence_next(&text, field->column->sequence);
    TRY(sql_query(connection, &text, &rows));
    TRY(sql_next(&rows, &has_row));
    if (!has_row)
        return error_new(sql_arena(connection), ERROR_INTERNAL, "There is no next number");
    *out = sql_column_int(&rows, 0);
    return NULL;
}
