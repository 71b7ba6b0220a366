#include "query_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sql/driver_sqlite.h"
#include "support/test_model.h"

int query_desk_open(void **state)
{
    QueryDesk *desk = calloc(1, sizeof *desk);
    desk->arena = arena_new((size_t)64 << 10, (size_t)64 << 20);
    desk->schema = test_model_compile();
    desk->item = schema_find_entity(desk->schema, STR("Item"));
    *state = desk;
    return 0;
}

int query_desk_close(void **state)
{
    QueryDesk *desk = *state;
    schema_unref(desk->schema);
    arena_free(desk->arena);
    free(desk);
    return 0;
}

static void put_shown(Buf *buf, const SqlValue *value)
{
    char digits[40];
    switch (value->kind) {
    case SQL_NULL:
        buf_append(buf, STR("NULL"));
        return;
    case SQL_INT:
        buf_append_int(buf, value->integer);
        return;
    case SQL_REAL:
        snprintf(digits, sizeof digits, "%.17gr", value->real);
        buf_append(buf, str_from(digits));
        return;
    case SQL_TEXT:
        buf_append(buf, STR("'"));
        buf_append(buf, value->text);
        buf_append(buf, STR("'"));
        return;
    }
}

Str query_desk_show(Arena *arena, const SqlText *text)
{
    Buf buf;
    buf_init(&buf, arena, (size_t)1 << 20);
    buf_append(&buf, buf_str(&text->buf));
    for (size_t i = 0; i < text->count; i++) {
        buf_append(&buf, i == 0 ? STR(" | ") : STR(", "));
        put_shown(&buf, &text->values[i]);
    }
    return buf_str(&buf);
}

SqlText query_desk_text(const QueryDesk *desk)
{
    SqlText text;
    sql_text_init(&text, desk->arena, &sql_dialect_sqlite);
    return text;
}

void assert_shown(Str got, const char *wanted, const char *what)
{
    if (!str_equal(got, str_from(wanted)))
        fail_msg("%s\n     gives %.*s\nand not %s", what, STR_ARGS(got), wanted);
}
