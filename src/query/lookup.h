#pragma once
/* Lookup: values of one live record that is found by exact values of stored fields (an id, a unique
 * field, a tuple). The small sibling of a list, for login, matching and checks. */

#include "schema/schema.h"
#include "sql/sql.h"

typedef struct LookupMatch {
    const Column *column;
    SqlValue value; /* never NULL */
} LookupMatch;

typedef struct Lookup {
    const Entity *entity;
    const LookupMatch *matches; /* all must hold */
    size_t match_count;
    const Column *const *columns; /* what is wanted */
    size_t column_count;
    bool with_deleted;
} Lookup;

/* Rows of values, one behind the other, each as long as there are columns. */
typedef struct LookupList {
    const Entity *entity;
    const Column *const *columns;
    size_t column_count;
    const SqlValue *values; /* never NULL */
    size_t count;           /* rows */
} LookupList;

/* Puts the ids of the live records that one of the rows holds for into `out`, by a few statements.
 */
Error *lookup_find_ids(SqlConnection *connection, const LookupList *list, Map *out) must_check;
/* Puts those of the ids that live records have into `out`. */
Error *lookup_existing(SqlConnection *connection, const Entity *entity, const Str *ids,
                       size_t count, Map *out) must_check;

/* Fills `out_values` (column_count of them, text copied into the connection's arena) when there is
 * one. */
Error *lookup_find(SqlConnection *connection, const Lookup *lookup, SqlValue *out_values,
                   bool *out_found) must_check;
/* The id of the live record that all matches hold for; none when there is none. */
Error *lookup_find_id(SqlConnection *connection, const Entity *entity, const LookupMatch *matches,
                      size_t count, Str *out) must_check;
/* The ids of at most `max` live records that the matches (one at least) hold for. */
Error *lookup_find_some(SqlConnection *connection, const LookupMatch *matches, size_t match_count,
                        Str *out_ids, size_t max, size_t *out_count) must_check;
