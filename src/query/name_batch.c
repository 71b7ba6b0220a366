#include "query/name_batch.h"

#define BATCH_IDS 512

static Error *read_some(SqlConnection *connection, const Entity *entity, const Str *ids,
                        size_t count, Map *out)
{
    Arena *arena = sql_arena(connection);
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    SqlValue *values = ARENA_ARRAY(arena, SqlValue, count);
    for (size_t i = 0; i < count; i++)
        values[i] = sql_text(ids[i]);
    sql_put(&text, "SELECT ");
    sql_put_name(&text, entity->id->column->name);
    sql_put(&text, ", ");
    sql_put_name(&text, entity->name_field->column->name);
    sql_put(&text, " FROM ");
    sql_put_name(&text, entity->table);
    sql_put(&text, " WHERE ");
    sql_put_name(&text, entity->id->column->name);
    sql_put(&text, " IN ");
    sql_put_list(&text, values, count);
    TRY(sql_query(connection, &text, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            return NULL;
        Str *name = ARENA_NEW(arena, Str);
        *name = str_copy(arena, sql_column_text(&rows, 1));
        map_put(out, arena, str_copy(arena, sql_column_text(&rows, 0)), name);
    }
}

Error *name_batch_read(SqlConnection *connection, const Entity *entity, const Str *ids,
                       size_t count, Map *out)
{
    if (entity->name_field == NULL)
        return NULL;
    for (size_t from = 0; from < count; from += BATCH_IDS) {
        size_t rest = count - from;
        TRY(read_some(connection, entity, ids + from, rest < BATCH_IDS ? rest : BATCH_IDS, out));
    }
    return NULL;
}
