#pragma once
/* Id query: which records a mass action means - how many, and their ids in the order of the ids, a
 * batch at a time. A batch begins behind an id, so what happens to records that were told already
 * moves nothing. */

#include "query/condition.h"
#include "sql/sql.h"

typedef struct IdQuery {
    const Entity *entity;
    const Condition *where; /* NULL: all */
    bool is_trash;          /* trashed records, instead of live ones */
    const Column *dated;    /* a datetime that must be before `before`; NULL: no such condition */
    Str before;
} IdQuery;

/* INVALID `badFilter`: the trash is not in the index of texts, so nothing would be found there. */
Error *id_query_check(Arena *arena, const IdQuery *query) must_check;
Error *id_query_count(SqlConnection *connection, const IdQuery *query, int64_t *out) must_check;
/* At most `limit` ids that are greater than `after` (none: from the first), into `out_ids`, which
 * has room for them; their text lies in the connection's arena. */
Error *id_query_read(SqlConnection *connection, const IdQuery *query, Str after, size_t limit,
                     Str *out_ids, size_t *out_count) must_check;
