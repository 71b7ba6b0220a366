#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "query/counter.h"
#include "query/lookup.h"
#include "query/row_statement.h"
#include "query/search_index.h"
#include "schema/migration.h"
#include "support/test_database.h"
#include "support/test_model.h"

/* The model's tables, and one writing connection; what stands beside the rows is made by hand. */
typedef struct Desk {
    TestDatabase base;
    Schema *schema;
    const Entity *item;
    SqlConnection *writer;
} Desk;

static int open_desk(void **state)
{
    Desk *desk = calloc(1, sizeof *desk);
    Migration migration;
    test_database_open(&desk->base);
    assert_no_error(sql_writer_open(desk->base.arena, desk->base.database, &desk->writer));
    desk->schema = test_model_compile();
    desk->item = schema_find_entity(desk->schema, STR("Item"));
    assert_no_error(migration_run(desk->writer, desk->schema, SQL_WAITS, &migration));
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    Desk *desk = *state;
    sql_connection_close(desk->writer);
    schema_unref(desk->schema);
    test_database_close(&desk->base);
    free(desk);
    return 0;
}

static SqlValue *new_values(const Desk *desk)
{
    SqlValue *values = ARENA_ARRAY(desk->base.arena, SqlValue, desk->item->column_count);
    values[desk->item->deleted->column->index] = sql_int(0);
    return values;
}

static void set(const Desk *desk, SqlValue *values, const char *field, Str text)
{
    values[entity_find_field(desk->item, str_from(field))->column->index] = sql_text(text);
}

static int64_t insert(Desk *desk, SqlValue *values, bool is_expected)
{
    bool is_added = !is_expected;
    int64_t row_id = 0;
    assert_no_error(row_insert(desk->writer, desk->item, values, &is_added, &row_id));
    assert_int_equal(is_added, is_expected);
    return row_id;
}

static int64_t add_item(Desk *desk, const char *id, const char *name)
{
    SqlValue *values = new_values(desk);
    set(desk, values, "id", str_from(id));
    set(desk, values, "name", str_from(name));
    return insert(desk, values, true);
}

static int64_t count_folded(Desk *desk, const char *name)
{
    Str count =
        str_format(desk->base.arena, "SELECT count(*) FROM item_search WHERE name = '%s'", name);
    return test_database_number(desk->writer, str_copy_c(desk->base.arena, count));
}

static void test_search_index_follows_the_rows_it_is_told_of(void **state)
{
    Desk *desk = *state;
    const SideIndex *index = &desk->item->side_indexes[0];
    int64_t rows[] = { add_item(desk, "i1", "Éclair"), add_item(desk, "i2", "STRAßE"), 999 };
    assert_no_error(search_index_sync(desk->writer, index, rows, 3));
    assert_int_equal(count_folded(desk, "eclair"), 1);
    assert_int_equal(count_folded(desk, "strasse"), 1);
    assert_no_error(search_index_sync(desk->writer, index, rows, 3)); /* again: no change */
    assert_int_equal(test_database_number(desk->writer, "SELECT count(*) FROM item_search"), 2);
    assert_no_error(test_database_run(
        desk->writer,
        "UPDATE item SET name = 'Zug', deleted = CASE id WHEN 'i2' THEN 1 ELSE 0 END"));
    assert_no_error(search_index_sync(desk->writer, index, rows, 2));
    assert_int_equal(count_folded(desk, "zug"), 1);
    assert_int_equal(test_database_number(desk->writer, "SELECT count(*) FROM item_search"), 1);
}

/* A language has rows for the records that have a value in it. */
static void test_search_index_of_a_language_leaves_records_without_values_out(void **state)
{
    Desk *desk = *state;
    Migration migration;
    static const char *const codes[] = { "en_US", "de_DE" };
    Schema *german = test_model_compile_languages(codes, 2);
    const SideIndex *index = &schema_find_entity(german, STR("Item"))->side_indexes[1];
    const char *count = "SELECT count(*) FROM item_search_de_de";
    int64_t rows[] = { add_item(desk, "i1", "Oak"), add_item(desk, "i2", "Elm") };
    assert_no_error(migration_run(desk->writer, german, SQL_WAITS, &migration));
    assert_no_error(
        test_database_run(desk->writer, "UPDATE item SET name_de_de = 'Eiche' WHERE id = 'i1'"));
    assert_no_error(search_index_sync(desk->writer, index, rows, 2));
    assert_int_equal(test_database_number(desk->writer, count), 1);
    assert_no_error(test_database_run(desk->writer, "DELETE FROM item_search_de_de"));
    assert_no_error(search_index_refill(desk->writer, index));
    assert_int_equal(test_database_number(desk->writer, count), 1);
    assert_no_error(test_database_run(desk->writer, "UPDATE item SET name_de_de = NULL"));
    assert_no_error(search_index_sync(desk->writer, index, rows, 2));
    assert_int_equal(test_database_number(desk->writer, count), 0);
    schema_unref(german);
}

/* More rows than one page of the refill, trashed ones among them. */
static void test_search_index_refill_takes_every_live_row(void **state)
{
    Desk *desk = *state;
    assert_no_error(test_database_run(
        desk->writer,
        "INSERT INTO item (id, deleted, name) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
        "i + 1 FROM n WHERE i < 1201) SELECT 'i' || i, CASE i % 10 WHEN 0 THEN 1 ELSE 0 END, 'Oak "
        "' || i FROM n"));
    assert_no_error(search_index_refill(desk->writer, &desk->item->side_indexes[0]));
    assert_int_equal(test_database_number(desk->writer, "SELECT count(*) FROM item_search"), 1081);
    assert_int_equal(count_folded(desk, "oak 1201"), 1);
    assert_int_equal(count_folded(desk, "oak 1200"), 0);
}

static void test_counter_counts_up_down_and_anew(void **state)
{
    Desk *desk = *state;
    Counter counter;
    assert_no_error(counter_read(desk->writer, desk->item, &counter));
    assert_int_equal(counter.live, 0);
    assert_int_equal(counter.version, 0);
    assert_no_error(counter_add(desk->writer, desk->item, 5));
    assert_no_error(counter_add(desk->writer, desk->item, -2));
    assert_no_error(counter_add(desk->writer, desk->item, 0));
    assert_no_error(counter_read(desk->writer, desk->item, &counter));
    assert_int_equal(counter.live, 3);
    assert_in_range(counter.version, 3, 3 * COUNTER_MAX_STEP);
    add_item(desk, "i1", "Oak");
    assert_no_error(counter_rebuild(desk->writer, desk->item));
    int64_t before = counter.version;
    assert_no_error(counter_read(desk->writer, desk->item, &counter));
    assert_int_equal(counter.live, 1);
    assert_true(counter.version > before);
}

static void test_counter_version_grows_with_every_change(void **state)
{
    Desk *desk = *state;
    int64_t before = 0;
    for (int i = 0; i < 30; i++) {
        Counter counter;
        assert_no_error(counter_add(desk->writer, desk->item, 0));
        assert_no_error(counter_read(desk->writer, desk->item, &counter));
        assert_in_range(counter.version, before + 1, before + COUNTER_MAX_STEP);
        before = counter.version;
    }
}

/* What one slot adds and another takes away; a rebuild of either leaves nothing of both. */
static void test_counter_is_the_sum_of_what_all_writers_added(void **state)
{
    Desk *desk = *state;
    Counter counter;
    SqlConnection *other = NULL;
    assert_no_error(sql_writer_open(desk->base.arena, desk->base.database, &other));
    assert_no_error(counter_add(desk->writer, desk->item, 5));
    assert_no_error(counter_add(other, desk->item, -4));
    assert_no_error(counter_read(other, desk->item, &counter));
    assert_int_equal(counter.live, 1);
    int64_t before = counter.version;
    add_item(desk, "i1", "Oak");
    add_item(desk, "i2", "Elm");
    assert_no_error(counter_rebuild(other, desk->item));
    assert_no_error(counter_read(desk->writer, desk->item, &counter));
    assert_int_equal(counter.live, 2);
    assert_true(counter.version > before);
    sql_connection_close(other);
}

/* Adds, and waits until that is done (not until it is committed). */
static void add_now(Desk *desk, SqlConnection *connection)
{
    Counter counter;
    assert_no_error(counter_add(connection, desk->item, 1));
    assert_no_error(counter_read(connection, desk->item, &counter));
}

/* Of one row each would wait for the other's commit, until the lock times out. */
static void test_counter_of_one_writer_waits_for_no_other(void **state)
{
    Desk *desk = *state;
    Counter counter;
    SqlConnection *other = NULL;
    if (sql_slot_count(desk->writer) == 1)
        return; /* an engine with one writer at a time */
    assert_no_error(sql_writer_open(desk->base.arena, desk->base.database, &other));
    assert_no_error(test_database_run(other, "SET lock_timeout = 100"));
    assert_no_error(counter_add(other, desk->item, 1));
    assert_no_error(sql_begin(desk->writer));
    assert_no_error(sql_begin(other));
    add_now(desk, desk->writer);
    add_now(desk, other);
    assert_no_error(sql_commit(other));
    assert_no_error(sql_commit(desk->writer));
    assert_no_error(counter_read(desk->writer, desk->item, &counter));
    assert_int_equal(counter.live, 3);
    sql_connection_close(other);
}

/* Counting and adding follow each other: what a rebuild has not counted is added after it. */
static void test_counter_rebuild_keeps_writers_out_until_it_is_committed(void **state)
{
    Desk *desk = *state;
    SqlConnection *other = NULL;
    if (sql_slot_count(desk->writer) == 1)
        return;
    assert_no_error(sql_writer_open(desk->base.arena, desk->base.database, &other));
    assert_no_error(test_database_run(other, "SET lock_timeout = 100"));
    assert_no_error(sql_begin(desk->writer));
    assert_no_error(counter_rebuild(desk->writer, desk->item));
    assert_non_null(counter_add(other, desk->item, 1));
    assert_no_error(sql_commit(desk->writer));
    assert_no_error(counter_add(other, desk->item, 1));
    sql_connection_close(other);
}

static bool find(Desk *desk, const char *field, Str text, bool with_deleted, SqlValue *out)
{
    const Column *columns[] = { desk->item->id->column, desk->item->name_field->column };
    LookupMatch match = { .column = entity_find_field(desk->item, str_from(field))->column,
                          .value = sql_text(text) };
    Lookup lookup = { .entity = desk->item,
                      .matches = &match,
                      .match_count = 1,
                      .columns = columns,
                      .column_count = 2,
                      .with_deleted = with_deleted };
    bool is_found = false;
    assert_no_error(lookup_find(desk->writer, &lookup, out, &is_found));
    return is_found;
}

static void test_lookup_finds_live_records_by_exact_values(void **state)
{
    Desk *desk = *state;
    SqlValue found[2];
    SqlValue *values = new_values(desk);
    set(desk, values, "id", STR("i1"));
    set(desk, values, "code", STR("C1"));
    set(desk, values, "name", STR("Oak"));
    insert(desk, values, true);
    assert_true(find(desk, "code", STR("C1"), false, found));
    assert_true(str_equal(found[0].text, STR("i1")));
    assert_true(str_equal(found[1].text, STR("Oak")));
    assert_false(find(desk, "code", STR("c1"), false, found));
    assert_no_error(test_database_run(desk->writer, "UPDATE item SET deleted = 1"));
    assert_false(find(desk, "code", STR("C1"), false, found));
    assert_true(find(desk, "code", STR("C1"), true, found));
}

static void test_row_insert_says_when_a_unique_value_is_taken(void **state)
{
    Desk *desk = *state;
    SqlValue *values = new_values(desk);
    set(desk, values, "id", STR("i1"));
    set(desk, values, "code", STR("C1"));
    insert(desk, values, true);
    insert(desk, values, false);
    set(desk, values, "id", STR("i2"));
    insert(desk, values, false);
    set(desk, values, "code", STR("C2"));
    insert(desk, values, true);
}

static void test_row_find_update_and_delete_work_on_one_row(void **state)
{
    Desk *desk = *state;
    int64_t row_id = 0;
    SqlValue *values = NULL;
    bool *is_changed = ARENA_ARRAY(desk->base.arena, bool, desk->item->column_count);
    add_item(desk, "i1", "Oak");
    int64_t elm = add_item(desk, "i2", "Elm");
    assert_no_error(row_find(desk->writer, desk->item, STR("i1"), false, &row_id, &values));
    set(desk, values, "name", STR("Fir"));
    set(desk, values, "note", STR("not marked as changed"));
    is_changed[desk->item->name_field->column->index] = true;
    assert_no_error(row_update(desk->writer, desk->item, row_id, values, is_changed));
    assert_int_equal(test_database_number(desk->writer,
                                          "SELECT count(*) FROM item WHERE name = 'Fir' AND note "
                                          "IS NULL AND id = 'i1'"),
                     1);
    assert_no_error(row_delete(desk->writer, desk->item, row_id));
    assert_no_error(row_find(desk->writer, desk->item, STR("i1"), true, &row_id, &values));
    assert_null(values);
    RowRef *gone = NULL;
    size_t gone_count = 0;
    assert_no_error(row_delete_by(desk->writer, desk->item, desk->item->name_field->column,
                                  STR("Elm"), &gone, &gone_count));
    assert_int_equal(gone_count, 1);
    assert_int_equal(gone[0].row_id, elm);
    assert_true(str_equal(gone[0].values[desk->item->name_field->column->index].text, STR("Elm")));
    assert_int_equal(test_database_number(desk->writer, "SELECT count(*) FROM item"), 0);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_search_index_follows_the_rows_it_is_told_of),
        DESK_TEST(test_search_index_of_a_language_leaves_records_without_values_out),
        DESK_TEST(test_search_index_refill_takes_every_live_row),
        DESK_TEST(test_counter_counts_up_down_and_anew),
        DESK_TEST(test_counter_version_grows_with_every_change),
        DESK_TEST(test_counter_is_the_sum_of_what_all_writers_added),
        DESK_TEST(test_counter_of_one_writer_waits_for_no_other),
        DESK_TEST(test_counter_rebuild_keeps_writers_out_until_it_is_committed),
        DESK_TEST(test_lookup_finds_live_records_by_exact_values),
        DESK_TEST(test_row_insert_says_when_a_unique_value_is_taken),
        DESK_TEST(test_row_find_update_and_delete_work_on_one_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
