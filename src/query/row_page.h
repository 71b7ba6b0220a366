#pragma once
/* Row pages: the rows of an entity's table as they lie - all columns, the trash too, with their
 * numbers - a page at a time in the order of the numbers; for moving and comparing whole tables. No
 * checks, nothing noted. A page lives in its connection's arena, at most ROW_PAGE_ROWS rows and
 * little more than ROW_PAGE_BYTES of text. */

#include "schema/schema.h"
#include "sql/sql.h"

#define ROW_PAGE_ROWS 500
#define ROW_PAGE_BYTES ((size_t)4 << 20)

typedef struct RowPage {
    int64_t *row_ids;
    SqlValue *values; /* row after row, each in the order of the entity's columns */
    size_t count;     /* 0 = no row is left */
} RowPage;

/* The rows that follow the number `after`. */
Error *row_page_read(SqlConnection *connection, const Entity *entity, int64_t after,
                     RowPage *out) must_check;
/* Adds them with their numbers. INVALID `notUnique`. */
Error *row_page_insert(SqlConnection *connection, const Entity *entity,
                       const RowPage *page) must_check;
/* After the last page: new rows are numbered behind `last`, and the planner knows the table. */
Error *row_page_end(SqlConnection *connection, const Entity *entity, int64_t last) must_check;
/* Whether the table has any row. */
Error *row_page_find_any(SqlConnection *connection, const Entity *entity, bool *out) must_check;
