#include "query/read_query.h"

static void put_select(SqlText *text, const SelectPlan *plan)
{
    select_plan_put_columns(text, plan);
    select_plan_put_tables(text, plan);
    sql_put(text, " WHERE ");
    sql_put_column(text, 0, plan->entity->id->column->name);
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
    sql_put(text, " = ");
    sql_put_value(text, sql_text(id));
    sql_put(text, " AND ");
    select_plan_put_live(text, 0, plan->entity);
}
