#include "query/read_query.h"

static void put_tables(SqlText *text, const SelectPlan *plan)
{
    select_plan_put_tables(text, plan);
    sql_put(text, " WHERE ");
    sql_put_column(text, 0, plan->entity->id->column->name);
}

static void put_select(SqlText *text, const SelectPlan *plan)
{
    select_plan_put_columns(text, plan);
    put_tables(text, plan);
}

static void put_one(SqlText *text, const SelectPlan *plan, Str id)
{
    sql_put(text, " = ");
    sql_put_value(text, sql_text(id));
    sql_put(text, " AND ");
    select_plan_put_live(text, 0, plan->entity);
}

void read_query_put_many(SqlText *text, const SelectPlan *plan, const SqlValue *ids, size_t count)
{
    put_select(text, plan);
    sql_put(text, " IN ");
    sql_put_list(text, ids, count);
    sql_put(text, " AND ");
    select_plan_put_live(text, 0, plan->entity);
}

void read_query_put(SqlText *text, const SelectPlan *plan, Str id)
{
    put_select(text, plan);
    put_one(text, plan, id);
}

#define BOOKMARK_ALIAS 60

static void put_bookmark(SqlText *text, const Entity *bookmark, const char *field, SqlValue value)
{
    sql_put(text, " AND ");
    sql_put_column(text, BOOKMARK_ALIAS,
                   entity_find_field(bookmark, str_from(field))->column->name);
    sql_put(text, " = ");
    sql_put_value(text, value);
}

void read_query_put_bookmarked(SqlText *text, const SelectPlan *plan, Str id,
                               const Entity *bookmark, Str user_id)
{
    select_plan_put_columns(text, plan);
    sql_put(text, ", (SELECT ");
    sql_put_column(text, BOOKMARK_ALIAS, bookmark->id->column->name);
    sql_put(text, " FROM ");
    sql_put_name(text, bookmark->table);
    sql_put(text, " ");
    sql_put_alias(text, BOOKMARK_ALIAS);
    sql_put(text, " WHERE ");
    select_plan_put_live(text, BOOKMARK_ALIAS, bookmark);
    put_bookmark(text, bookmark, "entityType", sql_text(plan->entity->name));
    put_bookmark(text, bookmark, "entityId", sql_text(id));
    put_bookmark(text, bookmark, "user", sql_text(user_id));
    sql_put(text, ")");
    put_tables(text, plan);
    put_one(text, plan, id);
}
