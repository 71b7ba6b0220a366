#include "query/lookup.h"

static void put_match(SqlText *text, const LookupMatch *match)
{
    sql_put_name(text, match->column->name);
    sql_put(text, " = ");
    sql_put_value(text, match->value);
    /* The index of unique texts leaves empty ones out; saying it lets the planner use it. */
    if (match->column->field->is_unique && match->column->type == SQL_TYPE_TEXT) {
        sql_put(text, " AND ");
        sql_put_name(text, match->column->name);
        sql_put(text, " <> ''");
    }
}

static void compile(const Lookup *lookup, SqlText *text)
{
    sql_put(text, "SELECT ");
    for (size_t i = 0; i < lookup->column_count; i++) {
        if (i > 0)
            sql_put(text, ", ");
        sql_put_name(text, lookup->columns[i]->name);
    }
    sql_put(text, " FROM ");
    sql_put_name(text, lookup->entity->table);
    sql_put(text, " WHERE ");
    for (size_t i = 0; i < lookup->match_count; i++) {
        if (i > 0)
            sql_put(text, " AND ");
        put_match(text, &lookup->matches[i]);
    }
    if (!lookup->with_deleted) {
        sql_put(text, " AND ");
        sql_put_name(text, lookup->entity->deleted->column->name);
        sql_put(text, " = ");
        sql_put_dialect(text, text->dialect->false_literal);
    }
    sql_put(text, " LIMIT 1");
}

Error *lookup_find(SqlConnection *connection, const Lookup *lookup, SqlValue *out_values,
                   bool *out_found)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    compile(lookup, &text);
    TRY(sql_query(connection, &text, &rows));
    TRY(sql_next(&rows, out_found));
    for (size_t i = 0; *out_found && i < lookup->column_count; i++)
        out_values[i] = sql_value_copy(sql_arena(connection), sql_column_value(&rows, (int)i));
    return NULL;
}

#define EXISTING_BATCH 512

static Error *find_batch(SqlConnection *connection, const Entity *entity, const Str *ids,
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
    sql_put(&text, " FROM ");
    sql_put_name(&text, entity->table);
    sql_put(&text, " WHERE ");
    sql_put_name(&text, entity->deleted->column->name);
    sql_put(&text, " = ");
    sql_put_dialect(&text, text.dialect->false_literal);
    sql_put(&text, " AND ");
    sql_put_name(&text, entity->id->column->name);
    sql_put(&text, " IN ");
    sql_put_list(&text, values, count);
    TRY(sql_query(connection, &text, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            return NULL;
        Str *id = ARENA_NEW(arena, Str);
        *id = str_copy(arena, sql_column_text(&rows, 0));
        map_put(out, arena, *id, id);
    }
}

Error *lookup_existing(SqlConnection *connection, const Entity *entity, const Str *ids,
                       size_t count, Map *out)
{
    for (size_t from = 0; from < count; from += EXISTING_BATCH) {
        size_t rest = count - from;
        TRY(find_batch(connection, entity, ids + from,
                       rest < EXISTING_BATCH ? rest : EXISTING_BATCH, out));
    }
    return NULL;
}

Error *lookup_find_id(SqlConnection *connection, const Entity *entity, const LookupMatch *matches,
                      size_t count, Str *out)
{
    const Column *id = entity->id->column;
    Lookup lookup = { .entity = entity,
                      .matches = matches,
                      .match_count = count,
                      .columns = &id,
                      .column_count = 1 };
    SqlValue found;
    bool is_found = false;
    TRY(lookup_find(connection, &lookup, &found, &is_found));
    *out = is_found ? found.text : STR_NONE;
    return NULL;
}
