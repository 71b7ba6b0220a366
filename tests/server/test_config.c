#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "server/config.h"

static int make_arena(void **state)
{
    *state = arena_new(4096, (size_t)1 << 20);
    return 0;
}

static int free_arena(void **state)
{
    arena_free(*state);
    return 0;
}

/* What is set in the environment of whoever runs the tests must not count. */
static int clear_environment(void **state)
{
    static const char *const names[] = {
        "PIMENTO_LISTEN",         "PIMENTO_DEMO",
        "PIMENTO_ADMIN_PASSWORD", "PIMENTO_IO_THREADS",
        "PIMENTO_BODY_MIB",       "PIMENTO_MAX_CONNECTIONS",
        "PIMENTO_MAX_LIST_SIZE",  "PIMENTO_UPSERT_MAX_ITEMS",
        "PIMENTO_QUERY_SECONDS",  "PIMENTO_LOG_LEVEL",
        "PIMENTO_PAGE_CACHE_MIB", "PIMENTO_READ_DATABASE",
        "PIMENTO_REPLICA_LAG_MS",
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    return 0;
}

#define MAX_WORDS 8

/* The words as a program gets them: texts that may be written to. */
static Error *read_words(Arena *arena, const char *const *words, Config *out, Str *out_rest)
{
    char *copies[MAX_WORDS];
    int count = 0;
    for (; words[count] != NULL; count++)
        copies[count] = str_copy_c(arena, str_from(words[count]));
    return config_read(arena, count, copies, out, out_rest);
}

static Config read_good(Arena *arena, const char *const *words)
{
    Config config;
    Str rest;
    const Error *error = read_words(arena, words, &config, &rest);
    if (error != NULL)
        fail_msg("%.*s", STR_ARGS(error->reason));
    return config;
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_config_has_defaults(void **state)
{
    Config config = read_good(*state, (const char *const[]){ NULL });
    assert_true(str_equal(config.listen, STR("127.0.0.1:8080")));
    assert_false(config.is_demo);
    assert_int_equal(config.data.len, 0);
    assert_int_equal(config.io_threads, 0);
    assert_int_equal(config.max_connections, 12000);
    assert_int_equal(config.body_mib, 64);
    assert_int_equal(config.max_list_size, 10000);
    assert_int_equal(config.upsert_max_items, 10000);
    assert_true(str_equal(config.log_level, STR("info")));
}

static void test_config_reads_flags_in_every_spelling(void **state)
{
    Config config = read_good(*state, WORDS("--data", "/srv/x", "--listen=0.0.0.0:80", "--demo",
                                            "--body-mib", "7", "--log-level="));
    assert_true(str_equal(config.data, STR("/srv/x")));
    assert_true(str_equal(config.listen, STR("0.0.0.0:80")));
    assert_true(config.is_demo);
    assert_int_equal(config.body_mib, 7);
    assert_int_equal(config.log_level.len, 0);
    assert_false(read_good(*state, WORDS("--demo", "--demo=false")).is_demo);
    assert_int_equal(read_good(*state, WORDS("--body-mib=1", "--body-mib=2")).body_mib, 2);
}

static void test_config_prefers_flags_to_the_environment(void **state)
{
    setenv("PIMENTO_BODY_MIB", "5", 1);
    setenv("PIMENTO_LISTEN", "127.0.0.1:99", 1);
    setenv("PIMENTO_DEMO", "1", 1);
    setenv("PIMENTO_ADMIN_PASSWORD", "secret", 1);
    Config config = read_good(*state, WORDS("--body-mib=9"));
    assert_int_equal(config.body_mib, 9);
    assert_true(str_equal(config.listen, STR("127.0.0.1:99")));
    assert_true(config.is_demo);
    assert_true(str_equal(config.admin_password, STR("secret")));
}

static void check_urls(Arena *arena, Str list, const char *const *expected)
{
    const Str *urls;
    size_t count;
    config_split_urls(arena, list, &urls, &count);
    for (size_t i = 0; i < count; i++)
        if (expected[i] == NULL || !str_equal(urls[i], str_from(expected[i])))
            fail_msg("'%.*s' is not expected", STR_ARGS(urls[i]));
    assert_null(expected[count]);
}

static void test_config_gathers_flags_of_a_list(void **state)
{
    setenv("PIMENTO_READ_DATABASE", "pg://a, pg://b", 1);
    Config config = read_good(*state, (const char *const[]){ NULL });
    check_urls(*state, config.read_database, WORDS("pg://a", "pg://b"));
    config = read_good(*state, WORDS("--read-database", "pg://c", "--read-database=pg://d,pg://e"));
    check_urls(*state, config.read_database, WORDS("pg://c", "pg://d", "pg://e"));
}

static void test_config_splits_urls_where_one_begins(void **state)
{
    check_urls(*state, STR(""), (const char *const[]){ NULL });
    check_urls(*state, STR(" , "), WORDS(","));
    check_urls(*state, STR("pg://one"), WORDS("pg://one"));
    check_urls(*state, STR("pg://h:1,i:2/name , pg://two,"),
               WORDS("pg://h:1,i:2/name", "pg://two,"));
}

static void test_config_gives_the_one_word_that_is_no_flag(void **state)
{
    Config config;
    Str rest;
    assert_null(
        read_words(*state, WORDS("--demo", "file.json", "--body-mib", "3"), &config, &rest));
    assert_true(str_equal(rest, STR("file.json")));
    assert_null(read_words(*state, WORDS("-"), &config, &rest));
    assert_true(str_equal(rest, STR("-")));
    assert_null(read_words(*state, (const char *const[]){ NULL }, &config, &rest));
    assert_true(str_is_none(rest));
}

static void test_config_refuses_bad_flags(void **state)
{
    static const char *const cases[][3] = {
        { "--nonsense" },
        { "--nonsense=1" },
        { "--Data=x" },
        { "--admin-password=secret" }, /* shows in process lists */
        { "--admin-password", "secret" },
        { "--body-mib" },
        { "--data" },
        { "--body-mib=" },
        { "--body-mib=x" },
        { "--body-mib=0" },
        { "--body-mib=1025" },
        { "--body-mib=1.5" },
        { "--body-mib", "-1" },
        { "--io-threads=257" },
        { "--max-connections=15" },
        { "--demo=maybe" },
        { "--query-seconds=0" },
        { "--replica-lag-ms=99" },
        { "--read-database" },
        { "one", "two" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Config config;
        Str rest;
        const Error *error = read_words(*state, cases[i], &config, &rest);
        if (error == NULL)
            fail_msg("%s is taken", cases[i][0]);
        assert_int_equal(error->kind, ERROR_INVALID);
        assert_true(error->reason.len > 10);
    }
}

static void test_config_refuses_bad_values_in_the_environment(void **state)
{
    static const char *const cases[][2] = { { "PIMENTO_BODY_MIB", "many" },
                                            { "PIMENTO_BODY_MIB", "" },
                                            { "PIMENTO_IO_THREADS", "-1" },
                                            { "PIMENTO_DEMO", "perhaps" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Config config;
        Str rest;
        clear_environment(NULL);
        setenv(cases[i][0], cases[i][1], 1);
        const Error *error = read_words(*state, (const char *const[]){ NULL }, &config, &rest);
        assert_non_null(error);
        assert_int_equal(error->kind, ERROR_INVALID);
    }
}

static void test_config_help_names_every_setting(void **state)
{
    static const char *const names[] = {
        "--data",           "--listen",           "--demo",
        "--io-threads",     "--max-connections",  "--body-mib",
        "--max-list-size",  "--upsert-max-items", "--query-seconds",
        "--page-cache-mib", "--log-level",        "PIMENTO_ADMIN_PASSWORD",
        "--read-database",  "--replica-lag-ms"
    };
    Buf buf;
    buf_init(&buf, *state, 65536);
    config_write_help(&buf);
    char *help = str_copy_c(*state, buf_str(&buf));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_non_null(strstr(help, names[i]));
    assert_null(strstr(help, "--admin-password"));
}

#define CONFIG_TEST(test) cmocka_unit_test_setup_teardown(test, clear_environment, NULL)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFIG_TEST(test_config_has_defaults),
        CONFIG_TEST(test_config_reads_flags_in_every_spelling),
        CONFIG_TEST(test_config_prefers_flags_to_the_environment),
        CONFIG_TEST(test_config_gathers_flags_of_a_list),
        CONFIG_TEST(test_config_splits_urls_where_one_begins),
        CONFIG_TEST(test_config_gives_the_one_word_that_is_no_flag),
        CONFIG_TEST(test_config_refuses_bad_flags),
        CONFIG_TEST(test_config_refuses_bad_values_in_the_environment),
        CONFIG_TEST(test_config_help_names_every_setting),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
