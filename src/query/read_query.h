#pragma once
/* Read query: one record by its id, or several, with the names of their links. */

#include "query/select_plan.h"

void read_query_put(SqlText *text, const SelectPlan *plan, Str id);
/* The same, with the id of the user's bookmark of the record in one more column, the last. */
void read_query_put_bookmarked(SqlText *text, const SelectPlan *plan, Str id,
                               const Entity *bookmark, Str user_id);
/* In any order. */
void read_query_put_many(SqlText *text, const SelectPlan *plan, const SqlValue *ids, size_t count);
