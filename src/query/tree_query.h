#pragma once
/* Tree queries: the rows of a tree (`Entity.hierarchy`) - upwards in one recursive statement, whose
 * rows are each found once however often ways meet, downwards level by level. */

#include "query/condition.h"

/* Ways up from these records, all levels. Columns: 0 the lower id, 1 the upper one, 2 its name. */
void tree_query_put_ways_up(SqlText *text, const Entity *entity, const SqlValue *ids, size_t count);
/* A row when `wanted` is `from` or lies above it. */
void tree_query_put_is_above(SqlText *text, const Entity *entity, Str from, Str wanted);
/* Live children of these records. Columns: 0 the parent's id, 1 how many. */
void tree_query_put_child_counts(SqlText *text, const Entity *entity, const SqlValue *ids,
                                 size_t count);
/* Children of these records, trashed ones too with `with_deleted`. Columns: 0 the child's id, 1 the
 * parent's. */
void tree_query_put_children(SqlText *text, const Entity *entity, const SqlValue *ids, size_t count,
                             bool with_deleted);
/* Live children of `parent_id` in their order, or the roots when it is none. Columns: 0 id, 1
 * number, 2 the id of the relation row (of the record itself for roots). */
void tree_query_put_siblings(SqlText *text, const Entity *entity, Str parent_id);
/* The greatest number among the children, one row; NULL when there is none. */
void tree_query_put_last_number(SqlText *text, const Entity *entity, Str parent_id);
/* The live row of the relation that has these ends. Columns: 0 its id. `parent_id` none: all of the
 * child's. */
void tree_query_put_relation(SqlText *text, const Entity *entity, Str child_id, Str parent_id);

/* One level of a tree, as a page of nodes. */
typedef struct TreeLevel {
    const Entity *entity;
    bool is_flat;            /* no tree: all records, or those that `used_by` leads to */
    Str parent_id;           /* none: roots */
    const Link *used_by;     /* only records that some record is linked to by this link; or NULL */
    const Condition *where;  /* or NULL */
    const Field *sort_field; /* NULL: the order of the tree; flat: by id */
    bool is_descending;
    int64_t offset;
    int64_t page_rows;
} TreeLevel;

/* Columns: 0 id, 1 name, 2 whether it has children. */
void tree_query_put_nodes(SqlText *text, const TreeLevel *level);
/* All ids of the level in the same order. */
void tree_query_put_node_ids(SqlText *text, const TreeLevel *level);
void tree_query_put_node_count(SqlText *text, const TreeLevel *level);
/* Columns: 0 id, 1 name: live records of these ids. */
void tree_query_put_names(SqlText *text, const Entity *entity, const SqlValue *ids, size_t count);
