#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "schema/migration.h"
#include "support/test_database.h"
#include "support/test_location.h"
#include "support/test_model.h"

typedef struct Desk {
    TestDatabase base;
    SqlConnection *writer;
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
    sql_connection_close(desk->writer);
    test_database_close(&desk->base);
    free(desk);
    return 0;
}

static Error *migrate(Desk *desk, const Schema *schema, Migration *out)
{
    TRY(sql_begin(desk->writer));
    Error *error = migration_run(desk->writer, schema, SQL_WAITS, out);
    if (error == NULL)
        return sql_commit(desk->writer);
    sql_rollback(desk->writer);
    return error;
}

/* The model with `from` replaced by `to`; the schema's names are valid until `*out` is freed. */
static Migration migrate_changed(Desk *desk, const char *from, const char *to, Schema **out)
{
    Migration migration;
    Arena *arena = desk->base.arena;
    const char *at = strstr(test_model_document, from);
    assert_non_null(at);
    Str changed = str_format(arena, "%.*s%s%s", (int)(at - test_model_document),
                             test_model_document, to, at + strlen(from));
    *out = test_model_compile_document(str_copy_c(arena, changed));
    assert_no_error(migrate(desk, *out, &migration));
    return migration;
}

static size_t names(Desk *desk, SqlCatalog what, const char *table, Str **out)
{
    size_t count = 0;
    assert_no_error(sql_catalog(desk->writer, what, str_from(table), out, &count));
    return count;
}

static bool has_name(Desk *desk, SqlCatalog what, const char *table, const char *name)
{
    Str *found = NULL;
    size_t count = names(desk, what, table, &found);
    for (size_t i = 0; i < count; i++)
        if (str_equal(found[i], str_from(name)))
            return true;
    return false;
}

static size_t count_indexes(Desk *desk, const char *table)
{
    Str *found = NULL;
    return names(desk, SQL_CATALOG_INDEXES, table, &found);
}

static void test_migration_makes_all_tables_of_a_fresh_directory(void **state)
{
    Desk *desk = *state;
    Migration migration;
    Schema *schema = test_model_compile();
    static const char *const tables[] = {
        "item",
        "maker",
        "part",
        "shop",
        "item_shop",
        "item_search",
        "pimento_counter",
        "pimento_meta",
        "pimento_version",
    };
    assert_no_error(migrate(desk, schema, &migration));
    assert_true(migration.changes > 10);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        assert_true(has_name(desk, SQL_CATALOG_TABLES, NULL, tables[i]));
    assert_true(has_name(desk, SQL_CATALOG_COLUMNS, "item", "row_id"));
    assert_true(has_name(desk, SQL_CATALOG_COLUMNS, "item", "maker_id"));
    assert_false(has_name(desk, SQL_CATALOG_COLUMNS, "item", "shops"));
    assert_true(has_name(desk, SQL_CATALOG_COLUMNS, "item_search", "note"));
    assert_false(has_name(desk, SQL_CATALOG_COLUMNS, "item_search", "memo"));
    assert_false(has_name(desk, SQL_CATALOG_TABLES, NULL, "item_shop_search"));
    schema_unref(schema);
}

static void test_migration_again_changes_nothing(void **state)
{
    Desk *desk = *state;
    Migration migration;
    Schema *schema = test_model_compile();
    assert_no_error(migrate(desk, schema, &migration));
    for (int i = 0; i < 3; i++) {
        assert_no_error(migrate(desk, schema, &migration));
        assert_int_equal(migration.changes, 0);
        assert_int_equal(migration.refilled_count, 0);
    }
    schema_unref(schema);
}

static void test_migration_is_undone_as_a_whole(void **state)
{
    Desk *desk = *state;
    Migration migration;
    Str *found = NULL;
    Schema *schema = test_model_compile();
    assert_no_error(sql_begin(desk->writer));
    assert_no_error(migration_run(desk->writer, schema, SQL_WAITS, &migration));
    sql_rollback(desk->writer);
    assert_int_equal(names(desk, SQL_CATALOG_TABLES, NULL, &found), 0);
    schema_unref(schema);
}

static void test_migration_adds_the_column_of_a_new_field(void **state)
{
    Desk *desk = *state;
    Migration migration;
    Schema *schema = test_model_compile();
    Schema *changed = NULL;
    assert_no_error(migrate(desk, schema, &migration));
    assert_no_error(test_database_run(
        desk->writer, "INSERT INTO item (id, deleted, name) VALUES ('i1', 0, 'Oak')"));
    migration = migrate_changed(desk, "'words': {'type': 'array'}",
                                "'words': {'type': 'array'}, 'newSize': {'type': 'int'}", &changed);
    assert_int_equal(migration.changes, 1);
    assert_int_equal(migration.refilled_count, 0);
    assert_true(has_name(desk, SQL_CATALOG_COLUMNS, "item", "new_size"));
    assert_int_equal(
        test_database_number(desk->writer, "SELECT count(*) FROM item WHERE new_size IS NULL"), 1);
    schema_unref(changed);
    schema_unref(schema);
}

static void test_migration_gives_a_new_language_columns_and_an_empty_side_index(void **state)
{
    Desk *desk = *state;
    Migration migration;
    static const char *const codes[] = { "en_US", "de_DE" };
    Schema *schema = test_model_compile_languages(codes, 1);
    Schema *changed = test_model_compile_languages(codes, 2);
    assert_no_error(migrate(desk, schema, &migration));
    assert_no_error(test_database_run(
        desk->writer, "INSERT INTO item (id, deleted, name) VALUES ('i1', 0, 'Oak')"));
    assert_no_error(migrate(desk, changed, &migration));
    assert_int_equal(migration.refilled_count, 0); /* no row can have a value */
    assert_true(has_name(desk, SQL_CATALOG_COLUMNS, "item", "name_de_de"));
    assert_true(has_name(desk, SQL_CATALOG_COLUMNS, "item", "note_de_de"));
    assert_true(has_name(desk, SQL_CATALOG_COLUMNS, "item_search_de_de", "note_de_de"));
    assert_true(has_name(desk, SQL_CATALOG_TABLES, NULL, "maker_search_de_de"));
    assert_false(has_name(desk, SQL_CATALOG_TABLES, NULL, "part_search_de_de"));
    assert_false(has_name(desk, SQL_CATALOG_COLUMNS, "item_search", "name_de_de"));
    assert_no_error(migrate(desk, changed, &migration));
    assert_int_equal(migration.changes, 0);
    schema_unref(changed);
    schema_unref(schema);
}

/* A table in use is waited for a moment only; then the whole may run again. */
static void test_migration_gives_way_to_who_uses_a_table(void **state)
{
    Desk *desk = *state;
    Migration migration;
    SqlConnection *user = NULL;
    static const char *const codes[] = { "en_US", "de_DE" };
    if (!test_location_is_server())
        skip();
    Schema *schema = test_model_compile_languages(codes, 1);
    Schema *changed = test_model_compile_languages(codes, 2);
    assert_no_error(migrate(desk, schema, &migration));
    assert_no_error(sql_writer_open(desk->base.arena, desk->base.database, &user));
    assert_no_error(sql_begin(user));
    assert_int_equal(test_database_number(user, "SELECT count(*) FROM item"), 0);
    assert_no_error(sql_begin(desk->writer));
    const Error *error = migration_run(desk->writer, changed, SQL_GIVES_WAY, &migration);
    if (error == NULL)
        error = sql_commit(desk->writer); /* which settles what was not waited for */
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_UNAVAILABLE);
    assert_true(sql_may_run_again(desk->writer));
    sql_rollback(desk->writer);
    sql_rollback(user);
    assert_no_error(migrate(desk, changed, &migration));
    sql_connection_close(user);
    schema_unref(changed);
    schema_unref(schema);
}

/* Its side index fell behind meanwhile. */
static void test_migration_refills_the_side_index_of_a_language_that_comes_back(void **state)
{
    Desk *desk = *state;
    Migration migration;
    static const char *const codes[] = { "en_US", "de_DE" };
    Schema *without = test_model_compile_languages(codes, 1);
    Schema *with = test_model_compile_languages(codes, 2);
    assert_no_error(migrate(desk, with, &migration));
    assert_no_error(migrate(desk, without, &migration));
    assert_int_equal(migration.changes, 0);
    assert_true(has_name(desk, SQL_CATALOG_COLUMNS, "item", "name_de_de"));
    assert_no_error(migrate(desk, with, &migration));
    assert_int_equal(migration.refilled_count, 2);
    assert_true(migration.refilled[0]->is_partial);
    schema_unref(with);
    schema_unref(without);
}

static void test_migration_keeps_the_column_of_a_field_that_went_away(void **state)
{
    Desk *desk = *state;
    Migration migration;
    Schema *schema = test_model_compile();
    Schema *changed = NULL;
    assert_no_error(migrate(desk, schema, &migration));
    migration = migrate_changed(desk, "'words': {'type': 'array'},", "", &changed);
    assert_int_equal(migration.changes, 0);
    assert_true(has_name(desk, SQL_CATALOG_COLUMNS, "item", "words"));
    schema_unref(changed);
    schema_unref(schema);
}

static void test_migration_adds_a_new_entity(void **state)
{
    Desk *desk = *state;
    Migration migration;
    Schema *schema = test_model_compile();
    Schema *changed = NULL;
    assert_no_error(migrate(desk, schema, &migration));
    migration = migrate_changed(
        desk, "'Shop': {'entity': true, 'type': 'Base'}",
        "'Shop': {'entity': true, 'type': 'Base'}, 'Crate': {'entity': true, 'type': 'Base'}",
        &changed);
    assert_true(migration.changes >= 2);
    assert_int_equal(migration.refilled_count, 1);
    assert_true(has_name(desk, SQL_CATALOG_TABLES, NULL, "crate"));
    schema_unref(changed);
    schema_unref(schema);
}

static void test_migration_replaces_an_index_that_changed(void **state)
{
    Desk *desk = *state;
    Migration migration;
    Schema *schema = test_model_compile();
    Schema *changed = NULL;
    assert_no_error(migrate(desk, schema, &migration));
    size_t before = count_indexes(desk, "item");
    assert_true(before > 0);
    migration = migrate_changed(desk, "'columns': ['count', 'day']",
                                "'columns': ['count', 'price']", &changed);
    assert_int_equal(migration.changes, 2);
    assert_int_equal(count_indexes(desk, "item"), before);
    assert_no_error(migrate(desk, schema, &migration));
    assert_int_equal(migration.changes, 2);
    assert_int_equal(count_indexes(desk, "item"), before);
    schema_unref(changed);
    schema_unref(schema);
}

static void test_migration_leaves_indexes_of_others_alone(void **state)
{
    Desk *desk = *state;
    Migration migration;
    Schema *schema = test_model_compile();
    assert_no_error(migrate(desk, schema, &migration));
    assert_no_error(test_database_run(desk->writer, "CREATE INDEX my_own ON item (day)"));
    assert_no_error(migrate(desk, schema, &migration));
    assert_int_equal(migration.changes, 0);
    assert_true(has_name(desk, SQL_CATALOG_INDEXES, "item", "my_own"));
    schema_unref(schema);
}

static void test_migration_makes_the_side_index_anew_for_a_new_text(void **state)
{
    Desk *desk = *state;
    Migration migration;
    Schema *schema = test_model_compile();
    Schema *changed = NULL;
    assert_no_error(migrate(desk, schema, &migration));
    Str insert =
        str_format(desk->base.arena, "INSERT INTO item_search (%s, name) VALUES (1, 'oak')",
                   sql_dialect(desk->base.database)->search_row_id);
    assert_no_error(test_database_run(desk->writer, str_copy_c(desk->base.arena, insert)));
    migration =
        migrate_changed(desk, "'words': {'type': 'array'}",
                        "'words': {'type': 'array'}, 'newText': {'type': 'text'}", &changed);
    assert_int_equal(migration.refilled_count, 1);
    assert_true(str_equal(migration.refilled[0]->entity->name, STR("Item")));
    assert_true(has_name(desk, SQL_CATALOG_COLUMNS, "item_search", "new_text"));
    assert_int_equal(test_database_number(desk->writer, "SELECT count(*) FROM item_search"), 0);
    schema_unref(changed);
    schema_unref(schema);
}

/* A text that is only stored can't be asked of the index: it must be made anew. */
static void test_migration_makes_the_side_index_anew_for_a_text_to_be_indexed(void **state)
{
    Desk *desk = *state;
    Migration migration;
    Schema *schema = test_model_compile();
    Schema *changed = NULL;
    assert_no_error(migrate(desk, schema, &migration));
    migration =
        migrate_changed(desk, "'page': {'type': 'wysiwyg'}", "'page': {'type': 'text'}", &changed);
    assert_int_equal(migration.refilled_count, 1);
    schema_unref(changed);
    schema_unref(schema);
}

static void test_migration_keeps_unique_values_apart(void **state)
{
    Desk *desk = *state;
    Migration migration;
    Schema *schema = test_model_compile();
    assert_no_error(migrate(desk, schema, &migration));
    static const struct {
        const char *statement;
        bool is_taken;
    } cases[] = {
        { "INSERT INTO item (id, deleted, code) VALUES ('1', 0, 'a')", true },
        { "INSERT INTO item (id, deleted, code) VALUES ('2', 0, 'a')", false },
        { "INSERT INTO item (id, deleted, code) VALUES ('2', 1, 'a')", true },
        { "INSERT INTO item (id, deleted, code) VALUES ('3', 0, '')", true },
        { "INSERT INTO item (id, deleted, code) VALUES ('4', 0, '')", true },
        { "INSERT INTO item (id, deleted, code) VALUES ('5', 0, NULL)", true },
        { "INSERT INTO item (id, deleted, code) VALUES ('5', 0, 'b')", false },
        { "INSERT INTO part (id, deleted, item_id, place) VALUES ('1', 0, 'i', 1)", true },
        { "INSERT INTO part (id, deleted, item_id, place) VALUES ('2', 0, 'i', 1)", false },
        { "INSERT INTO part (id, deleted, item_id, place) VALUES ('2', 0, 'i', 2)", true },
        { "INSERT INTO part (id, deleted, item_id, place) VALUES ('3', 0, NULL, 1)", true },
        { "INSERT INTO part (id, deleted, item_id, place) VALUES ('4', 0, NULL, 1)", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Error *error = test_database_run(desk->writer, cases[i].statement);
        if ((error == NULL) != cases[i].is_taken)
            fail_msg("%s", cases[i].statement);
    }
    schema_unref(schema);
}

static void test_migration_takes_over_counters_without_slots(void **state)
{
    Desk *desk = *state;
    Migration migration;
    Schema *schema = test_model_compile();
    assert_no_error(migrate(desk, schema, &migration));
    static const char *const format_1[] = {
        "DROP TABLE pimento_counter",
        "CREATE TABLE pimento_counter (entity TEXT NOT NULL PRIMARY KEY, live BIGINT NOT NULL, "
        "version BIGINT NOT NULL)",
        "INSERT INTO pimento_counter VALUES ('Item', 7, 41), ('Part', 0, 3)",
        "UPDATE pimento_meta SET value = '1' WHERE name = 'dataVersion'",
    };
    for (size_t i = 0; i < sizeof format_1 / sizeof *format_1; i++)
        assert_no_error(test_database_run(desk->writer, format_1[i]));
    assert_no_error(migrate(desk, schema, &migration));
    assert_true(migration.changes > 0);
    assert_int_equal(test_database_number(desk->writer, "SELECT count(*) FROM pimento_counter"), 2);
    assert_int_equal(test_database_number(desk->writer, "SELECT live * 1000 + version + slot FROM "
                                                        "pimento_counter WHERE entity = 'Item'"),
                     7041);
    assert_no_error(migrate(desk, schema, &migration));
    assert_int_equal(migration.changes, 0);
    schema_unref(schema);
}

static void test_migration_refuses_data_of_a_newer_version(void **state)
{
    Desk *desk = *state;
    Migration migration;
    Schema *schema = test_model_compile();
    assert_no_error(migrate(desk, schema, &migration));
    assert_no_error(test_database_run(
        desk->writer, "UPDATE pimento_meta SET value = '999' WHERE name = 'dataVersion'"));
    const Error *error = migrate(desk, schema, &migration);
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_UNAVAILABLE);
    assert_non_null(strstr(str_copy_c(desk->base.arena, error->reason), "newer version"));
    schema_unref(schema);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_migration_makes_all_tables_of_a_fresh_directory),
        DESK_TEST(test_migration_again_changes_nothing),
        DESK_TEST(test_migration_is_undone_as_a_whole),
        DESK_TEST(test_migration_adds_the_column_of_a_new_field),
        DESK_TEST(test_migration_gives_a_new_language_columns_and_an_empty_side_index),
        DESK_TEST(test_migration_gives_way_to_who_uses_a_table),
        DESK_TEST(test_migration_refills_the_side_index_of_a_language_that_comes_back),
        DESK_TEST(test_migration_keeps_the_column_of_a_field_that_went_away),
        DESK_TEST(test_migration_adds_a_new_entity),
        DESK_TEST(test_migration_replaces_an_index_that_changed),
        DESK_TEST(test_migration_leaves_indexes_of_others_alone),
        DESK_TEST(test_migration_makes_the_side_index_anew_for_a_new_text),
        DESK_TEST(test_migration_makes_the_side_index_anew_for_a_text_to_be_indexed),
        DESK_TEST(test_migration_keeps_unique_values_apart),
        DESK_TEST(test_migration_takes_over_counters_without_slots),
        DESK_TEST(test_migration_refuses_data_of_a_newer_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
