#include "query/linked_query.h"

#include "query/select_plan.h"

static void put_target(SqlText *text, const Link *link, unsigned alias, const Language *language)
{
    sql_put(text, ", ");
    sql_put_column(text, alias, link->target->id->column->name);
    sql_put(text, ", ");
    if (link->target->name_field == NULL)
        sql_put(text, "NULL");
    else
        select_plan_put_name(text, alias, link->target, language);
}

static void put_many_to_many(SqlText *text, const Link *link, const SqlValue *ids, size_t count,
                             const Language *language)
{
    sql_put(text, "SELECT ");
    sql_put_column(text, 0, link->near->column->name);
    put_target(text, link, 1, language);
    sql_put(text, " FROM ");
    sql_put_name(text, link->relation->table);
    sql_put(text, " t0 JOIN ");
    sql_put_name(text, link->target->table);
    sql_put(text, " t1 ON ");
    sql_put_column(text, 1, link->target->id->column->name);
    sql_put(text, " = ");
    sql_put_column(text, 0, link->far->column->name);
    sql_put(text, " AND ");
    select_plan_put_live(text, 1, link->target);
    sql_put(text, " WHERE ");
    select_plan_put_live(text, 0, link->relation);
    sql_put(text, " AND ");
    sql_put_column(text, 0, link->near->column->name);
    sql_put(text, " IN ");
    sql_put_list(text, ids, count);
    sql_put(text, " ORDER BY ");
    if (link->order != NULL) {
        sql_put_column(text, 0, link->order->column->name);
        sql_put(text, ", ");
    }
    sql_put(text, "t0.row_id");
}

/* Children of a record with a single parent: the relation row that has the same ends knows their
 * number. */
static void put_order_rows(SqlText *text, const Link *link)
{
    sql_put(text, " JOIN ");
    sql_put_name(text, link->relation->table);
    sql_put(text, " t1 ON ");
    sql_put_column(text, 1, link->far->column->name);
    sql_put(text, " = ");
    sql_put_column(text, 0, link->target->id->column->name);
    sql_put(text, " AND ");
    sql_put_column(text, 1, link->near->column->name);
    sql_put(text, " = ");
    sql_put_column(text, 0, link->foreign->column->name);
    sql_put(text, " AND ");
    select_plan_put_live(text, 1, link->relation);
}

void linked_query_put(SqlText *text, const Link *link, const SqlValue *ids, size_t count,
                      const Language *language)
{
    if (link->type == LINK_MANY_TO_MANY) {
        put_many_to_many(text, link, ids, count, language);
        return;
    }
    sql_put(text, "SELECT ");
    sql_put_column(text, 0, link->foreign->column->name);
    put_target(text, link, 0, language);
    sql_put(text, " FROM ");
    sql_put_name(text, link->target->table);
    sql_put(text, " t0");
    if (link->order != NULL)
        put_order_rows(text, link);
    sql_put(text, " WHERE ");
    select_plan_put_live(text, 0, link->target);
    sql_put(text, " AND ");
    sql_put_column(text, 0, link->foreign->column->name);
    sql_put(text, " IN ");
    sql_put_list(text, ids, count);
    sql_put(text, " ORDER BY ");
    if (link->order != NULL) {
        sql_put_column(text, 1, link->order->column->name);
        sql_put(text, ", ");
    }
    sql_put(text, "t0.row_id");
}
