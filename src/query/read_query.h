#pragma once
/* Read query: one record by its id, with the names of its links. */

#include "query/select_plan.h"

void read_query_put(SqlText *text, const SelectPlan *plan, Str id);
