#include "query/read_query.h"

void read_query_put(SqlText *text, const SelectPlan *plan, Str id)
{
    select_plan_put_columns(text, plan);
    select_plan_put_tables(text, plan);
    sql_put(text, " WHERE ");
    sql_put_column(text, 0, plan->entity->id->column->name);
    sql_put(text, " = ");
    sql_put_value(text, sql_text(id));
    sql_put(text, " AND ");
    select_plan_put_live(text, 0, plan->entity);
}
