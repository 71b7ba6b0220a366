#pragma once
/* Search index: keeps the side index of folded text in step with the rows (design §4). The lane
 * calls it once a group. */

#include "schema/schema.h"
#include "sql/sql.h"

/* Makes the rows of the side index of these `row_id`s (ascending, each once) what the rows say now:
 * live rows are folded anew, others lose theirs. */
Error *search_index_sync(SqlConnection *connection, const SideIndex *index, const int64_t *row_ids,
                         size_t count) must_check;
/* Every row that belongs in it, for a side index that was just made. */
Error *search_index_refill(SqlConnection *connection, const SideIndex *index) must_check;
