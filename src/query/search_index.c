#include "query/search_index.h"

#include "base/utf8.h"

#define REFILL_ROWS 500
/* Read at a time: their texts may be long. */
#define SYNC_ROWS 64

static void put_select(SqlText *text, const SideIndex *index)
{
    sql_put(text, "SELECT row_id, ");
    sql_put_name(text, index->entity->deleted->column->name);
    for (size_t i = 0; i < index->sql.count; i++) {
        sql_put(text, ", ");
        sql_put_name(text, index->sql.columns[i]);
    }
    sql_put(text, " FROM ");
    sql_put_name(text, index->entity->table);
    sql_put(text, " WHERE row_id ");
}

/* The row under the cursor of a put_select has its place in the side index. */
static bool belongs(const SideIndex *index, const SqlRows *rows)
{
    bool has_text = !index->is_partial;
    for (size_t i = 0; i < index->sql.count; i++)
        has_text = has_text || !sql_column_is_null(rows, (int)i + 2);
    return has_text && sql_column_int(rows, 1) == 0;
}

static Error *replace_row(SqlConnection *connection, const SideIndex *index, const SqlRows *rows)
{
    Arena *arena = sql_arena(connection);
    SqlValue *values = ARENA_ARRAY(arena, SqlValue, index->sql.count);
    for (size_t i = 0; i < index->sql.count; i++) {
        Str text = sql_column_text(rows, (int)i + 2);
        values[i] = str_is_none(text) ? sql_null() : sql_text(utf8_fold(arena, text));
    }
    SqlText replace = sql_text_new(connection);
    replace.dialect->put_search_replace(&replace, &index->sql, sql_column_int(rows, 0), values);
    return sql_execute(connection, &replace, NULL);
}

static Error *delete_row(SqlConnection *connection, const SideIndex *index, int64_t row_id)
{
    SqlText gone = sql_text_new(connection);
    gone.dialect->put_search_delete(&gone, &index->sql, row_id);
    return sql_execute(connection, &gone, NULL);
}

/* The rows under the cursor are some of `row_ids`, in the same order. */
static Error *sync_rows(SqlConnection *connection, const SideIndex *index, const int64_t *row_ids,
                        size_t count, SqlRows *rows)
{
    Arena *arena = sql_arena(connection);
    bool has_row = false;
    TRY(sql_next(rows, &has_row));
    for (size_t i = 0; i < count; i++) {
        ArenaMark mark = arena_mark(arena);
        bool is_there = has_row && sql_column_int(rows, 0) == row_ids[i];
        if (is_there && belongs(index, rows))
            TRY(replace_row(connection, index, rows));
        else
            TRY(delete_row(connection, index, row_ids[i]));
        arena_reset_to(arena, mark);
        if (is_there)
            TRY(sql_next(rows, &has_row));
    }
    return NULL;
}

static Error *sync_batch(SqlConnection *connection, const SideIndex *index, const int64_t *row_ids,
                         size_t count)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    SqlValue values[SYNC_ROWS];
    for (size_t i = 0; i < count; i++)
        values[i] = sql_int(row_ids[i]);
    put_select(&text, index);
    sql_put(&text, "IN ");
    sql_put_list(&text, values, count);
    sql_put(&text, " ORDER BY row_id");
    TRY(sql_query(connection, &text, &rows));
    return sync_rows(connection, index, row_ids, count, &rows);
}

Error *search_index_sync(SqlConnection *connection, const SideIndex *index, const int64_t *row_ids,
                         size_t count)
{
    Arena *arena = sql_arena(connection);
    for (size_t from = 0; from < count; from += SYNC_ROWS) {
        ArenaMark mark = arena_mark(arena);
        size_t rest = count - from;
        TRY(sync_batch(connection, index, row_ids + from, rest < SYNC_ROWS ? rest : SYNC_ROWS));
        arena_reset_to(arena, mark);
    }
    return NULL;
}

/* Only rows with some value are looked at where only they belong in it. */
static void put_has_text(SqlText *text, const SideIndex *index)
{
    if (!index->is_partial)
        return;
    for (size_t i = 0; i < index->sql.count; i++) {
        sql_put_dialect(text, i == 0 ? " AND (" : " OR ");
        sql_put_name(text, index->sql.columns[i]);
        sql_put(text, " IS NOT NULL");
    }
    sql_put(text, ")");
}

/* One page of live rows behind `*after`, in the order of their numbers. */
static Error *refill_page(SqlConnection *connection, const SideIndex *index, int64_t *after,
                          size_t *out_count)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    *out_count = 0;
    put_select(&text, index);
    sql_put(&text, "> ");
    sql_put_value(&text, sql_int(*after));
    put_has_text(&text, index);
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
        if (belongs(index, &rows))
            TRY(replace_row(connection, index, &rows));
    }
}

Error *search_index_refill(SqlConnection *connection, const SideIndex *index)
{
    int64_t after = 0;
    size_t count = REFILL_ROWS;
    while (count == REFILL_ROWS) {
        ArenaMark mark = arena_mark(sql_arena(connection));
        TRY(refill_page(connection, index, &after, &count));
        arena_reset_to(sql_arena(connection), mark);
    }
    return NULL;
}
