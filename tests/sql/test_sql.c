#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support/test_database.h"

/* A database with one writing connection. */
typedef struct Desk {
    TestDatabase base;
    SqlConnection *writer;
} Desk;

static int open_desk(void **state)
{
    Desk *desk = calloc(1, sizeof *desk);
    test_database_open(&desk->base);
    assert_no_error(sql_writer_open(desk->base.arena, desk->base.database, &desk->writer));
    assert_no_error(test_database_run(
        desk->writer, "CREATE TABLE item (row_id INTEGER PRIMARY KEY, name TEXT UNIQUE, data)"));
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

static Error *add_item(SqlConnection *connection, const char *name)
{
    SqlText text = sql_text_new(connection);
    sql_put(&text, "INSERT INTO item (name) VALUES (");
    sql_put_value(&text, sql_text(str_from(name)));
    sql_put(&text, ")");
    return sql_execute(connection, &text, NULL);
}

static int64_t count_items(SqlConnection *connection)
{
    return test_database_number(connection, "SELECT count(*) FROM item");
}

static bool has_item(SqlConnection *connection, const char *name)
{
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    SqlText text = sql_text_new(connection);
    sql_put(&text, "SELECT 1 FROM item WHERE name = ");
    sql_put_value(&text, sql_text(str_from(name)));
    assert_no_error(sql_query(connection, &text, &rows));
    assert_no_error(sql_next(&rows, &has_row));
    return has_row;
}

/* ---- values and statements ---- */

static SqlValue through_the_database(SqlConnection *connection, SqlValue value)
{
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    SqlText text = sql_text_new(connection);
    sql_put(&text, "INSERT INTO item (data) VALUES (");
    sql_put_value(&text, value);
    sql_put(&text, ") RETURNING data");
    assert_no_error(sql_query(connection, &text, &rows));
    assert_no_error(sql_next(&rows, &has_row));
    assert_true(has_row);
    assert_int_equal(sql_column_is_null(&rows, 0), value.kind == SQL_NULL);
    return sql_value_copy(sql_arena(connection), sql_column_value(&rows, 0));
}

static void test_sql_gives_back_the_values_it_was_given(void **state)
{
    const Desk *desk = *state;
    const SqlValue values[] = {
        sql_null(),
        sql_int(0),
        sql_int(-1),
        sql_int(INT64_MAX),
        sql_int(INT64_MIN),
        sql_real(0.1),
        sql_real(-1e300),
        sql_real(5e-324),
        sql_real(3.0),
        sql_text(STR("")),
        sql_text(STR("plain")),
        sql_text(STR("Zürich \xF0\x9F\x98\x80 ' \" \\ ; --")),
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        SqlValue back = through_the_database(desk->writer, values[i]);
        assert_int_equal(back.kind, values[i].kind);
        assert_true(sql_value_equal(&back, &values[i]));
    }
}

static void test_sql_reads_columns_by_type(void **state)
{
    const Desk *desk = *state;
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    SqlText text = sql_text_new(desk->writer);
    sql_put(&text, "SELECT 42, 2.5, 'words', NULL");
    assert_no_error(sql_query(desk->writer, &text, &rows));
    assert_no_error(sql_next(&rows, &has_row));
    assert_true(has_row);
    assert_int_equal(sql_column_int(&rows, 0), 42);
    assert_true(fabs(sql_column_real(&rows, 1) - 2.5) < 1e-9);
    assert_true(str_equal(sql_column_text(&rows, 2), STR("words")));
    assert_true(str_is_none(sql_column_text(&rows, 3)));
    assert_true(sql_column_is_null(&rows, 3));
    assert_no_error(sql_next(&rows, &has_row));
    assert_false(has_row);
}

static void test_sql_runs_the_same_text_inside_itself(void **state)
{
    const Desk *desk = *state;
    assert_no_error(add_item(desk->writer, "a"));
    assert_no_error(add_item(desk->writer, "b"));
    AUTO_CLOSE SqlRows outer = { 0 };
    SqlText text = sql_text_new(desk->writer);
    sql_put(&text, "SELECT name FROM item ORDER BY name");
    assert_no_error(sql_query(desk->writer, &text, &outer));
    size_t seen = 0;
    for (;;) {
        bool has_row = false;
        assert_no_error(sql_next(&outer, &has_row));
        if (!has_row)
            break;
        AUTO_CLOSE SqlRows inner = { 0 };
        bool has_inner = false;
        assert_no_error(sql_query(desk->writer, &text, &inner));
        assert_no_error(sql_next(&inner, &has_inner));
        assert_true(str_equal(sql_column_text(&inner, 0), STR("a")));
        assert_true(str_equal(sql_column_text(&outer, 0), seen == 0 ? STR("a") : STR("b")));
        seen++;
    }
    assert_int_equal(seen, 2);
}

static Error *put_numbered(SqlConnection *connection, int64_t number)
{
    SqlText text = sql_text_new(connection);
    sql_put(&text, "SELECT ");
    sql_put_int(&text, number);
    sql_put(&text, " + ");
    sql_put_value(&text, sql_int(1));
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    TRY(sql_query(connection, &text, &rows));
    TRY(sql_next(&rows, &has_row));
    assert_int_equal(sql_column_int(&rows, 0), number + 1);
    return NULL;
}

/* More shapes than the statement cache holds, again while one of them is running. */
static void test_sql_runs_any_number_of_different_texts(void **state)
{
    const Desk *desk = *state;
    for (int64_t i = 0; i < 1500; i++)
        assert_no_error(put_numbered(desk->writer, i));
    AUTO_CLOSE SqlRows open = { 0 };
    bool has_row = false;
    SqlText text = sql_text_new(desk->writer);
    sql_put(&text, "SELECT 1 UNION SELECT 2");
    assert_no_error(sql_query(desk->writer, &text, &open));
    assert_no_error(sql_next(&open, &has_row));
    for (int64_t i = 0; i < 1500; i++)
        assert_no_error(put_numbered(desk->writer, i));
    assert_no_error(sql_next(&open, &has_row));
    assert_true(has_row);
    assert_int_equal(sql_column_int(&open, 0), 2);
}

static void test_sql_forgets_the_values_of_the_run_before(void **state)
{
    const Desk *desk = *state;
    SqlValue first = through_the_database(desk->writer, sql_text(STR("left over")));
    SqlValue second = through_the_database(desk->writer, sql_null());
    assert_int_equal(first.kind, SQL_TEXT);
    assert_int_equal(second.kind, SQL_NULL);
}

static void test_sql_counts_statements_and_changed_rows(void **state)
{
    const Desk *desk = *state;
    uint64_t before = sql_statement_count(desk->writer);
    assert_no_error(add_item(desk->writer, "a"));
    assert_no_error(add_item(desk->writer, "b"));
    assert_int_equal(sql_statement_count(desk->writer), before + 2);
    SqlText text = sql_text_new(desk->writer);
    int64_t changed = -1;
    sql_put(&text, "UPDATE item SET data = 1");
    assert_no_error(sql_execute(desk->writer, &text, &changed));
    assert_int_equal(changed, 2);
}

/* ---- failures ---- */

static void test_sql_names_a_violated_unique_index(void **state)
{
    const Desk *desk = *state;
    assert_no_error(add_item(desk->writer, "once"));
    const Error *error = add_item(desk->writer, "once");
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_INVALID);
    assert_string_equal(error->code, "notUnique");
    assert_int_equal(count_items(desk->writer), 1);
}

static void test_sql_keeps_the_engine_out_of_the_reason(void **state)
{
    const Desk *desk = *state;
    static const char *const texts[] = {
        "SELECT nothing FROM nowhere",
        "SELECT \"double quoted\"",
        "garbage",
        "SELECT load_extension('x')",
        "INSERT INTO sqlite_schema (name) VALUES ('x')",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const Error *error = test_database_run(desk->writer, texts[i]);
        assert_non_null(error);
        assert_int_equal(error->kind, ERROR_INTERNAL);
        assert_true(str_equal(error->reason, STR("Internal error")));
        assert_true(error->detail.len > 0);
    }
}

static void test_sql_interrupts_a_read_that_takes_too_long(void **state)
{
    const Desk *desk = *state;
    SqlConnection *reader = desk->base.reader;
    assert_no_error(sql_begin_read(reader, 20));
    int64_t begun_us = clock_monotonic_us();
    const Error *error =
        test_database_run(reader, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                                  "SELECT count(*) FROM n");
    assert_true(clock_monotonic_us() - begun_us < 10 * INT64_C(1000000));
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_UNAVAILABLE);
    assert_string_equal(error->code, "statementTimeout");
    assert_true(sql_hit_time_limit(reader));
    sql_end_read(reader);

    assert_no_error(sql_begin_read(reader, 0));
    assert_false(sql_hit_time_limit(reader));
    assert_int_equal(count_items(reader), 0);
    sql_end_read(reader);
}

static void test_sql_opens_only_what_a_driver_takes(void **state)
{
    const Desk *desk = *state;
    SqlDatabase *database = NULL;
    SqlOptions unknown = { .location = STR("other://nobody:secret@nowhere/x") };
    const Error *error = sql_database_open(desk->base.arena, &unknown, &database);
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_INVALID);
    assert_null(memmem(error->reason.data, error->reason.len, "secret", 6));
    SqlOptions missing = { .location = STR("/nonexistent/pimento") };
    error = sql_database_open(desk->base.arena, &missing, &database);
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_UNAVAILABLE);
    assert_null(database);
}

static void test_sql_opens_what_must_exist_only_when_it_is_there(void **state)
{
    const Desk *desk = *state;
    SqlDatabase *database = NULL;
    Str directory = str_from(desk->base.location.directory);
    SqlOptions options = { .location = directory, .must_exist = true };
    assert_no_error(sql_database_open(desk->base.arena, &options, &database));
    sql_database_close(database);
    database = NULL;
    options.location = str_concat(desk->base.arena, directory, STR("/empty"));
    assert_int_equal(mkdir(str_copy_c(desk->base.arena, options.location), 0700), 0);
    const Error *error = sql_database_open(desk->base.arena, &options, &database);
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_UNAVAILABLE);
    assert_int_equal(rmdir(str_copy_c(desk->base.arena, options.location)), 0);
    assert_true(sql_location_is_directory(directory));
    assert_false(sql_location_is_directory(STR("other://nobody@nowhere/x")));
}

static void test_sql_files_are_the_owners_alone(void **state)
{
    const Desk *desk = *state;
    static const char *const names[] = { "pimento.db", "pimento.db-wal" };
    assert_no_error(add_item(desk->writer, "a"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct stat status;
        Str path = str_format(desk->base.arena, "%s/%s", desk->base.location.directory, names[i]);
        assert_int_equal(stat(str_copy_c(desk->base.arena, path), &status), 0);
        assert_int_equal(status.st_mode & 077, 0);
    }
}

/* ---- transactions ---- */

static void test_sql_read_sees_one_state(void **state)
{
    const Desk *desk = *state;
    SqlConnection *reader = desk->base.reader;
    assert_no_error(add_item(desk->writer, "before"));
    assert_no_error(sql_begin_read(reader, 0));
    assert_int_equal(count_items(reader), 1);
    assert_no_error(add_item(desk->writer, "meanwhile"));
    assert_int_equal(count_items(reader), 1);
    sql_end_read(reader);
    assert_no_error(sql_begin_read(reader, 0));
    assert_int_equal(count_items(reader), 2);
    sql_end_read(reader);
    sql_end_read(reader); /* without a read: nothing */
}

static void test_sql_rollback_leaves_nothing(void **state)
{
    const Desk *desk = *state;
    assert_no_error(sql_begin(desk->writer));
    assert_true(sql_is_in_transaction(desk->writer));
    assert_no_error(add_item(desk->writer, "gone"));
    sql_rollback(desk->writer);
    assert_false(sql_is_in_transaction(desk->writer));
    assert_int_equal(count_items(desk->writer), 0);
    sql_rollback(desk->writer); /* without a transaction: nothing */
}

static Error *add_in_scope(SqlConnection *connection, const char *name, bool is_kept)
{
    AUTO_ROLLBACK SqlSavepoint savepoint = { 0 };
    TRY(sql_savepoint(connection, &savepoint));
    TRY(add_item(connection, name));
    return is_kept ? sql_release(&savepoint) : NULL;
}

static void test_sql_savepoint_undoes_only_its_scope(void **state)
{
    const Desk *desk = *state;
    assert_no_error(sql_begin(desk->writer));
    assert_no_error(add_in_scope(desk->writer, "kept", true));
    assert_no_error(add_in_scope(desk->writer, "left early", false));
    assert_non_null(add_in_scope(desk->writer, "kept", true)); /* not unique */
    assert_no_error(add_in_scope(desk->writer, "last", true));
    assert_no_error(sql_commit(desk->writer));
    assert_true(has_item(desk->writer, "kept"));
    assert_true(has_item(desk->writer, "last"));
    assert_int_equal(count_items(desk->writer), 2);
}

static Error *add_nested(SqlConnection *connection, bool keeps_inner, bool keeps_outer)
{
    AUTO_ROLLBACK SqlSavepoint outer = { 0 };
    TRY(sql_savepoint(connection, &outer));
    TRY(add_item(connection, "outer"));
    TRY(add_in_scope(connection, "inner", keeps_inner));
    TRY(add_item(connection, "after"));
    return keeps_outer ? sql_release(&outer) : NULL;
}

static void test_sql_savepoint_without_a_statement_costs_none(void **state)
{
    Desk *desk = *state;
    SqlSavepoint outer = { 0 };
    SqlSavepoint inner = { 0 };
    assert_no_error(sql_begin(desk->writer));
    uint64_t before = sql_statement_count(desk->writer);
    assert_no_error(sql_savepoint(desk->writer, &outer));
    assert_no_error(sql_savepoint(desk->writer, &inner));
    sql_rollback_if_open(&inner);
    assert_no_error(sql_release(&outer));
    assert_int_equal(sql_statement_count(desk->writer), before);
    sql_rollback(desk->writer);
}

static void test_sql_savepoints_nest(void **state)
{
    const Desk *desk = *state;
    static const struct {
        bool keeps_inner;
        bool keeps_outer;
        int64_t count;
    } cases[] = { { true, true, 3 }, { false, true, 2 }, { true, false, 0 }, { false, false, 0 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_no_error(sql_begin(desk->writer));
        assert_no_error(add_nested(desk->writer, cases[i].keeps_inner, cases[i].keeps_outer));
        assert_int_equal(count_items(desk->writer), cases[i].count);
        sql_rollback(desk->writer);
    }
}

static Error *note_in_scope(SqlConnection *connection, int64_t row_id, bool is_kept)
{
    AUTO_ROLLBACK SqlSavepoint savepoint = { 0 };
    TRY(sql_savepoint(connection, &savepoint));
    sql_note_change(connection, (SqlChange){ .row_id = row_id, .kind = SQL_ROW_ADDED });
    return is_kept ? sql_release(&savepoint) : NULL;
}

static void test_sql_changes_of_a_rolled_back_scope_are_forgotten(void **state)
{
    const Desk *desk = *state;
    size_t count = 7;
    assert_no_error(sql_begin(desk->writer));
    for (int64_t i = 0; i < 300; i++)
        assert_no_error(note_in_scope(desk->writer, i, i % 3 == 0));
    const SqlChange *changes = sql_changes(desk->writer, &count);
    assert_int_equal(count, 100);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(changes[i].row_id, (int64_t)i * 3);
    assert_no_error(sql_commit(desk->writer));
    sql_changes(desk->writer, &count);
    assert_int_equal(count, 0);

    assert_no_error(sql_begin(desk->writer));
    assert_no_error(note_in_scope(desk->writer, 1, true));
    sql_rollback(desk->writer);
    sql_changes(desk->writer, &count);
    assert_int_equal(count, 0);
}

/* ---- what the engine is told about text and structure ---- */

static void test_sql_sorts_text_as_people_do(void **state)
{
    const Desk *desk = *state;
    static const char *const names[] = { "zebra", "Äpfel", "apfel", "Zug", "éclair", "eclair" };
    static const char *const sorted[] = { "apfel", "Äpfel", "eclair", "éclair", "zebra", "Zug" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_no_error(add_item(desk->writer, names[i]));
    const SqlDialect *dialect = sql_dialect(desk->base.database);
    AUTO_CLOSE SqlRows rows = { 0 };
    SqlText text = sql_text_new(desk->writer);
    sql_put(&text, "SELECT name FROM item ORDER BY ");
    sql_put_dialect(&text, dialect->text_order_open);
    sql_put(&text, "name");
    sql_put_dialect(&text, dialect->text_order_close);
    assert_no_error(sql_query(desk->writer, &text, &rows));
    for (size_t i = 0; i < sizeof sorted / sizeof *sorted; i++) {
        bool has_row = false;
        assert_no_error(sql_next(&rows, &has_row));
        assert_true(has_row);
        assert_true(str_equal(sql_column_text(&rows, 0), str_from(sorted[i])));
    }
}

static void test_sql_catalog_names_tables_columns_and_indexes(void **state)
{
    const Desk *desk = *state;
    Str *names = NULL;
    size_t count = 0;
    assert_no_error(test_database_run(desk->writer, "CREATE INDEX item_data ON item (data)"));
    assert_no_error(sql_catalog(desk->writer, SQL_CATALOG_TABLES, STR_NONE, &names, &count));
    assert_int_equal(count, 1);
    assert_true(str_equal(names[0], STR("item")));
    assert_no_error(sql_catalog(desk->writer, SQL_CATALOG_COLUMNS, STR("item"), &names, &count));
    assert_int_equal(count, 3);
    assert_true(str_equal(names[0], STR("row_id")));
    assert_true(str_equal(names[2], STR("data")));
    assert_no_error(sql_catalog(desk->writer, SQL_CATALOG_INDEXES, STR("item"), &names, &count));
    assert_int_equal(count, 1);
    assert_true(str_equal(names[0], STR("item_data")));
    assert_no_error(sql_catalog(desk->writer, SQL_CATALOG_COLUMNS, STR("other"), &names, &count));
    assert_int_equal(count, 0);
}

static void test_sql_keeps_what_was_written_over_a_restart(void **state)
{
    Desk *desk = *state;
    assert_no_error(add_item(desk->writer, "kept"));
    sql_connection_close(desk->writer);
    sql_give_reader(desk->base.reader);
    sql_database_close(desk->base.database);
    SqlOptions options = { .location = str_from(desk->base.location.directory),
                           .page_cache_kib = 1024 };
    assert_no_error(sql_database_open(desk->base.arena, &options, &desk->base.database));
    assert_no_error(sql_writer_open(desk->base.arena, desk->base.database, &desk->writer));
    assert_no_error(sql_take_reader(desk->base.arena, desk->base.database, &desk->base.reader));
    assert_true(has_item(desk->writer, "kept"));
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_sql_gives_back_the_values_it_was_given),
        DESK_TEST(test_sql_reads_columns_by_type),
        DESK_TEST(test_sql_runs_the_same_text_inside_itself),
        DESK_TEST(test_sql_runs_any_number_of_different_texts),
        DESK_TEST(test_sql_forgets_the_values_of_the_run_before),
        DESK_TEST(test_sql_counts_statements_and_changed_rows),
        DESK_TEST(test_sql_names_a_violated_unique_index),
        DESK_TEST(test_sql_keeps_the_engine_out_of_the_reason),
        DESK_TEST(test_sql_interrupts_a_read_that_takes_too_long),
        DESK_TEST(test_sql_opens_only_what_a_driver_takes),
        DESK_TEST(test_sql_opens_what_must_exist_only_when_it_is_there),
        DESK_TEST(test_sql_files_are_the_owners_alone),
        DESK_TEST(test_sql_read_sees_one_state),
        DESK_TEST(test_sql_rollback_leaves_nothing),
        DESK_TEST(test_sql_savepoint_undoes_only_its_scope),
        DESK_TEST(test_sql_savepoint_without_a_statement_costs_none),
        DESK_TEST(test_sql_savepoints_nest),
        DESK_TEST(test_sql_changes_of_a_rolled_back_scope_are_forgotten),
        DESK_TEST(test_sql_sorts_text_as_people_do),
        DESK_TEST(test_sql_catalog_names_tables_columns_and_indexes),
        DESK_TEST(test_sql_keeps_what_was_written_over_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
