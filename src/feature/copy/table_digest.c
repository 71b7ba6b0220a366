#include "feature/copy/table_digest.h"

#include <sodium.h>

static void add_bytes(crypto_generichash_state *state, const void *bytes, size_t count)
{
    crypto_generichash_update(state, bytes, count);
}

static void add_int(crypto_generichash_state *state, int64_t value)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)value >> (8 * i));
    add_bytes(state, bytes, sizeof bytes);
}

/* All its bits; but an engine may not keep the sign of a zero, which says nothing. */
static void add_real(crypto_generichash_state *state, double value)
{
    int64_t bits;
    if (value == 0)
        value = 0;
    memcpy(&bits, &value, sizeof bits);
    add_int(state, bits);
}

/* By the column's type: a whole number among fractions may come back as either kind. */
static void add_value(crypto_generichash_state *state, SqlType type, const SqlValue *value)
{
    SqlKind kind = value->kind == SQL_INT && type == SQL_TYPE_REAL ? SQL_REAL : value->kind;
    unsigned char mark = (unsigned char)kind;
    add_bytes(state, &mark, 1);
    switch (kind) {
    case SQL_NULL:
        return;
    case SQL_INT:
        add_int(state, value->integer);
        return;
    case SQL_REAL:
        add_real(state, value->kind == SQL_INT ? (double)value->integer : value->real);
        return;
    case SQL_TEXT:
        add_int(state, (int64_t)value->text.len);
        add_bytes(state, value->text.data, value->text.len);
        return;
    }
}

static void add_row(crypto_generichash_state *state, const Entity *entity, const RowPage *page,
                    size_t row)
{
    const SqlValue *values = page->values + row * entity->column_count;
    add_int(state, page->row_ids[row]);
    for (size_t i = 0; i < entity->column_count; i++)
        add_value(state, entity->columns[i].type, &values[i]);
}

Error *table_digest_read(SqlConnection *connection, const Entity *entity, TableDigest *out)
{
    Arena *arena = sql_arena(connection);
    crypto_generichash_state state;
    TableDigest digest = { 0 };
    RowPage page = { 0 };
    int64_t after = 0;
    crypto_generichash_init(&state, NULL, 0, TABLE_DIGEST_BYTES);
    do {
        ArenaMark mark = arena_mark(arena);
        TRY(row_page_read(connection, entity, after, &page));
        for (size_t i = 0; i < page.count; i++)
            add_row(&state, entity, &page, i);
        if (page.count > 0)
            after = page.row_ids[page.count - 1];
        digest.rows += (int64_t)page.count;
        arena_reset_to(arena, mark);
    } while (page.count > 0);
    crypto_generichash_final(&state, digest.sum, sizeof digest.sum);
    *out = digest;
    return NULL;
}

bool table_digest_equal(const TableDigest *a, const TableDigest *b)
{
    return a->rows == b->rows && memcmp(a->sum, b->sum, sizeof a->sum) == 0;
}

Str table_digest_text(Arena *arena, const TableDigest *digest)
{
    size_t size = TABLE_DIGEST_BYTES * 2 + 1;
    char *text = arena_alloc(arena, size);
    sodium_bin2hex(text, size, digest->sum, sizeof digest->sum);
    return (Str){ text, size - 1 };
}
