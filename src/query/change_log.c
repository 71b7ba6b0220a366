#include "query/change_log.h"

Error *change_log_add(SqlConnection *connection, const ChangeRow *row)
{
    SqlText text = sql_text_new(connection);
    const SqlValue values[] = { sql_text(row->entity),   sql_text(row->subject_id),
                                sql_text(row->other_id), sql_text(row->relation_id),
                                sql_int(row->kind),      sql_int(row->at_us),
                                sql_text(row->by_id),    sql_text(row->what) };
    sql_put(&text, "INSERT INTO pimento_change (entity, subject_id, other_id, relation_id, kind, "
                   "at_us, by_id, what) VALUES ");
    sql_put_values(&text, values, sizeof values / sizeof *values);
    return sql_execute(connection, &text, NULL);
}

/* ---- one record's history ---- */

static void put_columns(SqlText *text)
{
    sql_put(text, "SELECT row_id, entity, subject_id, other_id, relation_id, kind, at_us, by_id, "
                  "what FROM pimento_change WHERE ");
}

static void put_rest(SqlText *text, const ChangeScope *scope, const SqlValue *entities,
                     size_t count, int64_t from)
{
    sql_put(text, " AND entity IN ");
    sql_put_list(text, entities, count);
    if (!str_is_none(scope->relation_id)) {
        sql_put(text, " AND relation_id = ");
        sql_put_value(text, sql_text(scope->relation_id));
        sql_put(text, " AND kind <> ");
        sql_put_int(text, CHANGE_MOVED);
    }
    if (from > 0) {
        sql_put(text, " AND row_id >= ");
        sql_put_value(text, sql_int(from));
    }
}

/* Two branches, each in the order of an index, which the engines merge: so a page costs no more
 * than its rows and those before them. */
static void put_rows(SqlText *text, const ChangeScope *scope, int64_t from)
{
    put_columns(text);
    sql_put(text, "subject_id = ");
    sql_put_value(text, sql_text(scope->subject_id));
    put_rest(text, scope, scope->subject_entities, scope->subject_count, from);
    if (scope->other_count == 0)
        return;
    sql_put(text, " UNION ALL ");
    put_columns(text);
    sql_put(text, "other_id = ");
    sql_put_value(text, sql_text(scope->other_id));
    /* Not those of the first branch again: a relation row's own, a record linked to itself. */
    sql_put(text, " AND NOT (subject_id = ");
    sql_put_value(text, sql_text(scope->subject_id));
    sql_put(text, " AND entity IN ");
    sql_put_list(text, scope->subject_entities, scope->subject_count);
    sql_put(text, ")");
    put_rest(text, scope, scope->other_entities, scope->other_count, from);
}

Error *change_log_count(SqlConnection *connection, const ChangeScope *scope, int64_t *out)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    sql_put(&text, "SELECT count(*) FROM (");
    put_rows(&text, scope, 0);
    sql_put(&text, ") AS c");
    TRY(sql_query(connection, &text, &rows));
    TRY(sql_next(&rows, &has_row));
    *out = has_row ? sql_column_int(&rows, 0) : 0;
    return NULL;
}

Error *change_log_page(SqlConnection *connection, const ChangeScope *scope, int64_t offset,
                       int64_t page_rows, SqlRows *out)
{
    SqlText text = sql_text_new(connection);
    put_rows(&text, scope, 0);
    sql_put(&text, " ORDER BY row_id DESC LIMIT ");
    sql_put_value(&text, sql_int(page_rows));
    sql_put(&text, " OFFSET ");
    sql_put_value(&text, sql_int(offset));
    return sql_query(connection, &text, out);
}

Error *change_log_since(SqlConnection *connection, const ChangeScope *scope, int64_t number,
                        SqlRows *out)
{
    SqlText text = sql_text_new(connection);
    put_rows(&text, scope, number);
    sql_put(&text, " ORDER BY row_id");
    return sql_query(connection, &text, out);
}

/* ---- all records ---- */

Error *change_log_read_after(SqlConnection *connection, int64_t position, int64_t limit,
                             SqlRows *out)
{
    SqlText text = sql_text_new(connection);
    put_columns(&text);
    sql_put(&text, "row_id > ");
    sql_put_value(&text, sql_int(position));
    sql_put(&text, " ORDER BY row_id LIMIT ");
    sql_put_value(&text, sql_int(limit));
    return sql_query(connection, &text, out);
}

void change_log_read_row(const SqlRows *rows, ChangeRow *out)
{
    *out = (ChangeRow){ .number = sql_column_int(rows, 0),
                        .entity = sql_column_text(rows, 1),
                        .subject_id = sql_column_text(rows, 2),
                        .other_id = sql_column_text(rows, 3),
                        .relation_id = sql_column_text(rows, 4),
                        .kind = (ChangeKind)sql_column_int(rows, 5),
                        .at_us = sql_column_int(rows, 6),
                        .by_id = sql_column_text(rows, 7),
                        .what = sql_column_text(rows, 8) };
}

/* ---- into another database ---- */

#define COPY_ROWS 100

/* With its number. */
static Error *copy_row(SqlConnection *to, const ChangeRow *row)
{
    SqlText text = sql_text_new(to);
    const SqlValue values[] = { sql_int(row->number),       sql_text(row->entity),
                                sql_text(row->subject_id),  sql_text(row->other_id),
                                sql_text(row->relation_id), sql_int(row->kind),
                                sql_int(row->at_us),        sql_text(row->by_id),
                                sql_text(row->what) };
    sql_put(&text, "INSERT INTO pimento_change (row_id, entity, subject_id, other_id, relation_id, "
                   "kind, at_us, by_id, what) VALUES ");
    sql_put_values(&text, values, sizeof values / sizeof *values);
    return sql_execute(to, &text, NULL);
}

static Error *copy_page(SqlConnection *from, SqlConnection *to, int64_t *position, bool *out_done)
{
    AUTO_CLOSE SqlRows rows = { 0 };
    TRY(change_log_read_after(from, *position, COPY_ROWS, &rows));
    *out_done = true;
    for (;;) {
        bool has_row = false;
        ChangeRow row;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            return NULL;
        change_log_read_row(&rows, &row);
        TRY(copy_row(to, &row));
        *position = row.number;
        *out_done = false;
    }
}

Error *change_log_copy(SqlConnection *from, SqlConnection *to)
{
    Arena *arena = sql_arena(to);
    const SqlDialect *dialect = sql_connection_dialect(to);
    int64_t position = 0;
    for (bool is_done = false; !is_done;) {
        ArenaMark mark = arena_mark(arena);
        TRY(copy_page(from, to, &position, &is_done));
        arena_reset_to(arena, mark);
    }
    if (dialect->put_row_key_restart == NULL)
        return NULL;
    SqlText text = sql_text_new(to);
    int64_t unused; /* asked for, so that what went wrong with the rows is told now */
    dialect->put_row_key_restart(&text, sql_name_new(arena, STR("pimento_change")), position + 1);
    return sql_execute(to, &text, &unused);
}

/* ---- what is too old ---- */

/* The highest number of the rows that may go; 0 = none. */
static Error *find_last_old(SqlConnection *connection, int64_t before_us, int64_t limit,
                            int64_t *out)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    int64_t previous = 0;
    *out = 0;
    sql_put(&text, "SELECT row_id, at_us FROM pimento_change ORDER BY row_id LIMIT ");
    sql_put_value(&text, sql_int(limit + 1));
    TRY(sql_query(connection, &text, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            return NULL;
        *out = previous; /* there is a newer one */
        if (sql_column_int(&rows, 1) >= before_us)
            return NULL;
        previous = sql_column_int(&rows, 0);
    }
}

Error *change_log_forget(SqlConnection *connection, int64_t before_us, int64_t limit,
                         int64_t *out_count)
{
    int64_t last = 0;
    *out_count = 0;
    TRY(find_last_old(connection, before_us, limit, &last));
    if (last == 0)
        return NULL;
    SqlText text = sql_text_new(connection);
    sql_put(&text, "DELETE FROM pimento_change WHERE row_id <= ");
    sql_put_value(&text, sql_int(last));
    return sql_execute(connection, &text, out_count);
}
