#pragma once
/* Read query: one record by its id, or several, with the names of their links. */

#include "query/select_plan.h"

void read_query_put(SqlText *text, const SelectPlan *plan, Str id);
/* In any order. */
void read_query_put_many(SqlText *text, const SelectPlan *plan, const SqlValue *ids, size_t count);
