#pragma once
/* Parent query: the names of the records that a linkParent field of a set of records leads to, of
 * whatever entities they are, in one statement. Result columns as those of linked_query.h. */

#include "schema/schema.h"
#include "sql/sql.h"

void parent_query_put(SqlText *text, const Schema *schema, const Field *field, const SqlValue *ids,
                      size_t count, const Language *language);
