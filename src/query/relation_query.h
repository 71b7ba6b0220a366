#pragma once
/* Relation query: the rows of a many-to-many link between one record and a page of linked ones, in
 * one statement, and how their own fields become JSON: `"ProductCategory__sorting":10`, and
 * `"ProductCategory__id"` of the row itself. */

#include "query/list_spec.h"
#include "query/select_plan.h"

/* Rows that are numbered among those with the same value of `number->sorted_within`. */
typedef struct RelationOrder {
    const Field *number;
    const Field *shown; /* what a client calls a row: its id, or that of one of its ends */
    SqlValue within;
} RelationOrder;

/* In their order; those without a number last, by age. Columns: 0 id, 1 as shown, 2 number. */
void relation_query_put_order(SqlText *text, const RelationOrder *order);
/* The columns that `spec` shows of the relation rows. Result column 0 is the row's id, 1 the linked
 * record's. */
void relation_query_plan(Arena *arena, const ListSpec *spec, SelectPlan *out);
void relation_query_put(SqlText *text, const SelectPlan *plan, const ListSpec *spec,
                        const SqlValue *ids, size_t count);
/* `"key":value,…` of the row under the cursor, without braces. */
void relation_query_write_row(const SelectPlan *plan, JsonWriter *writer, const SqlRows *rows);
