#include "query/lookup.h"

/* The index of unique texts leaves empty ones out; saying it lets the planner use it. */
static void put_not_empty(SqlText *text, const Column *column)
{
    if (!column->field->is_unique || column->type != SQL_TYPE_TEXT)
        return;
    sql_put(text, " AND ");
    sql_put_name(text, column->name);
    sql_put(text, " <> ''");
}

static void put_match(SqlText *text, const LookupMatch *match)
{
    sql_put_name(text, match->column->name);
    sql_put(text, " = ");
    sql_put_value(text, match->value);
    put_not_empty(text, match->column);
}

static void put_live(SqlText *text, const Entity *entity)
{
    sql_put(text, " AND ");
    sql_put_name(text, entity->deleted->column->name);
    sql_put(text, " = ");
    sql_put_dialect(text, text->dialect->false_literal);
}

static void compile(const Lookup *lookup, int64_t max_rows, SqlText *text)
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
    if (!lookup->with_deleted)
        put_live(text, lookup->entity);
    sql_put(text, " LIMIT ");
    sql_put_int(text, max_rows);
}

Error *lookup_find(SqlConnection *connection, const Lookup *lookup, SqlValue *out_values,
                   bool *out_found)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    compile(lookup, 1, &text);
    TRY(sql_query(connection, &text, &rows));
    TRY(sql_next(&rows, out_found));
    for (size_t i = 0; *out_found && i < lookup->column_count; i++)
        out_values[i] = sql_value_copy(sql_arena(connection), sql_column_value(&rows, (int)i));
    return NULL;
}

/* Of one statement: few enough for a statement that is kept prepared. */
#define LIST_VALUES 256

static void put_one_of(SqlText *text, const LookupList *list)
{
    sql_put_name(text, list->columns[0]->name);
    sql_put(text, " IN ");
    sql_put_list(text, list->values, list->count);
    put_not_empty(text, list->columns[0]);
    put_live(text, list->entity);
}

/* `(a = ? AND b = ?) OR (…)`, the last one repeated as in a list of single values. */
static void put_one_of_rows(SqlText *text, const LookupList *list)
{
    size_t size = sql_list_size(list->count);
    sql_put(text, "(");
    for (size_t i = 0; i < size; i++) {
        size_t row = i < list->count ? i : list->count - 1;
        if (i > 0)
            sql_put(text, " OR ");
        sql_put(text, "(");
        for (size_t j = 0; j < list->column_count; j++) {
            LookupMatch match = { .column = list->columns[j],
                                  .value = list->values[row * list->column_count + j] };
            if (j > 0)
                sql_put(text, " AND ");
            put_match(text, &match);
        }
        /* Said again for each: the index of live rows is used for one alternative at a time. */
        put_live(text, list->entity);
        sql_put(text, ")");
    }
    sql_put(text, ")");
}

static void compile_list(const LookupList *list, SqlText *text)
{
    sql_put(text, "SELECT ");
    sql_put_name(text, list->entity->id->column->name);
    sql_put(text, " FROM ");
    sql_put_name(text, list->entity->table);
    sql_put(text, " WHERE ");
    if (list->column_count == 1)
        put_one_of(text, list);
    else
        put_one_of_rows(text, list);
}

static Error *find_batch(SqlConnection *connection, const LookupList *list, Map *out)
{
    Arena *arena = sql_arena(connection);
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    compile_list(list, &text);
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

Error *lookup_find_ids(SqlConnection *connection, const LookupList *list, Map *out)
{
    size_t batch = LIST_VALUES / list->column_count;
    for (size_t from = 0; from < list->count; from += batch) {
        LookupList part = *list;
        size_t rest = list->count - from;
        part.values += from * list->column_count;
        part.count = rest < batch ? rest : batch;
        TRY(find_batch(connection, &part, out));
    }
    return NULL;
}

Error *lookup_existing(SqlConnection *connection, const Entity *entity, const Str *ids,
                       size_t count, Map *out)
{
    const Column *id = entity->id->column;
    SqlValue *values = ARENA_ARRAY(sql_arena(connection), SqlValue, count);
    LookupList list = {
        .entity = entity, .columns = &id, .column_count = 1, .values = values, .count = count
    };
    for (size_t i = 0; i < count; i++)
        values[i] = sql_text(ids[i]);
    return lookup_find_ids(connection, &list, out);
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

Error *lookup_find_some(SqlConnection *connection, const LookupMatch *matches, size_t match_count,
                        Str *out_ids, size_t max, size_t *out_count)
{
    const Entity *entity = matches[0].column->field->entity;
    const Column *id = entity->id->column;
    Lookup lookup = { .entity = entity,
                      .matches = matches,
                      .match_count = match_count,
                      .columns = &id,
                      .column_count = 1 };
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    size_t count = 0;
    compile(&lookup, (int64_t)max, &text);
    TRY(sql_query(connection, &text, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row || count == max)
            break;
        out_ids[count++] = str_copy(sql_arena(connection), sql_column_text(&rows, 0));
    }
    *out_count = count;
    return NULL;
}
