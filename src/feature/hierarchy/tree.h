#pragma once
/* Tree: records as nodes for a tree on a screen (spec content 6.9) - a level, the levels on the way
 * to a record, the branches that lead to some records. A node is
 *   {"id", "name", "offset", "total", "disabled", "load_on_demand"}
 * offset: its place in its level, total: the size of that level, load_on_demand: it has children.
 * Answers are written as JSON. Right: read. */

#include "access/task.h"
#include "query/tree_query.h"

#define TREE_PAGE_ROWS 20
/* Records of one treeData. */
#define TREE_MAX_RECORDS 5000

/* `{"total", "list": [node]}`. */
Error *tree_write_level(Task *task, TreeLevel *level, Buf *out) must_check;
/* The same from the roots on, one page around each node on the way to `id`, with `children` below
 * it. NOT_FOUND: no such record. */
Error *tree_write_path(Task *task, TreeLevel *level, Str id, Buf *out) must_check;
/* `{"total", "tree": [{"id", "name", "disabled", "children": [...]}]}`: total counts the records
 * asked for. INVALID: more than TREE_MAX_RECORDS. */
Error *tree_write_branches(Task *task, const Entity *entity, const Str *ids, size_t count,
                           Buf *out) must_check;
/* Ids that a filter finds, as many as one treeData takes. */
Error *tree_find_ids(Task *task, const Entity *entity, const Condition *where, Str **out,
                     size_t *out_count) must_check;
