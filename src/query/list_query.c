#include "query/list_query.h"

/* Far from the aliases of joined names. */
#define RELATION_ALIAS 50

static void put_relation_rows(SqlText *text, const ListSpec *spec)
{
    const Link *link = spec->link;
    sql_put(text, " FROM ");
    sql_put_name(text, link->relation->table);
    sql_put(text, " ");
    sql_put_alias(text, RELATION_ALIAS);
    sql_put(text, " WHERE ");
    sql_put_column(text, RELATION_ALIAS, link->near->column->name);
    sql_put(text, " = ");
    sql_put_value(text, sql_text(spec->from_id));
    sql_put(text, " AND ");
    select_plan_put_live(text, RELATION_ALIAS, link->relation);
    if (spec->relation_where == NULL)
        return;
    sql_put(text, " AND ");
    condition_put(text, spec->relation_where, RELATION_ALIAS, SEARCH_SEEK);
}

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
        sql_put_column(text, RELATION_ALIAS, link->far->column->name);
        put_relation_rows(text, spec);
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

/* The rest of a key in ORDER BY that is found in the rows of the relation: two records may be
 * linked by several of them, of which the first counts. */
static void put_relation_key_end(SqlText *text, const ListSpec *spec)
{
    sql_put(text, ")");
    put_relation_rows(text, spec);
    sql_put(text, " AND ");
    sql_put_column(text, RELATION_ALIAS, spec->link->far->column->name);
    sql_put(text, " = ");
    sql_put_column(text, 0, spec->entity->id->column->name);
    sql_put(text, ")");
    if (spec->is_descending)
        sql_put(text, " DESC NULLS LAST, ");
    else
        sql_put(text, " ASC NULLS LAST, ");
}

/* What has no number was linked after all that have one, so it comes last. */
static void put_relation_order(SqlText *text, const ListSpec *spec)
{
    sql_put(text, "(SELECT min(");
    put_sort_key(text, RELATION_ALIAS, spec->relation_sort->column);
    put_relation_key_end(text, spec);
    sql_put(text, "(SELECT min(");
    sql_put_alias(text, RELATION_ALIAS);
    sql_put(text, ".row_id");
    put_relation_key_end(text, spec);
}

/* Nulls last ascending, first descending (spec 3.2); the id in the same direction keeps paging
 * stable. A filter that finds few rows must not be run along the sort index. */
static void put_order(SqlText *text, Arena *arena, SelectPlan *plan, const ListSpec *spec,
                      bool avoids_index)
{
    const Field *field = spec->sort_field;
    sql_put(text, " ORDER BY ");
    if (spec->relation_sort != NULL) {
        put_relation_order(text, spec);
    } else if (field != NULL) {
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
    if (spec->relation_sort == NULL && spec->sort_field != NULL && spec->sort_field->link != NULL)
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
