#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sql/dialect.h"
#include "sql/driver_postgres.h"
#include "sql/driver_sqlite.h"

static int make_arena(void **state)
{
    *state = arena_new(4096, (size_t)16 << 20);
    return 0;
}

static int free_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static void assert_text(const SqlText *text, const char *wanted)
{
    Str got = buf_str(&text->buf);
    if (!str_equal(got, str_from(wanted)))
        fail_msg("'%.*s' instead of '%s'", STR_ARGS(got), wanted);
}

static void test_sql_text_writes_names_in_snake_case(void **state)
{
    static const struct {
        const char *word;
        const char *quoted;
    } cases[] = {
        { "product", "\"product\"" },
        { "Product", "\"product\"" },
        { "createdAt", "\"created_at\"" },
        { "ProductCategory", "\"product_category\"" },
        { "modified_by_id", "\"modified_by_id\"" },
        { "t1", "\"t1\"" },
        { "aB", "\"a_b\"" },
        { "usesURL", "\"uses_u_r_l\"" },
        { "_", "\"_\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SqlName name = sql_name_new(*state, str_from(cases[i].word));
        assert_true(str_equal(name.quoted, str_from(cases[i].quoted)));
    }
}

/* In a process of its own: the program ends. */
static bool name_aborts(Arena *arena, const char *word)
{
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        sql_name_new(arena, str_from(word));
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void test_sql_text_never_makes_a_name_of_other_characters(void **state)
{
    static const char *const words[] = { "", "a b", "a\"b", "a;b", "a-b", "a.b", "\xC3\xA9", "a'" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_true(name_aborts(*state, words[i]));
    assert_false(name_aborts(*state, "fine"));
}

static void test_sql_text_puts_values_only_as_placeholders(void **state)
{
    SqlText text;
    SqlName name = sql_name_new(*state, STR("netPrice"));
    sql_text_init(&text, *state, &sql_dialect_sqlite);
    sql_put(&text, "SELECT ");
    sql_put_column(&text, 3, name);
    sql_put(&text, ", ");
    sql_put_name(&text, name);
    sql_put(&text, " FROM x ");
    sql_put_alias(&text, 3);
    sql_put(&text, " WHERE a = ");
    sql_put_value(&text, sql_text(STR("x' OR 1 = 1 --")));
    sql_put(&text, " LIMIT ");
    sql_put_int(&text, -5);
    assert_text(&text, "SELECT t3.\"net_price\", \"net_price\" FROM x t3 WHERE a = ? LIMIT -5");
    assert_int_equal(text.count, 1);
    assert_true(str_equal(text.values[0].text, STR("x' OR 1 = 1 --")));
}

static void test_sql_text_puts_lists_of_values(void **state)
{
    SqlValue values[] = { sql_int(1), sql_real(2.5), sql_text(STR("three")) };
    SqlText text;
    sql_text_init(&text, *state, &sql_dialect_sqlite);
    sql_put_values(&text, values, 0);
    sql_put_values(&text, values, 1);
    sql_put_values(&text, values, 3);
    assert_text(&text, "(NULL)(?)(?, ?, ?)");
    assert_int_equal(text.count, 4);
    assert_true(sql_value_equal(&text.values[0], &values[0]));
    assert_true(sql_value_equal(&text.values[3], &values[2]));
}

static void test_sql_text_of_a_column_is_the_same_for_every_value(void **state)
{
    const SqlValue values[] = { sql_null(), sql_real(2.5), sql_int(3) };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        SqlText text;
        sql_text_init(&text, *state, &sql_dialect_postgres);
        sql_put_column_value(&text, SQL_TYPE_REAL, values[i]);
        sql_put_column_value(&text, SQL_TYPE_INTEGER, i == 1 ? sql_int(1) : values[i]);
        assert_text(&text, "$1::float8$2");
        assert_true(sql_value_equal(&text.values[0], &values[i]));
    }
}

static void test_sql_text_keeps_many_values_in_order(void **state)
{
    SqlText text;
    sql_text_init(&text, *state, &sql_dialect_sqlite);
    for (int64_t i = 0; i < 5000; i++)
        sql_put_value(&text, sql_int(i));
    assert_int_equal(text.count, 5000);
    for (int64_t i = 0; i < 5000; i++)
        assert_int_equal(text.values[i].integer, i);
    assert_int_equal(text.buf.len, 5000);
}

static void test_sql_text_compares_values_by_content(void **state)
{
    (void)state;
    const struct {
        SqlValue a;
        SqlValue b;
        bool is_equal;
    } cases[] = {
        { sql_null(), sql_null(), true },
        { sql_null(), sql_int(0), false },
        { sql_null(), sql_text(STR("")), false },
        { sql_int(3), sql_int(3), true },
        { sql_int(3), sql_int(4), false },
        { sql_int(3), sql_real(3.0), true },
        { sql_real(3.0), sql_int(3), true },
        { sql_real(3.5), sql_int(3), false },
        { sql_real(0.1), sql_real(0.1), true },
        { sql_int(1), sql_text(STR("1")), false },
        { sql_text(STR("a")), sql_text(STR("a")), true },
        { sql_text(STR("a")), sql_text(STR("A")), false },
        { sql_text(STR("")), sql_text(STR("")), true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(sql_value_equal(&cases[i].a, &cases[i].b), cases[i].is_equal);
}

static void test_sql_text_makes_null_of_no_text(void **state)
{
    (void)state;
    assert_int_equal(sql_text(STR_NONE).kind, SQL_NULL);
    assert_int_equal(sql_text(STR("")).kind, SQL_TEXT);
}

static void test_sql_text_copies_values_into_the_arena(void **state)
{
    char text[] = "before";
    SqlValue copy = sql_value_copy(*state, sql_text(str_from(text)));
    memset(text, 'x', sizeof text - 1);
    assert_true(str_equal(copy.text, STR("before")));
    assert_int_equal(sql_value_copy(*state, sql_int(7)).integer, 7);
}

static void test_sql_text_quotes_what_the_side_index_is_asked_for(void **state)
{
    SqlText text;
    sql_text_init(&text, *state, &sql_dialect_sqlite);
    sql_dialect_sqlite.put_search_contains(&text, sql_name_new(*state, STR("product_search")),
                                           sql_name_new(*state, STR("name")),
                                           STR("a\" OR name : \"b"));
    assert_text(&text, "\"product_search\" MATCH ?");
    assert_int_equal(text.count, 1);
    assert_true(str_equal(text.values[0].text, STR("\"name\" : \"a\"\" OR name : \"\"b\"")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sql_text_writes_names_in_snake_case),
        cmocka_unit_test(test_sql_text_never_makes_a_name_of_other_characters),
        cmocka_unit_test(test_sql_text_puts_values_only_as_placeholders),
        cmocka_unit_test(test_sql_text_puts_lists_of_values),
        cmocka_unit_test(test_sql_text_of_a_column_is_the_same_for_every_value),
        cmocka_unit_test(test_sql_text_keeps_many_values_in_order),
        cmocka_unit_test(test_sql_text_compares_values_by_content),
        cmocka_unit_test(test_sql_text_makes_null_of_no_text),
        cmocka_unit_test(test_sql_text_copies_values_into_the_arena),
        cmocka_unit_test(test_sql_text_quotes_what_the_side_index_is_asked_for),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
