#include "query/row_statement.h"

static void put_column_list(SqlText *text, const Entity *entity)
{
    for (size_t i = 0; i < entity->column_count; i++) {
        if (i > 0)
            sql_put(text, ", ");
        sql_put_name(text, entity->columns[i].name);
    }
}

/* `SELECT … WHERE "id"`: the operator and what follows is the caller's. */
static void put_select(SqlText *text, const Entity *entity)
{
    sql_put(text, "SELECT row_id, ");
    put_column_list(text, entity);
    sql_put(text, " FROM ");
    sql_put_name(text, entity->table);
    sql_put(text, " WHERE ");
    sql_put_name(text, entity->id->column->name);
}

static void put_live(SqlText *text, const Entity *entity)
{
    sql_put(text, " AND ");
    sql_put_name(text, entity->deleted->column->name);
    sql_put(text, " = ");
    sql_put_dialect(text, text->dialect->false_literal);
}

static SqlValue *copy_values(Arena *arena, const Entity *entity, const SqlRows *rows)
{
    SqlValue *values = ARENA_ARRAY(arena, SqlValue, entity->column_count);
    for (size_t i = 0; i < entity->column_count; i++)
        values[i] = sql_value_copy(arena, sql_column_value(rows, (int)i + 1));
    return values;
}

Error *row_find(SqlConnection *connection, const Entity *entity, Str id, bool with_deleted,
                int64_t *out_row_id, SqlValue **out_values)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    *out_values = NULL;
    put_select(&text, entity);
    sql_put(&text, " = ");
    sql_put_value(&text, sql_text(id));
    if (!with_deleted)
        put_live(&text, entity);
    sql_put_row_lock(connection, &text);
    TRY(sql_query(connection, &text, &rows));
    TRY(sql_next(&rows, &has_row));
    if (!has_row)
        return NULL;
    *out_row_id = sql_column_int(&rows, 0);
    *out_values = copy_values(sql_arena(connection), entity, &rows);
    return NULL;
}

Error *row_find_live(SqlConnection *connection, const Entity *entity, const SqlValue *ids,
                     size_t count, FoundRow *out, size_t *out_count)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    size_t found = 0;
    put_select(&text, entity);
    sql_put(&text, " IN ");
    sql_put_list(&text, ids, count);
    put_live(&text, entity);
    sql_put_row_locks(connection, &text, entity->id->column->name);
    TRY(sql_query(connection, &text, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            break;
        out[found].row_id = sql_column_int(&rows, 0);
        out[found++].values = copy_values(sql_arena(connection), entity, &rows);
    }
    *out_count = found;
    return NULL;
}

Error *row_insert(SqlConnection *connection, const Entity *entity, const SqlValue *values,
                  bool *out_added, int64_t *out_row_id)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    sql_put(&text, "INSERT INTO ");
    sql_put_name(&text, entity->table);
    sql_put(&text, " (");
    put_column_list(&text, entity);
    sql_put(&text, ") VALUES ");
    sql_put_values(&text, values, entity->column_count);
    sql_put(&text, " ON CONFLICT DO NOTHING RETURNING row_id");
    TRY(sql_query(connection, &text, &rows));
    TRY(sql_next(&rows, out_added));
    if (*out_added)
        *out_row_id = sql_column_int(&rows, 0);
    return NULL;
}

Error *row_update(SqlConnection *connection, const Entity *entity, int64_t row_id,
                  const SqlValue *values, const bool *is_changed)
{
    SqlText text = sql_text_new(connection);
    sql_put(&text, "UPDATE ");
    sql_put_name(&text, entity->table);
    sql_put(&text, " SET ");
    for (size_t i = 0; i < entity->column_count; i++) {
        if (!is_changed[i])
            continue;
        if (text.count > 0)
            sql_put(&text, ", ");
        sql_put_name(&text, entity->columns[i].name);
        sql_put(&text, " = ");
        sql_put_value(&text, values[i]);
    }
    sql_put(&text, " WHERE row_id = ");
    sql_put_value(&text, sql_int(row_id));
    return sql_execute(connection, &text, NULL);
}

Error *row_delete(SqlConnection *connection, const Entity *entity, int64_t row_id)
{
    SqlText text = sql_text_new(connection);
    sql_put(&text, "DELETE FROM ");
    sql_put_name(&text, entity->table);
    sql_put(&text, " WHERE row_id = ");
    sql_put_value(&text, sql_int(row_id));
    return sql_execute(connection, &text, NULL);
}

Error *row_delete_by(SqlConnection *connection, const Entity *entity, const Column *column,
                     Str value, RowRef **out, size_t *out_count)
{
    Arena *arena = sql_arena(connection);
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    RowRef *refs = NULL;
    size_t count = 0;
    size_t capacity = 0;
    sql_put(&text, "DELETE FROM ");
    sql_put_name(&text, entity->table);
    sql_put(&text, " WHERE ");
    sql_put_name(&text, column->name);
    sql_put(&text, " = ");
    sql_put_value(&text, sql_text(value));
    sql_put(&text, " RETURNING row_id, ");
    put_column_list(&text, entity);
    TRY(sql_query(connection, &text, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            break;
        if (count == capacity) {
            capacity = capacity * 2 + 64;
            refs = arena_grow(arena, refs, count * sizeof *refs, count * sizeof *refs,
                              capacity * sizeof *refs);
        }
        refs[count++] = (RowRef){ .row_id = sql_column_int(&rows, 0),
                                  .values = copy_values(sql_arena(connection), entity, &rows) };
    }
    *out = refs;
    *out_count = count;
    return NULL;
}
