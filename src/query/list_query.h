#pragma once
/* List query: a list spec as SQL - the page of rows, and the count. */

#include "query/list_spec.h"
#include "query/select_plan.h"

/* The page. The plan gets a join for a sort by a linked name. */
void list_query_put_page(SqlText *text, Arena *arena, SelectPlan *plan, const ListSpec *spec,
                         SearchMode mode);
void list_query_put_count(SqlText *text, const ListSpec *spec);
