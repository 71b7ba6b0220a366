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
