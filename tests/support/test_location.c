#include "support/test_location.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define SKIPPED 77

bool test_location_is_server(void)
{
    const char *engine = getenv("PIMENTO_TEST_ENGINE");
    return engine != NULL && str_equal(str_from(engine), STR("server"));
}

static Str server_url(void)
{
    Str url = str_from(getenv("PIMENTO_TEST_DATABASE"));
    if (!str_is_none(url))
        return url;
    printf("skipped: PIMENTO_TEST_DATABASE is not set\n");
    exit(SKIPPED);
}

static Error *try_words(Arena *arena, SqlDatabase *database, const char *words)
{
    SqlConnection *connection = NULL;
    SqlText text;
    TRY(sql_writer_open(arena, database, &connection));
    sql_text_init(&text, arena, sql_dialect(database));
    sql_put_dialect(&text, words);
    Error *error = sql_execute(connection, &text, NULL);
    sql_connection_close(connection);
    return error;
}

static void run_words(const char *words)
{
    Arena *arena = arena_new(4096, (size_t)1 << 20);
    SqlOptions options = { .location = server_url(), .statement_limit_ms = 30000 };
    SqlDatabase *database = NULL;
    Error *error = sql_database_open(arena, &options, &database);
    if (error == NULL)
        error = try_words(arena, database, words);
    if (error != NULL)
        fail_msg("%s: %.*s (%.*s)", words, STR_ARGS(error->reason), STR_ARGS(error->detail));
    sql_database_close(database);
    arena_free(arena);
}

void test_location_make(TestLocation *out, Arena *arena)
{
    char words[128];
    const char *parent = getenv("TMPDIR");
    int len = snprintf(out->directory, sizeof out->directory, "%s/pimento-test-XXXXXX",
                       parent != NULL ? parent : "/tmp");
    assert_in_range(len, 1, sizeof out->directory - 1);
    assert_non_null(mkdtemp(out->directory));
    out->schema[0] = '\0';
    out->location = str_from(out->directory);
    if (!test_location_is_server())
        return;
    static unsigned made;
    snprintf(out->schema, sizeof out->schema, "t_%d_%u", (int)getpid(), ++made);
    out->location = str_format(arena, "%.*s&options=-csearch_path%%3D%s,public",
                               STR_ARGS(server_url()), out->schema);
    snprintf(words, sizeof words, "CREATE SCHEMA %s", out->schema);
    run_words(words);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

void test_location_remove(const TestLocation *test)
{
    char words[128];
    assert_int_equal(nftw(test->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
    if (test->schema[0] == '\0')
        return;
    /* The server may still be at work for connections that were just closed. */
    snprintf(words, sizeof words, "SET lock_timeout = 0; DROP SCHEMA %s CASCADE", test->schema);
    run_words(words);
}
