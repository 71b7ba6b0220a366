#include "query/row_page.h"

#include "query/sequence.h"
#include "schema/field_type.h"

/* Of one statement: as many as a driver still keeps prepared. */
#define INSERT_VALUES 400

static void put_columns(SqlText *text, const Entity *entity)
{
    sql_put(text, "row_id");
    for (size_t i = 0; i < entity->column_count; i++) {
        sql_put(text, ", ");
        sql_put_name(text, entity->columns[i].name);
    }
}

/* The row under the cursor, behind those of the page; gives its bytes of text. */
static size_t take_row(const SqlRows *rows, const Entity *entity, RowPage *page)
{
    Arena *arena = sql_arena(rows->connection);
    SqlValue *values = page->values + page->count * entity->column_count;
    size_t bytes = 0;
    page->row_ids[page->count++] = sql_column_int(rows, 0);
    for (size_t i = 0; i < entity->column_count; i++) {
        values[i] = sql_value_copy(arena, sql_column_value(rows, (int)i + 1));
        bytes += values[i].kind == SQL_TEXT ? values[i].text.len : 0;
    }
    return bytes;
}

Error *row_page_read(SqlConnection *connection, const Entity *entity, int64_t after, RowPage *out)
{
    Arena *arena = sql_arena(connection);
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    RowPage page = { .row_ids = ARENA_ARRAY(arena, int64_t, ROW_PAGE_ROWS),
                     .values = ARENA_ARRAY(arena, SqlValue, ROW_PAGE_ROWS * entity->column_count) };
    sql_put(&text, "SELECT ");
    put_columns(&text, entity);
    sql_put(&text, " FROM ");
    sql_put_name(&text, entity->table);
    sql_put(&text, " WHERE row_id > ");
    sql_put_value(&text, sql_int(after));
    sql_put(&text, " ORDER BY row_id LIMIT ");
    sql_put_value(&text, sql_int(ROW_PAGE_ROWS));
    TRY(sql_query(connection, &text, &rows));
    for (size_t bytes = 0; bytes < ROW_PAGE_BYTES;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            break;
        bytes += take_row(&rows, entity, &page);
    }
    *out = page;
    return NULL;
}

static void put_row(SqlText *text, const Entity *entity, const RowPage *page, size_t row)
{
    const SqlValue *values = page->values + row * entity->column_count;
    sql_put(text, "(");
    sql_put_value(text, sql_int(page->row_ids[row]));
    for (size_t i = 0; i < entity->column_count; i++) {
        sql_put(text, ", ");
        sql_put_column_value(text, entity->columns[i].type, values[i]);
    }
    sql_put(text, ")");
}

static Error *insert_rows(SqlConnection *connection, const Entity *entity, const RowPage *page,
                          size_t from, size_t to)
{
    SqlText text = sql_text_new(connection);
    sql_put(&text, "INSERT INTO ");
    sql_put_name(&text, entity->table);
    sql_put(&text, " (");
    put_columns(&text, entity);
    sql_put(&text, ") VALUES ");
    for (size_t row = from; row < to; row++) {
        if (row > from)
            sql_put(&text, ", ");
        put_row(&text, entity, page, row);
    }
    return sql_execute(connection, &text, NULL);
}

Error *row_page_insert(SqlConnection *connection, const Entity *entity, const RowPage *page)
{
    size_t rows = INSERT_VALUES / (entity->column_count + 1);
    if (rows == 0)
        rows = 1;
    for (size_t from = 0; from < page->count; from += rows) {
        size_t rest = page->count - from;
        TRY(insert_rows(connection, entity, page, from, from + (rest < rows ? rest : rows)));
    }
    return NULL;
}

Error *row_page_end(SqlConnection *connection, const Entity *entity, int64_t last)
{
    const SqlDialect *dialect = sql_connection_dialect(connection);
    if (dialect->put_row_key_restart != NULL) {
        SqlText text = sql_text_new(connection);
        dialect->put_row_key_restart(&text, entity->table, last + 1);
        TRY(sql_execute(connection, &text, NULL));
    }
    for (size_t i = 0; i < entity->column_count; i++)
        if (entity->columns[i].field->type->is_assigned)
            TRY(sequence_restart(connection, entity->columns[i].field));
    if (dialect->analyze == NULL)
        return NULL;
    SqlText text = sql_text_new(connection);
    int64_t unused; /* asked for, so that what went wrong with the rows is told now */
    sql_put_dialect(&text, dialect->analyze);
    sql_put_name(&text, entity->table);
    return sql_execute(connection, &text, &unused);
}

Error *row_page_find_any(SqlConnection *connection, const Entity *entity, bool *out)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    sql_put(&text, "SELECT row_id FROM ");
    sql_put_name(&text, entity->table);
    sql_put(&text, " LIMIT 1");
    TRY(sql_query(connection, &text, &rows));
    return sql_next(&rows, out);
}
