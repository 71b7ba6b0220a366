#pragma once
/* Dialect: how one engine spells what the engines spell differently. A const table a driver;
 * everybody above `sql/` asks it and never names an engine. */

#include "sql/sql_text.h"

/* The side index of one table over folded text (design §4): `words` are searched by trigram,
 * `texts` only stored. */
typedef struct SqlSearchIndex {
    SqlName table;
    const SqlName *columns;
    const bool *is_indexed;
    size_t count;
} SqlSearchIndex;

struct SqlDialect {
    const char *name;
    const char *column_types[SQL_TYPE_COUNT];
    const char *row_key_type; /* of the column `row_id` */
    const char *false_literal;
    const char *true_literal;
    /* Text order and comparison by the root collation, over the first 200 characters: before and
     * after the column. */
    const char *text_order_open;
    const char *text_order_close;
    const char *like_escape;    /* after LIKE's operand */
    const char *unindexed_open; /* around an operand that must not lead the plan */
    const char *unindexed_close;
    const char *search_row_id; /* the side table's column that holds the `row_id` */
    const char *row_lock;      /* after a SELECT: keeps other writers from its rows */
    const char *analyze;       /* before a table's name: the planner learns what is in it; NULL =
                                  it plans without */
    const char *lock_open;     /* locks the number that follows until the end of the transaction; */
    const char *lock_close;    /* NULL: one writer, nothing to lock */
    const char *free_row_lock; /* the same, passing over rows that another writer has locked */
    void (*put_placeholder)(SqlText *text, size_t number);
    /* For a table whose rows came with their `row_id`s: the next new one is `next`. NULL = it
     * follows from the rows. */
    void (*put_row_key_restart)(SqlText *text, SqlName table, int64_t next);

    /* Numbers that are given once each, in growing order, whoever asks; what rolls back may leave
     * gaps. The next after creation is `last` + 1. */
    void (*put_sequence_create)(SqlText *text, SqlName sequence, int64_t last);
    void (*put_sequence_restart)(SqlText *text, SqlName sequence, int64_t last);
    /* A statement with one row, the next number. */
    void (*put_sequence_next)(SqlText *text, SqlName sequence);

    void (*put_search_create)(SqlText *text, const SqlSearchIndex *index);
    /* Adds or replaces the row `row_id`; values as the index's columns. */
    void (*put_search_replace)(SqlText *text, const SqlSearchIndex *index, int64_t row_id,
                               const SqlValue *values);
    void (*put_search_delete)(SqlText *text, const SqlSearchIndex *index, int64_t row_id);
    /* A condition on the side table that holds for every row whose `column` contains `part` (at
     * least three characters), by index; exact. */
    void (*put_search_contains)(SqlText *text, SqlName table, SqlName column, Str part);
};

#define SQL_SEARCH_MIN_CHARS 3
#define SQL_TEXT_ORDER_CHARS 200
