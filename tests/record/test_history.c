/* Who changed what, and back to it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "history_desk.h"
#include "query/change_log.h"
#include "support/test_database.h"
#include "support/test_json.h"

static void add_product(RecordDesk *desk)
{
    assert_no_error(record_desk_create(
        desk, "Product", "{'id':'p1','name':'Oak','price':3,'data':{'a':[1]},'isActive':true}",
        NULL));
}

static Str version_at(RecordDesk *desk, size_t index)
{
    return json_find_text(history_desk_entry(desk, "Product", "p1", index), STR("id"));
}

static int64_t total_of(RecordDesk *desk, const char *entity, const char *id)
{
    return json_find(history_desk_page(desk, entity, id, 0, 0), STR("total"))->integer;
}

static void assert_type(RecordDesk *desk, const JsonValue *entry, const char *type)
{
    assert_string_equal(history_desk_text(desk, entry, "type"), type);
}

/* ---- what a write leaves ---- */

static void test_history_tells_the_values_at_creation(void **state)
{
    RecordDesk *desk = *state;
    assert_no_error(record_desk_create(
        desk, "User", "{'id':'u1','name':'Ann','userName':'ann','isActive':true}", NULL));
    add_product(desk);
    const JsonValue *entry = history_desk_entry(desk, "Product", "p1", 0);
    assert_int_equal(total_of(desk, "Product", "p1"), 1);
    assert_type(desk, entry, "created");
    assert_string_equal(history_desk_text(desk, entry, "byId"), "u1");
    assert_string_equal(history_desk_text(desk, entry, "byName"), "Ann");
    assert_int_equal(json_find_text(entry, STR("at")).len, 19);
    assert_history_field(desk, entry, "name", "null", "'Oak'");
    assert_history_field(desk, entry, "price", "null", "3");
    assert_history_field(desk, entry, "data", "null", "{'a':[1]}");
    assert_history_field(desk, entry, "isActive", "null", "true");
    assert_history_field(desk, entry, "productStatus", "null", "'draft'");
}

static void test_history_tells_each_change_from_what_to_what(void **state)
{
    RecordDesk *desk = *state;
    assert_no_error(record_desk_create(desk, "Brand", "{'id':'b1','name':'Acme'}", NULL));
    assert_no_error(record_desk_create(desk, "Brand", "{'id':'b2','name':'Bolt'}", NULL));
    add_product(desk);
    assert_no_error(record_desk_update(desk, "Product", "p1", "{'price':4,'brandId':'b1'}", NULL));
    assert_no_error(record_desk_update(desk, "Product", "p1", "{'brandId':'b2'}", NULL));
    assert_no_error(record_desk_update(desk, "Product", "p1", "{'brandId':'b2'}", NULL));
    assert_int_equal(total_of(desk, "Product", "p1"), 3);
    const JsonValue *entry = history_desk_entry(desk, "Product", "p1", 0);
    const JsonValue *fields = json_find(entry, STR("fields"));
    assert_int_equal(fields->list.count, 1);
    assert_history_field(desk, entry, "brandId", "'b1'", "'b2'");
    assert_string_equal(history_desk_text(desk, &fields->list.items[0], "beforeName"), "Acme");
    assert_string_equal(history_desk_text(desk, &fields->list.items[0], "afterName"), "Bolt");
    entry = history_desk_entry(desk, "Product", "p1", 1);
    assert_history_field(desk, entry, "price", "3", "4");
    assert_history_field(desk, entry, "brandId", "null", "'b1'");
}

static void test_history_comes_in_pages(void **state)
{
    RecordDesk *desk = *state;
    add_product(desk);
    for (int i = 10; i < 15; i++)
        assert_no_error(record_desk_update(
            desk, "Product", "p1",
            str_copy_c(desk->arena, str_format(desk->arena, "{'price':%d}", i)), NULL));
    const JsonValue *page = history_desk_page(desk, "Product", "p1", 1, 2);
    assert_int_equal(json_find(page, STR("total"))->integer, 6);
    const JsonValue *list = json_find(page, STR("list"));
    assert_int_equal(list->list.count, 2);
    assert_history_field(desk, &list->list.items[0], "price", "12", "13");
    assert_history_field(desk, &list->list.items[1], "price", "11", "12");
}

static uint64_t count_statements(RecordDesk *desk, int64_t page_rows)
{
    Task task;
    Buf buf;
    HistoryPage page = { .page_rows = page_rows };
    buf_init(&buf, desk->arena, (size_t)1 << 20);
    record_desk_begin(desk, &task);
    assert_no_error(task_reader(&task));
    uint64_t before = sql_statement_count(task.sql);
    assert_no_error(
        history_list(&task, record_desk_entity(desk, "Product"), STR("p1"), &page, &buf));
    uint64_t count = sql_statement_count(task.sql) - before;
    task_end(&task);
    return count;
}

static void test_a_page_takes_as_many_statements_as_one_entry(void **state)
{
    RecordDesk *desk = *state;
    add_product(desk);
    for (int i = 0; i < 20; i++) {
        const char *brand =
            str_copy_c(desk->arena, str_format(desk->arena, "{'id':'b%d','name':'B'}", i));
        assert_no_error(record_desk_create(desk, "Brand", brand, NULL));
        const char *body = str_copy_c(desk->arena, str_format(desk->arena, "{'brandId':'b%d'}", i));
        assert_no_error(record_desk_update(desk, "Product", "p1", body, NULL));
    }
    assert_int_equal(count_statements(desk, 20), count_statements(desk, 1));
}

static void test_history_goes_on_in_the_trash_and_after_it(void **state)
{
    RecordDesk *desk = *state;
    bool is_restored;
    const JsonValue *page;
    add_product(desk);
    assert_no_error(record_desk_delete(desk, "Product", "p1", false));
    assert_type(desk, history_desk_entry(desk, "Product", "p1", 0), "deleted");
    assert_no_error(record_desk_restore(desk, "Product", "p1", &is_restored));
    assert_type(desk, history_desk_entry(desk, "Product", "p1", 0), "restored");
    assert_no_error(record_desk_delete(desk, "Product", "p1", true));
    const JsonValue *purged = history_desk_entry(desk, "Product", "p1", 0);
    assert_type(desk, purged, "purged");
    assert_history_field(desk, purged, "name", "'Oak'", "null");
    assert_int_equal(total_of(desk, "Product", "p1"), 4);
    assert_int_equal(history_desk_list(desk, "Product", "p9", &page)->kind, ERROR_NOT_FOUND);
    assert_int_equal(history_desk_list(desk, "Brand", "p1", &page)->kind, ERROR_NOT_FOUND);
}

static void test_history_needs_the_right_to_read(void **state)
{
    RecordDesk *desk = *state;
    const JsonValue *page;
    add_product(desk);
    desk->caller.is_admin = false;
    assert_int_equal(history_desk_list(desk, "Product", "p1", &page)->kind, ERROR_FORBIDDEN);
    assert_int_equal(history_desk_revert(desk, "Product", "p1", STR("1"), NULL, NULL)->kind,
                     ERROR_FORBIDDEN);
}

/* ---- links ---- */

static const char *relation_id(RecordDesk *desk, const char *entity)
{
    const JsonValue *list = json_find(record_desk_list(desk, entity, ""), STR("list"));
    return history_desk_text(desk, &list->list.items[0], "id");
}

static void test_history_shows_a_link_with_both_records(void **state)
{
    RecordDesk *desk = *state;
    assert_no_error(record_desk_create(desk, "Category", "{'id':'c1','name':'Trees'}", NULL));
    add_product(desk);
    assert_no_error(record_desk_link(desk, "Product", "p1", "categories", "c1"));
    const JsonValue *entry = history_desk_entry(desk, "Product", "p1", 0);
    assert_type(desk, entry, "linked");
    assert_string_equal(history_desk_text(desk, entry, "link"), "categories");
    assert_string_equal(history_desk_text(desk, entry, "linkedEntity"), "Category");
    assert_string_equal(history_desk_text(desk, entry, "linkedId"), "c1");
    assert_string_equal(history_desk_text(desk, entry, "linkedName"), "Trees");
    entry = history_desk_entry(desk, "Category", "c1", 0);
    assert_type(desk, entry, "linked");
    assert_string_equal(history_desk_text(desk, entry, "link"), "products");
    assert_string_equal(history_desk_text(desk, entry, "linkedId"), "p1");
    assert_no_error(record_desk_unlink(desk, "Category", "c1", "products", "p1"));
    assert_type(desk, history_desk_entry(desk, "Product", "p1", 0), "unlinked");
    assert_type(desk, history_desk_entry(desk, "Category", "c1", 0), "unlinked");
    assert_int_equal(record_desk_number(
                         desk, "SELECT count(*) FROM pimento_change WHERE relation_id IS NOT NULL"),
                     2);
}

static void test_history_tells_the_other_end_when_a_record_is_gone(void **state)
{
    RecordDesk *desk = *state;
    assert_no_error(record_desk_create(desk, "Category", "{'id':'c1','name':'Trees'}", NULL));
    add_product(desk);
    assert_no_error(record_desk_link(desk, "Product", "p1", "categories", "c1"));
    assert_no_error(record_desk_delete(desk, "Category", "c1", true));
    const JsonValue *entry = history_desk_entry(desk, "Product", "p1", 0);
    assert_type(desk, entry, "unlinked");
    assert_string_equal(history_desk_text(desk, entry, "linkedId"), "c1");
    assert_string_equal(history_desk_text(desk, entry, "linkedName"), "null");
    assert_type(desk, history_desk_entry(desk, "Category", "c1", 0), "purged");
}

static void test_history_tells_an_unlinking_once(void **state)
{
    RecordDesk *desk = *state;
    assert_no_error(record_desk_create(desk, "Category", "{'id':'c1','name':'Trees'}", NULL));
    add_product(desk);
    assert_no_error(record_desk_link(desk, "Product", "p1", "categories", "c1"));
    const char *id = relation_id(desk, "ProductCategory");
    assert_no_error(record_desk_unlink(desk, "Product", "p1", "categories", "c1"));
    assert_no_error(record_desk_delete(desk, "Category", "c1", true));
    assert_int_equal(total_of(desk, "Product", "p1"), 3);
    assert_type(desk, history_desk_entry(desk, "ProductCategory", id, 0), "purged");
}

static void test_history_keeps_records_with_the_same_id_apart(void **state)
{
    RecordDesk *desk = *state;
    assert_no_error(record_desk_create(desk, "Category", "{'id':'x','name':'Trees'}", NULL));
    assert_no_error(record_desk_create(desk, "Product", "{'id':'x','name':'Oak'}", NULL));
    assert_no_error(record_desk_link(desk, "Product", "x", "categories", "x"));
    assert_int_equal(total_of(desk, "Product", "x"), 2);
    assert_int_equal(total_of(desk, "Category", "x"), 2);
    const JsonValue *entry = history_desk_entry(desk, "Category", "x", 0);
    assert_type(desk, entry, "linked");
    assert_string_equal(history_desk_text(desk, entry, "linkedEntity"), "Product");
}

static void test_history_of_a_relation_row_is_its_own(void **state)
{
    RecordDesk *desk = *state;
    assert_no_error(record_desk_create(desk, "Category", "{'id':'c1','name':'Trees'}", NULL));
    assert_no_error(record_desk_create(desk, "Category", "{'id':'c2','name':'Wood'}", NULL));
    add_product(desk);
    assert_no_error(record_desk_link(desk, "Product", "p1", "categories", "c1"));
    const char *id = relation_id(desk, "ProductCategory");
    assert_no_error(record_desk_update(desk, "ProductCategory", id, "{'sorting':7}", NULL));
    assert_history_field(desk, history_desk_entry(desk, "Product", "p1", 0), "sorting", "null",
                         "7");
    assert_int_equal(total_of(desk, "ProductCategory", id), 2);
    assert_type(desk, history_desk_entry(desk, "ProductCategory", id, 1), "created");
    /* and now it leads elsewhere */
    assert_no_error(record_desk_update(desk, "ProductCategory", id, "{'categoryId':'c2'}", NULL));
    assert_int_equal(total_of(desk, "ProductCategory", id), 3);
    assert_type(desk, history_desk_entry(desk, "Category", "c1", 0), "unlinked");
    assert_type(desk, history_desk_entry(desk, "Category", "c2", 0), "linked");
    assert_type(desk, history_desk_entry(desk, "Product", "p1", 0), "unlinked");
    assert_type(desk, history_desk_entry(desk, "Product", "p1", 1), "linked");
}

static void test_history_of_records_linked_among_themselves(void **state)
{
    RecordDesk *desk = *state;
    assert_no_error(record_desk_create(desk, "Association", "{'id':'a','name':'fits'}", NULL));
    add_product(desk);
    assert_no_error(record_desk_create(desk, "Product", "{'id':'p2','name':'Elm'}", NULL));
    assert_no_error(record_desk_create(
        desk, "AssociatedProduct",
        "{'associatingItemId':'p1','associatedItemId':'p2','associationId':'a'}", NULL));
    const JsonValue *entry = history_desk_entry(desk, "Product", "p1", 0);
    assert_string_equal(history_desk_text(desk, entry, "link"), "associatedItems");
    assert_string_equal(history_desk_text(desk, entry, "linkedId"), "p2");
    entry = history_desk_entry(desk, "Product", "p2", 0);
    assert_string_equal(history_desk_text(desk, entry, "link"), "associatingItems");
    assert_string_equal(history_desk_text(desk, entry, "linkedId"), "p1");
}

/* ---- secrets ---- */

static void test_history_keeps_no_secret(void **state)
{
    RecordDesk *desk = *state;
    assert_no_error(record_desk_create(
        desk, "User",
        "{'id':'u2','name':'Bob','userName':'bob','isActive':true,'password':'Geheim-123'}", NULL));
    assert_no_error(record_desk_create(desk, "AuthToken", "{'id':'t','userId':'u2'}", NULL));
    /* without the hooks of the program the value would be stored as it is given */
    assert_int_equal(
        record_desk_number(desk, "SELECT count(*) FROM pimento_change WHERE what LIKE '%Geheim%'"),
        0);
    assert_int_equal(record_desk_number(desk, "SELECT count(*) FROM pimento_change WHERE what "
                                              "LIKE '%\"password\":null%'"),
                     1);
    assert_int_equal(record_desk_number(desk, "SELECT count(*) FROM pimento_change WHERE what "
                                              "LIKE '%\"userNameKey\":null%'"),
                     1);
    const JsonValue *fields = json_find(history_desk_entry(desk, "User", "u2", 0), STR("fields"));
    for (size_t i = 0; i < fields->list.count; i++)
        assert_string_not_equal(history_desk_text(desk, &fields->list.items[i], "name"),
                                "password");
}

/* ---- reverting ---- */

static void test_revert_gives_the_values_of_the_version(void **state)
{
    RecordDesk *desk = *state;
    RecordResult result;
    add_product(desk);
    assert_no_error(record_desk_update(desk, "Product", "p1", "{'price':4,'note':'n'}", NULL));
    Str version = version_at(desk, 0);
    assert_no_error(
        record_desk_update(desk, "Product", "p1", "{'price':5,'data':null,'name':'Elm'}", NULL));
    assert_no_error(record_desk_update(desk, "Product", "p1", "{'price':6,'note':null}", NULL));
    assert_no_error(history_desk_revert(desk, "Product", "p1", version, NULL, &result));
    assert_int_equal(result.outcome, RECORD_UPDATED);
    const JsonValue *record = record_desk_read(desk, "Product", "p1");
    assert_string_equal(history_desk_text(desk, record, "name"), "Oak");
    assert_string_equal(history_desk_text(desk, record, "note"), "n");
    assert_int_equal(json_find(record, STR("price"))->integer, 4);
    assert_true(json_equal(json_find(record, STR("data")), test_json(desk->arena, "{'a':[1]}")));
    const JsonValue *entry = history_desk_entry(desk, "Product", "p1", 0);
    assert_type(desk, entry, "updated");
    assert_history_field(desk, entry, "price", "6", "4");
    assert_no_error(history_desk_revert(desk, "Product", "p1", version, NULL, &result));
    assert_int_equal(result.outcome, RECORD_UNCHANGED);
    assert_int_equal(total_of(desk, "Product", "p1"), 5);
}

static void test_revert_of_some_fields_leaves_the_others(void **state)
{
    RecordDesk *desk = *state;
    RecordResult result;
    assert_no_error(record_desk_create(desk, "Brand", "{'id':'b1','name':'Acme'}", NULL));
    add_product(desk);
    Str version = version_at(desk, 0);
    assert_no_error(
        record_desk_update(desk, "Product", "p1", "{'price':5,'name':'Elm','brandId':'b1'}", NULL));
    assert_no_error(
        history_desk_revert(desk, "Product", "p1", version, "['price','brand']", &result));
    const JsonValue *record = record_desk_read(desk, "Product", "p1");
    assert_string_equal(history_desk_text(desk, record, "name"), "Elm");
    assert_string_equal(history_desk_text(desk, record, "brandId"), "null");
    assert_int_equal(json_find(record, STR("price"))->integer, 3);
    assert_code(history_desk_revert(desk, "Product", "p1", version, "['nonsense']", NULL),
                "unknownField");
    assert_int_equal(history_desk_revert(desk, "Product", "p1", version, "'price'", NULL)->kind,
                     ERROR_INVALID);
}

static void test_revert_sets_links_as_they_were(void **state)
{
    RecordDesk *desk = *state;
    RecordResult result;
    assert_no_error(record_desk_create(desk, "Category", "{'id':'c1','name':'Trees'}", NULL));
    assert_no_error(record_desk_create(desk, "Category", "{'id':'c2','name':'Wood'}", NULL));
    assert_no_error(record_desk_create(desk, "Category", "{'id':'c3','name':'Leaf'}", NULL));
    assert_no_error(record_desk_create(
        desk, "Product", "{'id':'p1','name':'Oak','categoriesIds':['c1','c2']}", NULL));
    Str version = version_at(desk, 0);
    assert_no_error(
        record_desk_update(desk, "Product", "p1", "{'categoriesIds':['c2','c3']}", NULL));
    assert_no_error(history_desk_revert(desk, "Product", "p1", version, NULL, &result));
    const JsonValue *ids = json_find(record_desk_read(desk, "Product", "p1"), STR("categoriesIds"));
    assert_true(json_equal(ids, test_json(desk->arena, "['c2','c1']")));
}

static void test_revert_checks_as_an_update_does(void **state)
{
    RecordDesk *desk = *state;
    assert_no_error(
        record_desk_create(desk, "Product", "{'id':'p1','name':'Oak','sku':'S1'}", NULL));
    Str version = version_at(desk, 0);
    assert_no_error(record_desk_update(desk, "Product", "p1", "{'sku':'S2'}", NULL));
    assert_no_error(
        record_desk_create(desk, "Product", "{'id':'p2','name':'Elm','sku':'S1'}", NULL));
    assert_problem(history_desk_revert(desk, "Product", "p1", version, NULL, NULL), "sku",
                   "notUnique");
    assert_int_equal(history_desk_revert(desk, "Product", "p2", version, NULL, NULL)->kind,
                     ERROR_NOT_FOUND);
    assert_int_equal(history_desk_revert(desk, "Product", "p1", STR("999"), NULL, NULL)->kind,
                     ERROR_NOT_FOUND);
    assert_int_equal(history_desk_revert(desk, "Product", "p1", STR("x"), NULL, NULL)->kind,
                     ERROR_NOT_FOUND);
    assert_no_error(record_desk_delete(desk, "Product", "p1", false));
    assert_int_equal(history_desk_revert(desk, "Product", "p1", version, NULL, NULL)->kind,
                     ERROR_NOT_FOUND);
}

/* ---- the log ---- */

static void make_old(RecordDesk *desk, int64_t up_to)
{
    Task task;
    record_desk_begin(desk, &task);
    SqlConnection *writer = NULL;
    assert_no_error(sql_writer_open(desk->arena, desk->test.instance.database, &writer));
    assert_no_error(sql_begin(writer));
    assert_no_error(test_database_run(
        writer, str_copy_c(desk->arena,
                           str_format(desk->arena,
                                      "UPDATE pimento_change SET at_us = 1000 WHERE row_id <= %lld",
                                      (long long)up_to))));
    assert_no_error(sql_commit(writer));
    sql_connection_close(writer);
    task_end(&task);
}

static void forget(RecordDesk *desk)
{
    Task task;
    record_desk_begin(desk, &task);
    assert_no_error(history_forget(&task, 2000));
    task_end(&task);
}

static void test_forgetting_takes_the_old_and_never_the_newest(void **state)
{
    RecordDesk *desk = *state;
    add_product(desk);
    for (int i = 0; i < 600; i++)
        assert_no_error(record_desk_update(
            desk, "Product", "p1",
            str_copy_c(desk->arena, str_format(desk->arena, "{'price':%d}", 100 + i)), NULL));
    int64_t last = record_desk_number(desk, "SELECT max(row_id) FROM pimento_change");
    make_old(desk, last - 10);
    forget(desk);
    assert_int_equal(total_of(desk, "Product", "p1"), 10);
    make_old(desk, last);
    forget(desk);
    assert_int_equal(total_of(desk, "Product", "p1"), 1);
    assert_no_error(record_desk_update(desk, "Product", "p1", "{'price':5}", NULL));
    assert_true(record_desk_number(desk, "SELECT max(row_id) FROM pimento_change") > last);
}

static void test_followers_read_all_records_in_order(void **state)
{
    RecordDesk *desk = *state;
    SqlConnection *reader = NULL;
    ChangeRow row = { 0 };
    int64_t position = 0;
    size_t count = 0;
    add_product(desk);
    assert_no_error(record_desk_create(desk, "Brand", "{'id':'b1','name':'Acme'}", NULL));
    assert_no_error(record_desk_update(desk, "Product", "p1", "{'brandId':'b1'}", NULL));
    assert_no_error(sql_take_reader(desk->arena, desk->test.instance.database, &reader));
    for (bool has_row = true; has_row;) {
        AUTO_CLOSE SqlRows rows = { 0 };
        assert_no_error(change_log_read_after(reader, position, 1, &rows));
        assert_no_error(sql_next(&rows, &has_row));
        if (!has_row)
            break;
        change_log_read_row(&rows, &row);
        assert_true(row.number > position);
        assert_true(str_equal(row.entity, count == 1 ? STR("Brand") : STR("Product")));
        position = row.number;
        count++;
    }
    sql_give_reader(reader);
    assert_int_equal(count, 3);
}

static void test_a_long_text_is_kept_whole(void **state)
{
    RecordDesk *desk = *state;
    size_t len = (size_t)1 << 19;
    char *text = arena_alloc(desk->arena, len + 64);
    memcpy(text, "{'note':'", 9);
    memset(text + 9, 'x', len);
    memcpy(text + 9 + len, "'}", 3);
    add_product(desk);
    assert_no_error(record_desk_update(desk, "Product", "p1", text, NULL));
    Str version = version_at(desk, 0);
    assert_no_error(record_desk_update(desk, "Product", "p1", "{'note':'short'}", NULL));
    assert_no_error(history_desk_revert(desk, "Product", "p1", version, NULL, NULL));
    const JsonValue *note = json_find(record_desk_read(desk, "Product", "p1"), STR("note"));
    assert_int_equal(note->text.len, len);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, record_desk_open, record_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_history_tells_the_values_at_creation),
        DESK_TEST(test_history_tells_each_change_from_what_to_what),
        DESK_TEST(test_history_comes_in_pages),
        DESK_TEST(test_a_page_takes_as_many_statements_as_one_entry),
        DESK_TEST(test_history_goes_on_in_the_trash_and_after_it),
        DESK_TEST(test_history_needs_the_right_to_read),
        DESK_TEST(test_history_shows_a_link_with_both_records),
        DESK_TEST(test_history_tells_the_other_end_when_a_record_is_gone),
        DESK_TEST(test_history_tells_an_unlinking_once),
        DESK_TEST(test_history_keeps_records_with_the_same_id_apart),
        DESK_TEST(test_history_of_a_relation_row_is_its_own),
        DESK_TEST(test_history_of_records_linked_among_themselves),
        DESK_TEST(test_history_keeps_no_secret),
        DESK_TEST(test_revert_gives_the_values_of_the_version),
        DESK_TEST(test_revert_of_some_fields_leaves_the_others),
        DESK_TEST(test_revert_sets_links_as_they_were),
        DESK_TEST(test_revert_checks_as_an_update_does),
        DESK_TEST(test_forgetting_takes_the_old_and_never_the_newest),
        DESK_TEST(test_followers_read_all_records_in_order),
        DESK_TEST(test_a_long_text_is_kept_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
