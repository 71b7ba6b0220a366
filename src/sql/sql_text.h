#pragma once
/* SQL text under construction: literals of our own, names that come from the schema, bound values.
 * A string from outside can only become a bound value: `sql_put` takes nothing but a literal, a
 * SqlName is made from checked words only. Also the values themselves and the logical column types.
 * Lives in the arena; the dialect spells the placeholders. */

#include "base/buf.h"

typedef struct SqlDialect SqlDialect;

/* What a column holds; the dialect knows the engine's word for it. */
typedef enum SqlType {
    SQL_TYPE_ID,       /* record id, compared by bytes */
    SQL_TYPE_TEXT,     /* text, sorted by the root collation */
    SQL_TYPE_WORD,     /* code, option, date text: compared and sorted by bytes */
    SQL_TYPE_INTEGER,  /* 64 bit */
    SQL_TYPE_REAL,     /* IEEE double */
    SQL_TYPE_BOOL,     /* 0 or 1 */
    SQL_TYPE_DATE,     /* YYYY-MM-DD */
    SQL_TYPE_DATETIME, /* YYYY-MM-DD HH:MM:SS, UTC */
    SQL_TYPE_JSON,     /* compact JSON text */
    SQL_TYPE_COUNT,
} SqlType;

typedef enum SqlKind { SQL_NULL, SQL_INT, SQL_REAL, SQL_TEXT } SqlKind;

typedef struct SqlValue {
    SqlKind kind;
    union {
        int64_t integer;
        double real;
        Str text;
    };
} SqlValue;

/* A quoted identifier, made once for the schema. */
typedef struct SqlName {
    Str quoted;
} SqlName;

typedef struct SqlText {
    Buf buf;
    const SqlDialect *dialect;
    SqlValue *values;
    size_t count;
    size_t capacity;
} SqlText;

static inline SqlValue sql_null(void)
{
    return (SqlValue){ .kind = SQL_NULL };
}

static inline SqlValue sql_int(int64_t value)
{
    return (SqlValue){ .kind = SQL_INT, .integer = value };
}

static inline SqlValue sql_real(double value)
{
    return (SqlValue){ .kind = SQL_REAL, .real = value };
}

/* None becomes NULL. */
static inline SqlValue sql_text(Str value)
{
    return str_is_none(value) ? sql_null() : (SqlValue){ .kind = SQL_TEXT, .text = value };
}

/* NULL or an empty text. */
static inline bool sql_value_is_empty(const SqlValue *value)
{
    return value->kind == SQL_NULL || (value->kind == SQL_TEXT && value->text.len == 0);
}

/* Same kind and content; 3 and 3.0 are equal. */
bool sql_value_equal(const SqlValue *a, const SqlValue *b);
SqlValue sql_value_copy(Arena *arena, SqlValue value);

/* `word`: [A-Za-z0-9_]+, anything else aborts (names come from checked metadata). camelCase becomes
 * snake_case. */
SqlName sql_name_new(Arena *arena, Str word);

void sql_text_init(SqlText *text, Arena *arena, const SqlDialect *dialect);
#define sql_put(text, literal) buf_append(&(text)->buf, STR(literal))
void sql_put_name(SqlText *text, SqlName name);
/* `"t3"."name"`: a column of a numbered table alias. */
void sql_put_column(SqlText *text, unsigned alias, SqlName name);
void sql_put_alias(SqlText *text, unsigned alias);
void sql_put_int(SqlText *text, int64_t value);
/* A placeholder, and the value for it. */
void sql_put_value(SqlText *text, SqlValue value);
/* The value of a column of that type: the same text whatever the value is, also NULL. */
void sql_put_column_value(SqlText *text, SqlType type, SqlValue value);
/* `(?, ?, ?)`; for no values a list that holds nothing. */
void sql_put_values(SqlText *text, const SqlValue *values, size_t count);
/* The operand of IN: as `sql_put_values`, with the last value repeated up to a power of two from 8
 * on, so that lists of any length share a few statements. */
void sql_put_list(SqlText *text, const SqlValue *values, size_t count);
/* How long a list of `count` is made for that. */
size_t sql_list_size(size_t count);
/* Text from the dialect table. */
void sql_put_dialect(SqlText *text, const char *words);
