#include "query/relation_query.h"

static const Key *prefixed(Arena *arena, const Link *link, const Key *key)
{
    Key *copy = ARENA_NEW(arena, Key);
    Str prefix = str_concat(arena, link->relation->name, LIST_RELATION_MARK);
    *copy = *key;
    copy->name = str_concat(arena, prefix, key->name);
    copy->quoted = json_quote_key(arena, copy->name);
    return copy;
}

void relation_query_plan(Arena *arena, const ListSpec *spec, SelectPlan *out)
{
    size_t count = spec->relation_select_count;
    const Key **keys = ARENA_ARRAY(arena, const Key *, count + 1);
    keys[0] = &spec->link->far->keys[0];
    memcpy(keys + 1, spec->relation_select, count * sizeof *keys);
    select_plan_make(arena, spec->link->relation, keys, count + 1, SELECT_LIST, spec->language,
                     out);
    for (size_t i = 0; i < out->item_count; i++)
        out->items[i].key = prefixed(arena, spec->link, out->items[i].key);
}

void relation_query_put(SqlText *text, const SelectPlan *plan, const ListSpec *spec,
                        const SqlValue *ids, size_t count)
{
    const Link *link = spec->link;
    select_plan_put_columns(text, plan);
    select_plan_put_tables(text, plan);
    sql_put(text, " WHERE ");
    select_plan_put_live(text, 0, link->relation);
    sql_put(text, " AND ");
    sql_put_column(text, 0, link->near->column->name);
    sql_put(text, " = ");
    sql_put_value(text, sql_text(spec->from_id));
    sql_put(text, " AND ");
    sql_put_column(text, 0, link->far->column->name);
    sql_put(text, " IN ");
    sql_put_list(text, ids, count);
    if (spec->relation_where != NULL) {
        sql_put(text, " AND ");
        condition_put(text, spec->relation_where, 0, SEARCH_SEEK);
    }
    sql_put(text, " ORDER BY t0.row_id");
}

void relation_query_write_row(const SelectPlan *plan, JsonWriter *writer, const SqlRows *rows)
{
    for (size_t i = 0; i < plan->item_count; i++) {
        const SelectItem *item = &plan->items[i];
        if (i == 1 || item->column < 0)
            continue;
        json_write_quoted_key(writer, item->key->quoted);
        item->write(writer, rows, item->column);
    }
}

void relation_query_put_order(SqlText *text, const RelationOrder *order)
{
    const Entity *entity = order->number->entity;
    sql_put(text, "SELECT ");
    sql_put_column(text, 0, entity->id->column->name);
    sql_put(text, ", ");
    sql_put_column(text, 0, order->shown->column->name);
    sql_put(text, ", ");
    sql_put_column(text, 0, order->number->column->name);
    sql_put(text, " FROM ");
    sql_put_name(text, entity->table);
    sql_put(text, " t0 WHERE ");
    select_plan_put_live(text, 0, entity);
    sql_put(text, " AND ");
    sql_put_column(text, 0, order->number->sorted_within->column->name);
    sql_put(text, " = ");
    sql_put_value(text, order->within);
    sql_put(text, " ORDER BY ");
    sql_put_column(text, 0, order->number->column->name);
    sql_put(text, " ASC NULLS LAST, t0.row_id");
}
