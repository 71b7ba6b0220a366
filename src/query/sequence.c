#include "query/sequence.h"

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
