#include "query/list_query.h"

/* The records that a link leads to: a semi-join on indexed columns, so that nothing has to be made
 * distinct. */
static void put_link(SqlText *text, const ListSpec *spec)
{
    const Link *link = spec->link;
    sql_put(text, " AND ");
    if (link->type == LINK_HAS_MANY) {
        sql_put_column(text, 0, link->foreign->column->name);
        sql_put(text, " = ");
        sql_put_value(text, sql_text(spec->from_id));
        return;
    }
    sql_put_column(text, 0, link->target->id->column->name);
    sql_put(text, " IN (SELECT ");
    if (link->type == LINK_MANY_TO_MANY) {
        sql_put_name(text, link->far->column->name);
        sql_put(text, " FROM ");
        sql_put_name(text, link->relation->table);
        sql_put(text, " WHERE ");
        sql_put_name(text, link->near->column->name);
        sql_put(text, " = ");
        sql_put_value(text, sql_text(spec->from_id));
        sql_put(text, " AND ");
        sql_put_name(text, link->relation->deleted->column->name);
        sql_put(text, " = ");
        sql_put_dialect(text, text->dialect->false_literal);
    } else {
        sql_put_name(text, link->field->column->name);
        sql_put(text, " FROM ");
        sql_put_name(text, link->entity->table);
        sql_put(text, " WHERE ");
        sql_put_name(text, link->entity->id->column->name);
        sql_put(text, " = ");
        sql_put_value(text, sql_text(spec->from_id));
    }
    sql_put(text, ")");
}

static void put_where(SqlText *text, const ListSpec *spec, SearchMode mode)
{
    sql_put(text, " WHERE ");
    select_plan_put_live(text, 0, spec->entity);
    if (spec->link != NULL)
        put_link(text, spec);
    if (spec->where == NULL)
        return;
    sql_put(text, " AND ");
    condition_put(text, spec->where, 0, mode);
}

static void put_sort_key(SqlText *text, unsigned alias, const Column *column)
{
    bool is_text = column->type == SQL_TYPE_TEXT;
    sql_put_dialect(text, is_text ? text->dialect->text_order_open : "");
    sql_put_column(text, alias, column->name);
    sql_put_dialect(text, is_text ? text->dialect->text_order_close : "");
}

/* The number that the record has as a child of the record that the list hangs on. */
static void put_link_order(SqlText *text, const ListSpec *spec)
{
    const Link *link = spec->link;
    sql_put(text, "(SELECT ");
    sql_put_column(text, 90, link->order->column->name);
    sql_put(text, " FROM ");
    sql_put_name(text, link->relation->table);
    sql_put(text, " t90 WHERE ");
    sql_put_column(text, 90, link->far->column->name);
    sql_put(text, " = ");
    sql_put_column(text, 0, link->target->id->column->name);
    sql_put(text, " AND ");
    sql_put_column(text, 90, link->near->column->name);
    sql_put(text, " = ");
    sql_put_value(text, sql_text(spec->from_id));
    sql_put(text, " AND ");
    select_plan_put_live(text, 90, link->relation);
    sql_put(text, "), ");
}

/* Nulls last ascending, first descending (spec 3.2); the id in the same direction keeps paging
 * stable. A filter that finds few rows must not be run along the sort index. */
static void put_order(SqlText *text, Arena *arena, SelectPlan *plan, const ListSpec *spec,
                      bool avoids_index)
{
    const Field *field = spec->sort_field;
    sql_put(text, " ORDER BY ");
    if (spec->is_link_order)
        put_link_order(text, spec);
    if (field != NULL && !spec->is_link_order) {
        bool is_link = field->link != NULL;
        const Column *column = is_link ? field->link->target->name_field->column : field->column;
        sql_put_dialect(text, avoids_index ? text->dialect->unindexed_open : "");
        put_sort_key(text, is_link ? select_plan_join(arena, plan, field) : 0, column);
        sql_put_dialect(text, avoids_index ? text->dialect->unindexed_close : "");
        if (spec->is_descending)
            sql_put(text, " DESC NULLS FIRST, ");
        else
            sql_put(text, " ASC NULLS LAST, ");
    }
    sql_put_column(text, 0, spec->entity->id->column->name);
    if (spec->is_descending)
        sql_put(text, " DESC");
}

void list_query_put_page(SqlText *text, Arena *arena, SelectPlan *plan, const ListSpec *spec,
                         SearchMode mode)
{
    bool seeks = spec->where != NULL && mode == SEARCH_SEEK && condition_searches_text(spec->where);
    if (spec->sort_field != NULL && spec->sort_field->link != NULL)
        select_plan_join(arena, plan, spec->sort_field);
    select_plan_put_columns(text, plan);
    select_plan_put_tables(text, plan);
    put_where(text, spec, mode);
    put_order(text, arena, plan, spec, seeks || spec->link != NULL);
    sql_put(text, " LIMIT ");
    sql_put_value(text, sql_int(spec->page_rows));
    sql_put(text, " OFFSET ");
    sql_put_value(text, sql_int(spec->offset));
}

void list_query_put_count(SqlText *text, const ListSpec *spec)
{
    sql_put(text, "SELECT count(*) FROM ");
    sql_put_name(text, spec->entity->table);
    sql_put(text, " t0");
    put_where(text, spec, SEARCH_SEEK);
}
