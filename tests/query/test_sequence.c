#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "query/row_page.h"
#include "query/sequence.h"
#include "schema/migration.h"
#include "support/test_database.h"
#include "support/test_model.h"

typedef struct Desk {
    TestDatabase base;
    SqlConnection *writer;
    Schema *schema;
} Desk;

static int open_desk(void **state)
{
    Desk *desk = calloc(1, sizeof *desk);
    test_database_open(&desk->base);
    assert_no_error(sql_writer_open(desk->base.arena, desk->base.database, &desk->writer));
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    Desk *desk = *state;
    schema_unref(desk->schema);
    sql_connection_close(desk->writer);
    test_database_close(&desk->base);
    free(desk);
    return 0;
}

/* An entity Leaf with these fields beside its id. */
static Migration migrate(Desk *desk, const char *fields)
{
    Migration migration = { 0 };
    Str document = str_format(desk->base.arena,
                              "{'templates': {'Base': {'fields': {'id': {'type':'varchar'}, "
                              "'deleted': {'type':'bool'}}}},"
                              " 'scopes': {'Leaf': {'entity':true,'type':'Base'}},"
                              " 'entityDefs': {'Leaf': {'fields': {%s}}}}",
                              fields);
    schema_unref(desk->schema);
    desk->schema = test_model_compile_document(str_copy_c(desk->base.arena, document));
    assert_no_error(sql_begin(desk->writer));
    assert_no_error(migration_run(desk->writer, desk->schema, SQL_WAITS, &migration));
    assert_no_error(sql_commit(desk->writer));
    return migration;
}

static int64_t next(Desk *desk, const char *name)
{
    const Entity *leaf = schema_find_entity(desk->schema, STR("Leaf"));
    const Field *field = entity_find_field(leaf, str_from(name));
    int64_t number = 0;
    assert_no_error(sql_begin(desk->writer));
    assert_no_error(sequence_next(desk->writer, field, &number));
    assert_no_error(sql_commit(desk->writer));
    return number;
}

static void test_a_sequence_gives_each_number_once(void **state)
{
    Desk *desk = *state;
    migrate(desk, "'a': {'type':'autoincrement'}, 'b': {'type':'autoincrement'}");
    for (int64_t i = 1; i <= 5; i++)
        assert_int_equal(next(desk, "a"), i);
    assert_int_equal(next(desk, "b"), 1);
    assert_int_equal(
        migrate(desk, "'a': {'type':'autoincrement'}, 'b': {'type':'autoincrement'}").changes, 0);
    assert_int_equal(next(desk, "a"), 6);
}

static void test_rows_that_are_there_are_numbered_as_they_came(void **state)
{
    Desk *desk = *state;
    migrate(desk, "'note': {'type':'int'}");
    assert_no_error(test_database_run(
        desk->writer,
        "INSERT INTO leaf (id, deleted) VALUES ('z', 0), ('y', 1), ('x', 0), ('w', 0)"));
    assert_no_error(test_database_run(desk->writer, "DELETE FROM leaf WHERE id = 'x'"));
    migrate(desk, "'note': {'type':'int'}, 'a': {'type':'autoincrement'}");
    assert_int_equal(test_database_number(desk->writer, "SELECT a FROM leaf WHERE id = 'z'"), 1);
    assert_int_equal(test_database_number(desk->writer, "SELECT a FROM leaf WHERE id = 'y'"), 2);
    assert_int_equal(test_database_number(desk->writer, "SELECT a FROM leaf WHERE id = 'w'"), 3);
    assert_int_equal(next(desk, "a"), 4);
}

static void test_a_sequence_goes_on_behind_rows_that_were_copied(void **state)
{
    Desk *desk = *state;
    migrate(desk, "'a': {'type':'autoincrement'}");
    const Entity *leaf = schema_find_entity(desk->schema, STR("Leaf"));
    assert_no_error(test_database_run(
        desk->writer,
        "INSERT INTO leaf (row_id, id, deleted, a) VALUES (1, 'z', 0, 41), (2, 'y', 1, 50)"));
    assert_no_error(sql_begin(desk->writer));
    assert_no_error(row_page_end(desk->writer, leaf, 2));
    assert_no_error(sql_commit(desk->writer));
    assert_int_equal(next(desk, "a"), 51);
    MigrationExtras extras;
    assert_no_error(migration_check(desk->writer, desk->schema, &extras));
    assert_int_equal(extras.count, 0);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_a_sequence_gives_each_number_once),
        DESK_TEST(test_a_sequence_goes_on_behind_rows_that_were_copied),
        DESK_TEST(test_rows_that_are_there_are_numbered_as_they_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
