#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "feature/copy/transfer.h"
#include "query/change_log.h"
#include "query/counter.h"
#include "query/row_statement.h"
#include "query/search_index.h"
#include "support/test_database.h"
#include "support/test_model.h"

/* An instance of the test model in `source`, embedded; `target` is an empty database, with
 * PIMENTO_TEST_ENGINE=server on a server. */
typedef struct Desk {
    TestDatabase target;
    TestLocation place; /* of the source: its directory */
    SqlDatabase *source;
    SqlConnection *writer; /* of the source */
    SqlConnection *other;  /* of the target */
    Schema *schema;
    const Entity *item;
    Arena *arena;
} Desk;

static void migrate(Desk *desk, const Schema *schema)
{
    Migration migration;
    assert_no_error(sql_begin(desk->writer));
    assert_no_error(migration_run(desk->writer, schema, SQL_WAITS, &migration));
    assert_no_error(sql_commit(desk->writer));
}

static int open_desk(void **state)
{
    Desk *desk = calloc(1, sizeof *desk);
    assert_true(sodium_init() >= 0);
    test_database_open(&desk->target);
    desk->arena = desk->target.arena;
    test_location_make(&desk->place, desk->arena);
    SqlOptions options = { .location = str_from(desk->place.directory), .page_cache_kib = 1024 };
    assert_no_error(sql_database_open(desk->arena, &options, &desk->source));
    assert_no_error(sql_writer_open(desk->arena, desk->source, &desk->writer));
    assert_no_error(sql_writer_open(desk->arena, desk->target.database, &desk->other));
    desk->schema = test_model_compile();
    desk->item = schema_find_entity(desk->schema, STR("Item"));
    migrate(desk, desk->schema);
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    Desk *desk = *state;
    sql_connection_close(desk->writer);
    sql_connection_close(desk->other);
    sql_database_close(desk->source);
    schema_unref(desk->schema);
    test_location_remove(&desk->place);
    test_database_close(&desk->target);
    free(desk);
    return 0;
}

static SqlValue *new_item(const Desk *desk, const char *id)
{
    SqlValue *values = ARENA_ARRAY(desk->arena, SqlValue, desk->item->column_count);
    values[desk->item->id->column->index] = sql_text(str_from(id));
    values[desk->item->deleted->column->index] = sql_int(0);
    return values;
}

static SqlValue *value_of(const Desk *desk, SqlValue *values, const char *field)
{
    return &values[entity_find_field(desk->item, str_from(field))->column->index];
}

static int64_t insert(Desk *desk, SqlConnection *connection, const SqlValue *values)
{
    bool is_added;
    int64_t row_id = 0;
    assert_no_error(row_insert(connection, desk->item, values, &is_added, &row_id));
    assert_true(is_added);
    return row_id;
}

static int64_t insert_named(Desk *desk, SqlConnection *connection, const char *id, const char *name)
{
    SqlValue *values = new_item(desk, id);
    *value_of(desk, values, "name") = sql_text(str_from(name));
    return insert(desk, connection, values);
}

static Error *move_pages(Transfer *transfer)
{
    for (size_t i = 0; i < transfer->schema->entity_count; i++) {
        TransferTable table = { .entity = &transfer->schema->entities[i] };
        while (!table.is_done)
            TRY(transfer_page(transfer, &table));
    }
    return NULL;
}

/* All of it, up to the commit; `*out` is to be ended. */
static Error *move(Desk *desk, SqlDatabase *from, SqlDatabase *to, Transfer *out)
{
    TRY(transfer_begin(desk->arena, from, to, desk->schema, out));
    TRY(move_pages(out));
    return transfer_commit(out);
}

static size_t count_differing(Transfer *transfer)
{
    size_t count = 0;
    for (size_t i = 0; i < transfer->schema->entity_count; i++) {
        TransferProof proof;
        assert_no_error(transfer_compare(transfer, &transfer->schema->entities[i], &proof));
        count += !table_digest_equal(&proof.from, &proof.to);
    }
    return count;
}

static void move_and_compare(Desk *desk)
{
    Transfer transfer;
    assert_no_error(move(desk, desk->source, desk->target.database, &transfer));
    assert_int_equal(count_differing(&transfer), 0);
    transfer_end(&transfer);
}

static void assert_same_values(const Desk *desk, const SqlValue *a, const SqlValue *b)
{
    for (size_t i = 0; i < desk->item->column_count; i++) {
        assert_int_equal(a[i].kind, b[i].kind);
        assert_true(sql_value_equal(&a[i], &b[i]));
    }
}

#define TEXT(literal)                \
    {                                \
        literal, sizeof(literal) - 1 \
    }

/* Each in a record of its own, in every column that takes its kind. */
/* clang-format off */
static const SqlValue odd_values[] = {
    { .kind = SQL_NULL },
    { .kind = SQL_INT, .integer = 0 },
    { .kind = SQL_INT, .integer = INT64_MAX },
    { .kind = SQL_INT, .integer = INT64_MIN },
    { .kind = SQL_REAL, .real = 0.1 },
    { .kind = SQL_REAL, .real = 1.0 / 3 },
    { .kind = SQL_REAL, .real = 9007199254740993.0 },
    { .kind = SQL_REAL, .real = 1e15 },
    { .kind = SQL_REAL, .real = DBL_MAX },
    { .kind = SQL_REAL, .real = -DBL_MIN },
    { .kind = SQL_REAL, .real = DBL_TRUE_MIN },
    { .kind = SQL_TEXT, .text = TEXT("") },
    { .kind = SQL_TEXT, .text = TEXT("'\"\\ %_$1 ?\n\r\t\x01\x7f") },
    { .kind = SQL_TEXT, .text = TEXT("e\xcc\x81 \xc3\xa9 \xef\xac\x81 \xf0\x9f\x98\x80") },
    { .kind = SQL_TEXT, .text = TEXT("\xef\xbf\xbf\xef\xb7\x90\xe2\x80\xae\xef\xbb\xbf") },
    { .kind = SQL_TEXT, .text = TEXT("{\"b\":1.0,\"a\":[null,\"\\u0001\"]}") },
};

/* clang-format on */
#define ODD_COUNT (sizeof odd_values / sizeof *odd_values)

static bool takes(const Column *column, SqlKind kind)
{
    bool is_number = column->type == SQL_TYPE_INTEGER || column->type == SQL_TYPE_REAL;
    if (column->field->is_unique || column->type == SQL_TYPE_ID || column->type == SQL_TYPE_BOOL)
        return false;
    if (kind == SQL_TEXT)
        return !is_number;
    return kind == SQL_NULL || column->type == (kind == SQL_INT ? SQL_TYPE_INTEGER : SQL_TYPE_REAL);
}

static SqlValue *odd_item(const Desk *desk, size_t number)
{
    SqlValue *values =
        new_item(desk, str_copy_c(desk->arena, str_format(desk->arena, "odd%zu", number)));
    for (size_t i = 0; i < desk->item->column_count; i++) {
        const Column *column = &desk->item->columns[i];
        if (takes(column, odd_values[number].kind))
            values[i] = odd_values[number];
    }
    *value_of(desk, values, "isOpen") = number % 3 == 0 ? sql_null() : sql_int(number % 3 == 1);
    return values;
}

static void test_every_value_arrives_as_it_was(void **state)
{
    Desk *desk = *state;
    for (size_t i = 0; i < ODD_COUNT; i++)
        insert(desk, desk->writer, odd_item(desk, i));
    move_and_compare(desk);
    for (size_t i = 0; i < ODD_COUNT; i++) {
        SqlValue *sent = odd_item(desk, i);
        SqlValue *got = NULL;
        int64_t row_id;
        assert_no_error(row_find(desk->other, desk->item, sent[desk->item->id->column->index].text,
                                 true, &row_id, &got));
        assert_non_null(got);
        assert_same_values(desk, sent, got);
    }
}

static void test_there_and_back_again_is_the_same(void **state)
{
    Desk *desk = *state;
    Transfer transfer;
    TestLocation home;
    SqlDatabase *database = NULL;
    for (size_t i = 0; i < ODD_COUNT; i++)
        insert(desk, desk->writer, odd_item(desk, i));
    move_and_compare(desk);
    test_location_make(&home, desk->arena);
    SqlOptions options = { .location = str_from(home.directory), .page_cache_kib = 1024 };
    assert_no_error(sql_database_open(desk->arena, &options, &database));
    assert_no_error(move(desk, desk->target.database, database, &transfer));
    assert_int_equal(count_differing(&transfer), 0);
    TableDigest here;
    TransferProof there;
    assert_no_error(table_digest_read(desk->writer, desk->item, &here));
    assert_no_error(transfer_compare(&transfer, desk->item, &there));
    assert_true(table_digest_equal(&here, &there.to));
    transfer_end(&transfer);
    sql_database_close(database);
    test_location_remove(&home);
}

/* Records 2 and 4 of 5 are gone, 3 is in the trash. */
static void test_row_numbers_and_the_trash_come_along(void **state)
{
    Desk *desk = *state;
    SqlValue *got = NULL;
    int64_t row_id = 0;
    static const char *const ids[] = { "a1", "a2", "a3", "a4", "a5" };
    for (size_t i = 0; i < 5; i++)
        insert_named(desk, desk->writer, ids[i], ids[i]);
    assert_no_error(row_delete(desk->writer, desk->item, 2));
    assert_no_error(row_delete(desk->writer, desk->item, 4));
    assert_no_error(test_database_run(desk->writer, "UPDATE item SET deleted = 1 WHERE id = 'a3'"));
    move_and_compare(desk);
    assert_int_equal(test_database_number(desk->other, "SELECT count(*) FROM item"), 3);
    assert_no_error(row_find(desk->other, desk->item, STR("a3"), false, &row_id, &got));
    assert_null(got);
    assert_no_error(row_find(desk->other, desk->item, STR("a3"), true, &row_id, &got));
    assert_non_null(got);
    assert_int_equal(row_id, 3);
    assert_int_equal(insert_named(desk, desk->other, "a6", "next"), 6);
}

static void test_the_change_log_comes_along(void **state)
{
    Desk *desk = *state;
    ChangeRow row = { .entity = STR("Item"),
                      .subject_id = STR("i1"),
                      .other_id = STR_NONE,
                      .relation_id = STR_NONE,
                      .kind = CHANGE_CREATED,
                      .at_us = 7,
                      .by_id = STR("u1"),
                      .what = STR("{}") };
    for (int i = 0; i < 250; i++)
        assert_no_error(change_log_add(desk->writer, &row));
    assert_no_error(
        test_database_run(desk->writer, "DELETE FROM pimento_change WHERE row_id <= 10"));
    move_and_compare(desk);
    assert_int_equal(test_database_number(desk->other, "SELECT count(*) FROM pimento_change"), 240);
    assert_int_equal(test_database_number(desk->other, "SELECT max(row_id) FROM pimento_change"),
                     250);
    assert_no_error(change_log_add(desk->other, &row));
    assert_int_equal(test_database_number(desk->other, "SELECT max(row_id) FROM pimento_change"),
                     251);
}

static void test_the_target_works_at_once(void **state)
{
    Desk *desk = *state;
    Counter counter;
    SqlValue *values = new_item(desk, "b1");
    bool is_added;
    int64_t row_id;
    *value_of(desk, values, "name") = sql_text(STR("Blue Caf\xc3\xa9"));
    *value_of(desk, values, "code") = sql_text(STR("B-1"));
    insert(desk, desk->writer, values);
    insert_named(desk, desk->writer, "b2", "trashed");
    assert_no_error(test_database_run(desk->writer, "UPDATE item SET deleted = 1 WHERE id = 'b2'"));
    move_and_compare(desk);
    assert_no_error(counter_read(desk->other, desk->item, &counter));
    assert_int_equal(counter.live, 1);
    assert_int_equal(test_database_number(
                         desk->other, "SELECT count(*) FROM item_search WHERE name = 'blue cafe'"),
                     1);
    assert_int_equal(test_database_number(desk->other, "SELECT count(*) FROM item_search"), 1);
    values[desk->item->id->column->index] = sql_text(STR("b3"));
    assert_no_error(row_insert(desk->other, desk->item, values, &is_added, &row_id));
    assert_false(is_added);
    Migration migration;
    assert_no_error(migration_run(desk->other, desk->schema, SQL_WAITS, &migration));
    assert_int_equal(migration.changes, 0);
}

static void test_many_pages_of_any_size_are_moved(void **state)
{
    Desk *desk = *state;
    char *page = arena_alloc(desk->arena, (size_t)1 << 20);
    memset(page, 'x', (size_t)1 << 20);
    assert_no_error(sql_begin(desk->writer));
    for (int i = 0; i < ROW_PAGE_ROWS * 2 + 7; i++) {
        SqlValue *values =
            new_item(desk, str_copy_c(desk->arena, str_format(desk->arena, "m%d", i)));
        if (i % 100 < 6) /* some six MiB in a row: more than a page takes */
            *value_of(desk, values, "page") = sql_text((Str){ page, (size_t)1 << 20 });
        if (i % 2 == 0)
            *value_of(desk, values, "price") = sql_real(i / 8.0);
        insert(desk, desk->writer, values);
    }
    assert_no_error(sql_commit(desk->writer));
    move_and_compare(desk);
    assert_int_equal(test_database_number(desk->other, "SELECT count(*) FROM item"),
                     ROW_PAGE_ROWS * 2 + 7);
}

static void test_a_target_with_records_is_refused(void **state)
{
    Desk *desk = *state;
    Transfer transfer;
    insert_named(desk, desk->writer, "c1", "one");
    move_and_compare(desk);
    const Error *error = move(desk, desk->source, desk->target.database, &transfer);
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_INVALID);
    assert_true(str_ends_with(error->reason, STR("records of Item")));
    transfer_end(&transfer);
    assert_int_equal(test_database_number(desk->other, "SELECT count(*) FROM item"), 1);
}

static void test_an_interrupted_transfer_leaves_nothing_and_can_be_started_again(void **state)
{
    Desk *desk = *state;
    Transfer transfer;
    Str *tables = NULL;
    size_t count = 0;
    insert_named(desk, desk->writer, "d1", "one");
    assert_no_error(
        transfer_begin(desk->arena, desk->source, desk->target.database, desk->schema, &transfer));
    assert_no_error(move_pages(&transfer));
    transfer_end(&transfer);
    assert_no_error(sql_catalog(desk->other, SQL_CATALOG_TABLES, STR_NONE, &tables, &count));
    assert_int_equal(count, 0);
    move_and_compare(desk);
}

static void test_a_row_that_differs_is_noticed(void **state)
{
    static const char *const damages[] = {
        "UPDATE item SET name = 'onE' WHERE id = 'e1'",
        "UPDATE item SET price = 0.30000000000000004 WHERE id = 'e1'",
        "UPDATE item SET note = '' WHERE id = 'e1'",
        "UPDATE item SET deleted = 1 WHERE id = 'e1'",
        "UPDATE item SET row_id = 7 WHERE id = 'e2'",
        "DELETE FROM item WHERE id = 'e2'",
        "INSERT INTO item (id, deleted) VALUES ('e3', 0)",
    };
    Desk *desk = *state;
    Transfer transfer;
    SqlValue *values = new_item(desk, "e1");
    *value_of(desk, values, "name") = sql_text(STR("one"));
    *value_of(desk, values, "price") = sql_real(0.3);
    insert(desk, desk->writer, values);
    insert_named(desk, desk->writer, "e2", "two");
    assert_no_error(move(desk, desk->source, desk->target.database, &transfer));
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        sql_end_read(transfer.to);
        assert_no_error(sql_begin(transfer.to));
        assert_int_equal(count_differing(&transfer), 0);
        assert_no_error(test_database_run(transfer.to, damages[i]));
        assert_int_equal(count_differing(&transfer), 1);
        sql_rollback(transfer.to);
    }
    transfer_end(&transfer);
}

static void test_what_is_written_meanwhile_is_not_seen(void **state)
{
    Desk *desk = *state;
    Transfer transfer;
    insert_named(desk, desk->writer, "f1", "one");
    move_and_compare(desk);
    /* From the target, so that this plays on a server too. */
    TestLocation home;
    SqlDatabase *database = NULL;
    test_location_make(&home, desk->arena);
    SqlOptions options = { .location = str_from(home.directory), .page_cache_kib = 1024 };
    assert_no_error(sql_database_open(desk->arena, &options, &database));
    assert_no_error(
        transfer_begin(desk->arena, desk->target.database, database, desk->schema, &transfer));
    insert_named(desk, desk->other, "f2", "two");
    assert_no_error(move_pages(&transfer));
    insert_named(desk, desk->other, "f3", "three");
    assert_no_error(transfer_commit(&transfer));
    TransferProof proof;
    assert_no_error(transfer_compare(&transfer, desk->item, &proof));
    assert_true(table_digest_equal(&proof.from, &proof.to));
    assert_int_equal(proof.to.rows, 1);
    transfer_end(&transfer);
    sql_database_close(database);
    test_location_remove(&home);
}

static void test_a_source_that_does_not_fit_is_refused(void **state)
{
    static const struct {
        const char *change;
        const char *words;
    } cases[] = {
        { "ALTER TABLE item DROP COLUMN note", "(item has no note)" },
        { "DROP TABLE maker", "(there is no maker)" },
        { "DROP TABLE pimento_change", "(there is no pimento_change)" },
        { "UPDATE pimento_meta SET value = '0' WHERE name = 'dataVersion'", "(an older format)" },
        { "UPDATE pimento_meta SET value = '99' WHERE name = 'dataVersion'", "a newer version" },
        { "DROP TABLE pimento_meta", "There is no instance" },
    };
    Desk *desk = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        MigrationExtras extras;
        assert_no_error(sql_begin(desk->writer));
        assert_no_error(test_database_run(desk->writer, cases[i].change));
        const Error *error = migration_check(desk->writer, desk->schema, &extras);
        sql_rollback(desk->writer);
        assert_non_null(error);
        assert_int_equal(error->kind, ERROR_UNAVAILABLE);
        if (strstr(str_copy_c(desk->arena, error->reason), cases[i].words) == NULL)
            fail_msg("%s: %.*s", cases[i].change, STR_ARGS(error->reason));
    }
}

static void test_what_no_entity_has_is_named(void **state)
{
    Desk *desk = *state;
    Transfer transfer;
    assert_no_error(test_database_run(desk->writer, "CREATE TABLE old_entity (row_id INTEGER)"));
    assert_no_error(test_database_run(desk->writer, "ALTER TABLE item ADD COLUMN old_field TEXT"));
    assert_no_error(move(desk, desk->source, desk->target.database, &transfer));
    const MigrationExtras *extras = &transfer.left_behind;
    assert_int_equal(extras->count, 2);
    assert_true(str_equal(extras->items[0].table, STR("item")));
    assert_true(str_equal(extras->items[0].column, STR("old_field")));
    assert_true(str_equal(extras->items[1].table, STR("old_entity")));
    assert_true(str_is_none(extras->items[1].column));
    transfer_end(&transfer);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_every_value_arrives_as_it_was),
        CASE(test_there_and_back_again_is_the_same),
        CASE(test_row_numbers_and_the_trash_come_along),
        CASE(test_the_change_log_comes_along),
        CASE(test_the_target_works_at_once),
        CASE(test_many_pages_of_any_size_are_moved),
        CASE(test_a_target_with_records_is_refused),
        CASE(test_an_interrupted_transfer_leaves_nothing_and_can_be_started_again),
        CASE(test_a_row_that_differs_is_noticed),
        CASE(test_what_is_written_meanwhile_is_not_seen),
        CASE(test_a_source_that_does_not_fit_is_refused),
        CASE(test_what_no_entity_has_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
