#include "support/test_database.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ARENA_BYTES ((size_t)64 << 10)
#define ARENA_MAX_BYTES ((size_t)64 << 20)

void assert_no_error(const Error *error)
{
    if (error != NULL)
        fail_msg("%.*s (%.*s) at %s:%d", STR_ARGS(error->reason), STR_ARGS(error->detail),
                 error->file, error->line);
}

void test_database_open(TestDatabase *out)
{
    out->arena = arena_new(ARENA_BYTES, ARENA_MAX_BYTES);
    test_location_make(&out->location, out->arena);
    SqlOptions options = { .location = out->location.location,
                           .statement_limit_ms = 30000,
                           .page_cache_kib = 1024 };
    assert_no_error(sql_database_open(out->arena, &options, &out->database));
    assert_no_error(sql_take_reader(out->arena, out->database, &out->reader));
}

void test_database_close(TestDatabase *test)
{
    sql_give_reader(test->reader);
    sql_database_close(test->database);
    test_location_remove(&test->location);
    arena_free(test->arena);
}

Error *test_database_run(SqlConnection *connection, const char *statement)
{
    SqlText text = sql_text_new(connection);
    sql_put_dialect(&text, statement);
    return sql_execute(connection, &text, NULL);
}

int64_t test_database_number(SqlConnection *connection, const char *statement)
{
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    SqlText text = sql_text_new(connection);
    sql_put_dialect(&text, statement);
    assert_no_error(sql_query(connection, &text, &rows));
    assert_no_error(sql_next(&rows, &has_row));
    assert_true(has_row);
    return sql_column_int(&rows, 0);
}
