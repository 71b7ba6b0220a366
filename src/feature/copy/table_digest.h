#pragma once
/* Table digest: how many rows an entity's table has and a 128 bit checksum of all their values, in
 * the order of the row numbers; the same with every engine for the same rows. */

#include "query/row_page.h"

#define TABLE_DIGEST_BYTES 16

typedef struct TableDigest {
    int64_t rows;
    unsigned char sum[TABLE_DIGEST_BYTES];
} TableDigest;

/* Reads the whole table, a page at a time. */
Error *table_digest_read(SqlConnection *connection, const Entity *entity,
                         TableDigest *out) must_check;
bool table_digest_equal(const TableDigest *a, const TableDigest *b);
/* The checksum in hexadecimal digits. */
Str table_digest_text(Arena *arena, const TableDigest *digest);
