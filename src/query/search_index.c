#include "query/search_index.h"

#include "base/utf8.h"

#define REFILL_ROWS 500
/* Read at a time: their texts may be long. */
#define SYNC_ROWS 64

static SqlSearchIndex index_of(const Entity *entity)
{
    return (SqlSearchIndex){ .table = entity->search_table,
                             .columns = entity->search_columns,
                             .is_indexed = entity->search_is_indexed,
                             .count = entity->search_count };
}

static void put_select(SqlText *text, const Entity *entity)
{
    sql_put(text, "SELECT row_id, ");
    sql_put_name(text, entity->deleted->column->name);
    for (size_t i = 0; i < entity->search_count; i++) {
        sql_put(text, ", ");
        sql_put_name(text, entity->search_columns[i]);
    }
    sql_put(text, " FROM ");
    sql_put_name(text, entity->table);
    sql_put(text, " WHERE row_id ");
}

/* The row under the cursor of a put_select. */
static Error *replace_row(SqlConnection *connection, const Entity *entity, const SqlRows *rows)
{
    Arena *arena = sql_arena(connection);
    SqlSearchIndex index = index_of(entity);
    SqlValue *values = ARENA_ARRAY(arena, SqlValue, entity->search_count);
    for (size_t i = 0; i < entity->search_count; i++) {
        Str text = sql_column_text(rows, (int)i + 2);
        values[i] = str_is_none(text) ? sql_null() : sql_text(utf8_fold(arena, text));
    }
    SqlText replace = sql_text_new(connection);
    replace.dialect->put_search_replace(&replace, &index, sql_column_int(rows, 0), values);
    return sql_execute(connection, &replace, NULL);
}

static Error *delete_row(SqlConnection *connection, const Entity *entity, int64_t row_id)
{
    SqlSearchIndex index = index_of(entity);
    SqlText gone = sql_text_new(connection);
    gone.dialect->put_search_delete(&gone, &index, row_id);
    return sql_execute(connection, &gone, NULL);
}

/* The rows under the cursor are some of `row_ids`, in the same order. */
static Error *sync_rows(SqlConnection *connection, const Entity *entity, const int64_t *row_ids,
                        size_t count, SqlRows *rows)
{
    Arena *arena = sql_arena(connection);
    bool has_row = false;
    TRY(sql_next(rows, &has_row));
    for (size_t i = 0; i < count; i++) {
        ArenaMark mark = arena_mark(arena);
        bool is_there = has_row && sql_column_int(rows, 0) == row_ids[i];
        if (is_there && sql_column_int(rows, 1) == 0)
            TRY(replace_row(connection, entity, rows));
        else
            TRY(delete_row(connection, entity, row_ids[i]));
        arena_reset_to(arena, mark);
        if (is_there)
            TRY(sql_next(rows, &has_row));
    }
    return NULL;
}

static Error *sync_batch(SqlConnection *connection, const Entity *entity, const int64_t *row_ids,
                         size_t count)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    SqlValue values[SYNC_ROWS];
    for (size_t i = 0; i < count; i++)
        values[i] = sql_int(row_ids[i]);
    put_select(&text, entity);
    sql_put(&text, "IN ");
    sql_put_list(&text, values, count);
    sql_put(&text, " ORDER BY row_id");
    TRY(sql_query(connection, &text, &rows));
    return sync_rows(connection, entity, row_ids, count, &rows);
}

Error *search_index_sync(SqlConnection *connection, const Entity *entity, const int64_t *row_ids,
                         size_t count)
{
    Arena *arena = sql_arena(connection);
    for (size_t from = 0; from < count; from += SYNC_ROWS) {
        ArenaMark mark = arena_mark(arena);
        size_t rest = count - from;
        TRY(sync_batch(connection, entity, row_ids + from, rest < SYNC_ROWS ? rest : SYNC_ROWS));
        arena_reset_to(arena, mark);
    }
    return NULL;
}

/* One page of live rows behind `*after`, in the order of their numbers. */
static Error *refill_page(SqlConnection *connection, const Entity *entity, int64_t *after,
                          size_t *out_count)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    *out_count = 0;
    put_select(&text, entity);
    sql_put(&text, "> ");
    sql_put_value(&text, sql_int(*after));
    sql_put(&text, " ORDER BY row_id LIMIT ");
    sql_put_value(&text, sql_int(REFILL_ROWS));
    TRY(sql_query(connection, &text, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            return NULL;
        ++*out_count;
        *after = sql_column_int(&rows, 0);
        if (sql_column_int(&rows, 1) == 0)
            TRY(replace_row(connection, entity, &rows));
    }
}

Error *search_index_refill(SqlConnection *connection, const Entity *entity)
{
    int64_t after = 0;
    size_t count = REFILL_ROWS;
    while (count == REFILL_ROWS) {
        ArenaMark mark = arena_mark(sql_arena(connection));
        TRY(refill_page(connection, entity, &after, &count));
        arena_reset_to(sql_arena(connection), mark);
    }
    return NULL;
}
