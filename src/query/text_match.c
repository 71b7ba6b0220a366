#include "query/text_match.h"

#include "base/utf8.h"
#include "query/operator.h"

static void add_literal(Buf *buf, Arena *arena, Str text)
{
    Str folded = utf8_fold(arena, text);
    for (size_t i = 0; i < folded.len; i++) {
        char c = folded.data[i];
        if (c == '\\' || c == '%' || c == '_')
            buf_append_byte(buf, '\\');
        buf_append_byte(buf, c);
    }
}

/* '%' and '_' are the caller's wildcards, everything between them is literal - also what folds into
 * one of them. */
static void add_pattern(Buf *buf, Arena *arena, Str pattern)
{
    size_t from = 0;
    for (size_t i = 0; i <= pattern.len; i++) {
        bool is_end = i == pattern.len;
        if (!is_end && pattern.data[i] != '%' && pattern.data[i] != '_')
            continue;
        add_literal(buf, arena, str_slice(pattern, from, i));
        if (!is_end)
            buf_append_byte(buf, pattern.data[i]);
        from = i + 1;
    }
}

SqlValue text_match_pattern(Arena *arena, const Operator *op, Str text)
{
    Buf buf;
    buf_init(&buf, arena, (size_t)1 << 20);
    if (op->is_open_left)
        buf_append_byte(&buf, '%');
    if (op->has_wildcards)
        add_pattern(&buf, arena, text);
    else
        add_literal(&buf, arena, text);
    if (op->is_open_right)
        buf_append_byte(&buf, '%');
    return sql_text(buf_str(&buf));
}

/* A pattern taken apart: its longest literal piece, and whether "contains that piece" says all. */
typedef struct Pieces {
    Str longest;
    bool is_plain_contains;
} Pieces;

static void keep_longer(Pieces *pieces, Str piece)
{
    if (utf8_count_chars(piece) > utf8_count_chars(pieces->longest))
        pieces->longest = piece;
}

static Pieces take_apart(Arena *arena, Str pattern)
{
    Pieces pieces = { .longest = STR("") };
    size_t literals = 0;
    size_t others = 0;
    Buf piece;
    buf_init(&piece, arena, (size_t)1 << 20);
    for (size_t i = 0; i <= pattern.len; i++) {
        bool is_end = i == pattern.len;
        bool is_wildcard = !is_end && (pattern.data[i] == '%' || pattern.data[i] == '_');
        if (!is_end && !is_wildcard) {
            if (pattern.data[i] == '\\')
                i++;
            buf_append_byte(&piece, pattern.data[i]);
            continue;
        }
        others += !is_end && pattern.data[i] == '_';
        literals += piece.len > 0;
        keep_longer(&pieces, str_copy(arena, buf_str(&piece)));
        piece.len = 0;
    }
    bool is_open = pattern.len >= 2 && pattern.data[0] == '%' &&
                   pattern.data[pattern.len - 1] == '%' && pattern.data[pattern.len - 2] != '\\';
    pieces.is_plain_contains = is_open && literals == 1 && others == 0;
    return pieces;
}

static void put_folded_like(SqlText *text, const Condition *condition, bool avoids_index)
{
    sql_put_dialect(text, avoids_index ? text->dialect->unindexed_open : "");
    sql_put_name(text, condition->key->column->name);
    sql_put_dialect(text, avoids_index ? text->dialect->unindexed_close : "");
    sql_put(text, " LIKE ");
    sql_put_value(text, condition->values[0]);
    sql_put_dialect(text, text->dialect->like_escape);
}

/* The rows of the side table that match, found by index where the pattern has a piece long enough.
 */
static void put_seek(SqlText *text, const Condition *condition, unsigned alias)
{
    SqlName table = condition->key->field->side_index->sql.table;
    Pieces pieces = take_apart(text->buf.arena, condition->values[0].text);
    bool has_index = utf8_count_chars(pieces.longest) >= SQL_SEARCH_MIN_CHARS &&
                     condition->key->field->type->search == SEARCH_INDEXED;
    sql_put_alias(text, alias);
    sql_put(text, ".row_id IN (SELECT ");
    sql_put_dialect(text, text->dialect->search_row_id);
    sql_put(text, " FROM ");
    sql_put_name(text, table);
    sql_put(text, " WHERE ");
    if (has_index)
        text->dialect->put_search_contains(text, table, condition->key->column->name,
                                           pieces.longest);
    if (has_index && !pieces.is_plain_contains)
        sql_put(text, " AND ");
    if (!has_index || !pieces.is_plain_contains)
        put_folded_like(text, condition, false);
    sql_put(text, ")");
}

/* One row is at hand: its text is compared, and no index asked for all the others. */
static void put_walk(SqlText *text, const Condition *condition, unsigned alias)
{
    sql_put(text, "EXISTS (SELECT 1 FROM ");
    sql_put_name(text, condition->key->field->side_index->sql.table);
    sql_put(text, " WHERE ");
    sql_put_dialect(text, text->dialect->search_row_id);
    sql_put(text, " = ");
    sql_put_alias(text, alias);
    sql_put(text, ".row_id AND ");
    put_folded_like(text, condition, true);
    sql_put(text, ")");
}

void text_match_put(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode)
{
    if (mode == SEARCH_SEEK)
        put_seek(text, condition, alias);
    else
        put_walk(text, condition, alias);
}

void text_match_put_not(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode)
{
    sql_put_column(text, alias, condition->key->column->name);
    sql_put(text, " IS NOT NULL AND NOT (");
    text_match_put(text, condition, alias, mode);
    sql_put(text, ")");
}
