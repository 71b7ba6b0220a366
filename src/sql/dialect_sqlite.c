#include "sql/driver_sqlite.h"

static void put_placeholder(SqlText *text, size_t number)
{
    (void)number;
    sql_put(text, "?");
}

/* A table of one row: there is one writer. */
static void put_sequence_create(SqlText *text, SqlName sequence, int64_t last)
{
    sql_put(text, "CREATE TABLE IF NOT EXISTS ");
    sql_put_name(text, sequence);
    sql_put(text, " AS SELECT ");
    sql_put_int(text, last);
    sql_put(text, " AS value");
}

static void put_sequence_restart(SqlText *text, SqlName sequence, int64_t last)
{
    sql_put(text, "UPDATE ");
    sql_put_name(text, sequence);
    sql_put(text, " SET value = ");
    sql_put_int(text, last);
}

static void put_sequence_next(SqlText *text, SqlName sequence)
{
    sql_put(text, "UPDATE ");
    sql_put_name(text, sequence);
    sql_put(text, " SET value = value + 1 RETURNING value");
}

/* FTS5 with trigrams keeps the folded text itself, so that short patterns can be compared without
 * an index. */
static void put_search_create(SqlText *text, const SqlSearchIndex *index)
{
    sql_put(text, "CREATE VIRTUAL TABLE ");
    sql_put_name(text, index->table);
    sql_put(text, " USING fts5(");
    for (size_t i = 0; i < index->count; i++) {
        sql_put_name(text, index->columns[i]);
        if (!index->is_indexed[i])
            sql_put(text, " UNINDEXED");
        sql_put(text, ", ");
    }
    sql_put(text, "tokenize = 'trigram', columnsize = 0)");
}

static void put_search_replace(SqlText *text, const SqlSearchIndex *index, int64_t row_id,
                               const SqlValue *values)
{
    sql_put(text, "INSERT OR REPLACE INTO ");
    sql_put_name(text, index->table);
    sql_put(text, " (rowid");
    for (size_t i = 0; i < index->count; i++) {
        sql_put(text, ", ");
        sql_put_name(text, index->columns[i]);
    }
    sql_put(text, ") VALUES (");
    sql_put_value(text, sql_int(row_id));
    for (size_t i = 0; i < index->count; i++) {
        sql_put(text, ", ");
        sql_put_value(text, values[i]);
    }
    sql_put(text, ")");
}

static void put_search_delete(SqlText *text, const SqlSearchIndex *index, int64_t row_id)
{
    sql_put(text, "DELETE FROM ");
    sql_put_name(text, index->table);
    sql_put(text, " WHERE rowid = ");
    sql_put_value(text, sql_int(row_id));
}

/* `"table" MATCH '"column" : "part"'`: a phrase of trigrams is a substring. */
static void put_search_contains(SqlText *text, SqlName table, SqlName column, Str part)
{
    Buf query;
    buf_init(&query, text->buf.arena, (size_t)1 << 20);
    buf_append(&query, column.quoted);
    buf_append(&query, STR(" : \""));
    for (size_t i = 0; i < part.len; i++) {
        buf_append_byte(&query, part.data[i]);
        if (part.data[i] == '"')
            buf_append_byte(&query, '"');
    }
    buf_append_byte(&query, '"');
    sql_put_name(text, table);
    sql_put(text, " MATCH ");
    sql_put_value(text, sql_text(buf_str(&query)));
}

const SqlDialect sql_dialect_sqlite = {
    .name = "sqlite",
    .column_types = {
        [SQL_TYPE_ID] = "TEXT",
        [SQL_TYPE_TEXT] = "TEXT",
        [SQL_TYPE_WORD] = "TEXT",
        [SQL_TYPE_INTEGER] = "INTEGER",
        [SQL_TYPE_REAL] = "REAL",
        [SQL_TYPE_BOOL] = "INTEGER",
        [SQL_TYPE_DATE] = "TEXT",
        [SQL_TYPE_DATETIME] = "TEXT",
        [SQL_TYPE_JSON] = "TEXT",
    },
    .row_key_type = "INTEGER PRIMARY KEY",
    .false_literal = "0",
    .true_literal = "1",
    .text_order_open = "substr(",
    .text_order_close = ", 1, 200) COLLATE root",
    .like_escape = " ESCAPE '\\'",
    .unindexed_open = "+",
    .unindexed_close = "",
    .search_row_id = "rowid",
    .row_lock = "",
    .free_row_lock = "",
    .put_placeholder = put_placeholder,
    .put_sequence_create = put_sequence_create,
    .put_sequence_restart = put_sequence_restart,
    .put_sequence_next = put_sequence_next,
    .put_search_create = put_search_create,
    .put_search_replace = put_search_replace,
    .put_search_delete = put_search_delete,
    .put_search_contains = put_search_contains,
};
