#include "schema/meta.h"

Error *meta_read(SqlConnection *connection, Str name, Str *out)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    sql_put(&text, "SELECT value FROM pimento_meta WHERE name = ");
    sql_put_value(&text, sql_text(name));
    TRY(sql_query(connection, &text, &rows));
    TRY(sql_next(&rows, &has_row));
    *out = has_row ? str_copy(sql_arena(connection), sql_column_text(&rows, 0)) : STR_NONE;
    return NULL;
}

Error *meta_write(SqlConnection *connection, Str name, Str value)
{
    SqlText text = sql_text_new(connection);
    sql_put(&text, "INSERT INTO pimento_meta (name, value) VALUES (");
    sql_put_value(&text, sql_text(name));
    sql_put(&text, ", ");
    sql_put_value(&text, sql_text(value));
    sql_put(&text, ") ON CONFLICT (name) DO UPDATE SET value = excluded.value");
    return sql_execute(connection, &text, NULL);
}

Error *meta_remove(SqlConnection *connection, Str name)
{
    SqlText text = sql_text_new(connection);
    sql_put(&text, "DELETE FROM pimento_meta WHERE name = ");
    sql_put_value(&text, sql_text(name));
    return sql_execute(connection, &text, NULL);
}

Error *meta_names(SqlConnection *connection, Str beginning, Str **out, size_t *out_count)
{
    Arena *arena = sql_arena(connection);
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    Str *names = NULL;
    size_t count = 0;
    size_t capacity = 0;
    sql_put(&text, "SELECT name FROM pimento_meta ORDER BY name");
    TRY(sql_query(connection, &text, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            break;
        if (!str_starts_with(sql_column_text(&rows, 0), beginning))
            continue;
        if (count == capacity) {
            capacity = capacity * 2 + 64;
            names = arena_grow(arena, names, count * sizeof *names, count * sizeof *names,
                               capacity * sizeof *names);
        }
        names[count++] = str_copy(arena, sql_column_text(&rows, 0));
    }
    *out = names;
    *out_count = count;
    return NULL;
}
