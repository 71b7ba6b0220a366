#include "support/test_database.h"

#include <ftw.h>
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
    const char *parent = getenv("TMPDIR");
    int len = snprintf(out->directory, sizeof out->directory, "%s/pimento-test-XXXXXX",
                       parent != NULL ? parent : "/tmp");
    assert_in_range(len, 1, sizeof out->directory - 1);
    assert_non_null(mkdtemp(out->directory));
    out->arena = arena_new(ARENA_BYTES, ARENA_MAX_BYTES);
    SqlOptions options = { .location = str_from(out->directory),
                           .statement_limit_ms = 30000,
                           .page_cache_kib = 1024 };
    assert_no_error(sql_database_open(out->arena, &options, &out->database));
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

void test_database_close(TestDatabase *test)
{
    sql_database_close(test->database);
    arena_free(test->arena);
    assert_int_equal(nftw(test->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
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
