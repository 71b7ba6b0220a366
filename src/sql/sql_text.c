#include "sql/sql_text.h"

#include <assert.h>

#include "sql/dialect.h"

bool sql_value_equal(const SqlValue *a, const SqlValue *b)
{
    if (a->kind == SQL_REAL && b->kind == SQL_INT)
        return a->real == (double)b->integer;
    if (a->kind == SQL_INT && b->kind == SQL_REAL)
        return (double)a->integer == b->real;
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case SQL_NULL:
        return true;
    case SQL_INT:
        return a->integer == b->integer;
    case SQL_REAL:
        return a->real == b->real;
    case SQL_TEXT:
        return str_equal(a->text, b->text);
    }
    return false;
}

SqlValue sql_value_copy(Arena *arena, SqlValue value)
{
    if (value.kind == SQL_TEXT)
        value.text = str_copy(arena, value.text);
    return value;
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

SqlName sql_name_new(Arena *arena, Str word)
{
    Buf buf;
    buf_init(&buf, arena, 256);
    buf_append_byte(&buf, '"');
    assert(word.len > 0);
    for (size_t i = 0; i < word.len; i++) {
        char c = word.data[i];
        assert(is_word_char(c));
        bool is_upper = c >= 'A' && c <= 'Z';
        if (is_upper && i > 0)
            buf_append_byte(&buf, '_');
        buf_append_byte(&buf, is_upper ? (char)(c + 32) : c);
    }
    buf_append_byte(&buf, '"');
    assert(!buf.is_over);
    return (SqlName){ buf_str(&buf) };
}

void sql_text_init(SqlText *text, Arena *arena, const SqlDialect *dialect)
{
    *text = (SqlText){ .dialect = dialect };
    buf_init(&text->buf, arena, (size_t)1 << 20);
}

void sql_put_name(SqlText *text, SqlName name)
{
    buf_append(&text->buf, name.quoted);
}

void sql_put_alias(SqlText *text, unsigned alias)
{
    buf_append_byte(&text->buf, 't');
    buf_append_int(&text->buf, alias);
}

void sql_put_column(SqlText *text, unsigned alias, SqlName name)
{
    sql_put_alias(text, alias);
    buf_append_byte(&text->buf, '.');
    buf_append(&text->buf, name.quoted);
}

void sql_put_int(SqlText *text, int64_t value)
{
    buf_append_int(&text->buf, value);
}

void sql_put_value(SqlText *text, SqlValue value)
{
    if (text->count == text->capacity) {
        size_t capacity = text->capacity < 16 ? 16 : text->capacity * 2;
        text->values = arena_grow(text->buf.arena, text->values, text->count * sizeof(SqlValue),
                                  text->capacity * sizeof(SqlValue), capacity * sizeof(SqlValue));
        text->capacity = capacity;
    }
    text->values[text->count++] = value;
    text->dialect->put_placeholder(text, text->count);
}

void sql_put_column_value(SqlText *text, SqlType type, SqlValue value)
{
    /* A fraction is the one kind that a dialect may spell in another way. */
    sql_put_value(text, type == SQL_TYPE_REAL ? sql_real(0) : value);
    text->values[text->count - 1] = value;
}

void sql_put_values(SqlText *text, const SqlValue *values, size_t count)
{
    sql_put(text, "(");
    if (count == 0)
        sql_put(text, "NULL");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            sql_put(text, ", ");
        sql_put_value(text, values[i]);
    }
    sql_put(text, ")");
}

#define LIST_EXACT 8
#define LIST_PADDED 1024 /* longer ones are rare, and their statements are not kept */

size_t sql_list_size(size_t count)
{
    size_t size = LIST_EXACT;
    if (count <= LIST_EXACT || count > LIST_PADDED)
        return count;
    while (size < count)
        size *= 2;
    return size;
}

void sql_put_list(SqlText *text, const SqlValue *values, size_t count)
{
    size_t size = sql_list_size(count);
    sql_put(text, "(");
    if (count == 0)
        sql_put(text, "NULL");
    for (size_t i = 0; i < size; i++) {
        if (i > 0)
            sql_put(text, ", ");
        sql_put_value(text, values[i < count ? i : count - 1]);
    }
    sql_put(text, ")");
}

void sql_put_dialect(SqlText *text, const char *words)
{
    buf_append(&text->buf, str_from(words));
}
