#pragma once
/* Linked query: which records the hasMany and many-to-many links of a set of records lead to, in
 * one statement. Result columns: 0 the id of the record, 1 the id of the linked one, 2 its name
 * (NULL when it has none), in a language where it has one there (NULL = the main one). */

#include "schema/schema.h"
#include "sql/sql.h"

void linked_query_put(SqlText *text, const Link *link, const SqlValue *ids, size_t count,
                      const Language *language);
