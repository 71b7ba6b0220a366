#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "json/json_writer.h"
#include "record_desk.h"
#include "support/test_database.h"
#include "support/test_json.h"

#define PRODUCTS 60

static void add_catalogue(RecordDesk *desk)
{
    for (int i = 0; i < 3; i++) {
        Str body = str_format(desk->arena, "{'id':'c%d','name':'Category %d'}", i, i);
        assert_no_error(record_desk_create(desk, "Category", str_copy_c(desk->arena, body), NULL));
    }
    assert_no_error(record_desk_create(desk, "Brand", "{'id':'b1','name':'Acme'}", NULL));
    for (int i = 0; i < PRODUCTS; i++) {
        Str body = str_format(desk->arena,
                              "{'id':'p%02d','name':'Product %d','price':%d,'brandId':%s,"
                              "'categoriesIds':['c0','c%d']}",
                              i, i % 7, i % 5, i % 2 == 0 ? "'b1'" : "null", i % 3);
        assert_no_error(record_desk_create(desk, "Product", str_copy_c(desk->arena, body), NULL));
    }
}

static Str shown(RecordDesk *desk, const char *query)
{
    return json_to_text(desk->arena, record_desk_list(desk, "Product", query));
}

static void test_list_answers_total_and_rows(void **state)
{
    RecordDesk *desk = *state;
    add_catalogue(desk);
    /* clang-format off */
    static const struct { const char *query; const char *answer; } cases[] = {
        { "select=id&sortBy=id&maxSize=2", "{'total':60,'list':[{'id':'p00','parentId':null,'parentName':null},{'id':'p01','parentId':null,'parentName':null}]}" },
        { "select=id&sortBy=id&maxSize=2&offset=59", "{'total':60,'list':[{'id':'p59','parentId':null,'parentName':null}]}" },
        { "select=id&sortBy=id&offset=60", "{'total':60,'list':[]}" },
        { "totalOnly=1", "{'total':60}" },
        { "collectionOnly=1&select=id&sortBy=id&asc=0&maxSize=1", "{'list':[{'id':'p59','parentId':null,'parentName':null}]}" },
        { "select=brand,categories&sortBy=id&maxSize=2",
          "{'total':60,'list':["
          "{'id':'p00','parentId':null,'parentName':null,'brandId':'b1','brandName':'Acme','categoriesIds':['c0'],'categoriesNames':{'c0':'Category 0'}},"
          "{'id':'p01','parentId':null,'parentName':null,'brandId':null,'brandName':null,'categoriesIds':['c0','c1'],"
          "'categoriesNames':{'c0':'Category 0','c1':'Category 1'}}]}" },
        { "select=id&sortBy=price&asc=false&maxSize=3", "{'total':60,'list':[{'id':'p59','parentId':null,'parentName':null},{'id':'p54','parentId':null,'parentName':null},{'id':'p49','parentId':null,'parentName':null}]}" },
        { "select=id&sortBy=brand&maxSize=1", "{'total':60,'list':[{'id':'p00','parentId':null,'parentName':null}]}" },
        { "select=id&sortBy=brand&asc=0&maxSize=1", "{'total':60,'list':[{'id':'p59','parentId':null,'parentName':null}]}" },
        { "select=id&sortBy=id&maxSize=1&where[0][type]=equals&where[0][attribute]=price&where[0][value]=4",
          "{'total':12,'list':[{'id':'p04','parentId':null,'parentName':null}]}" },
        { "select=id&where[0][type]=in&where[0][attribute]=id&where[0][value][]=x", "{'total':0,'list':[]}" },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Str got = shown(desk, cases[i].query);
        if (!str_equal(got, test_json_text(desk->arena, cases[i].answer)))
            fail_msg("%s gives %.*s", cases[i].query, STR_ARGS(got));
    }
}

/* Equal sort keys: every record once, whatever the page. */
static void test_pages_neither_repeat_nor_skip(void **state)
{
    RecordDesk *desk = *state;
    static const char *const orders[] = { "sortBy=name",        "sortBy=name&asc=0",
                                          "sortBy=brand",       "sortBy=brand&asc=0",
                                          "sortBy=price&asc=1", "" };
    add_catalogue(desk);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        bool seen[PRODUCTS] = { false };
        size_t count = 0;
        for (int offset = 0; offset < PRODUCTS; offset += 7) {
            Str query =
                str_format(desk->arena, "select=id&maxSize=7&offset=%d&%s", offset, orders[i]);
            const JsonValue *list = json_find(
                record_desk_list(desk, "Product", str_copy_c(desk->arena, query)), STR("list"));
            for (size_t j = 0; j < list->list.count; j++) {
                Str id = json_find_text(&list->list.items[j], STR("id"));
                int64_t number = -1;
                assert_true(str_parse_int(str_slice(id, 1, id.len), &number));
                assert_false(seen[number]);
                seen[number] = true;
                count++;
            }
        }
        assert_int_equal(count, PRODUCTS);
    }
}

static uint64_t statements_of(RecordDesk *desk, const char *query)
{
    Task task;
    ListSpec spec;
    Buf buf;
    record_desk_begin(desk, &task);
    buf_init(&buf, desk->arena, (size_t)16 << 20);
    assert_no_error(task_reader(&task));
    assert_no_error(list_spec_parse(desk->arena, record_desk_entity(desk, "Product"),
                                    str_from(query), 1000, &spec));
    uint64_t before = sql_statement_count(task.sql);
    assert_no_error(record_list(&task, &spec, &buf));
    uint64_t count = sql_statement_count(task.sql) - before;
    task_end(&task);
    return count;
}

static void test_list_needs_as_many_statements_for_one_row_as_for_fifty(void **state)
{
    RecordDesk *desk = *state;
    static const char *const selects[] = {
        "select=id",
        "select=name,brand,createdBy,ownerUser",
        "select=categories",
        "select=categoriesIds,channelsNames,associatedItems,brand",
        "select=isRoot,hasChildren,hierarchyRoute,routes,parentsNames",
        "",
    };
    add_catalogue(desk);
    for (size_t i = 0; i < sizeof selects / sizeof *selects; i++) {
        Str one = str_format(desk->arena, "maxSize=1&%s", selects[i]);
        Str fifty = str_format(desk->arena, "maxSize=50&%s", selects[i]);
        uint64_t few = statements_of(desk, str_copy_c(desk->arena, one));
        assert_int_equal(statements_of(desk, str_copy_c(desk->arena, fifty)), few);
        assert_in_range(few, 2, 5);
    }
}

static void test_read_shows_one_record_whole(void **state)
{
    RecordDesk *desk = *state;
    add_catalogue(desk);
    const JsonValue *record = record_desk_read(desk, "Product", "p01");
    static const char *const keys[] = {
        "id",      "name", "categoriesIds", "createdAt", "categoriesNames",
        "brandId", "data", "brandName",     "taskStatus"
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_non_null(json_find(record, str_from(keys[i])));
    assert_null(json_find(record, STR("associatedItemsIds"))); /* noLoad */
    assert_null(record_desk_read(desk, "Product", "p99"));
}

static void test_reading_needs_the_right(void **state)
{
    RecordDesk *desk = *state;
    Task task;
    Buf buf;
    ListSpec spec = { .entity = record_desk_entity(desk, "Product"),
                      .wants_rows = true,
                      .page_rows = 1 };
    add_catalogue(desk);
    desk->caller.is_admin = false;
    record_desk_begin(desk, &task);
    buf_init(&buf, desk->arena, 4096);
    assert_code(record_list(&task, &spec, &buf), "forbidden");
    assert_code(record_read(&task, spec.entity, STR("p01"), NULL, &buf), "forbidden");
    assert_code(record_read(&task, spec.entity, STR("p99"), NULL, &buf), "forbidden");
    assert_int_equal(buf.len, 0);
    task_end(&task);
}

static void test_user_shows_no_secret(void **state)
{
    RecordDesk *desk = *state;
    const TestValue user[] = { { "id", sql_text(STR("u7")) },
                               { "name", sql_text(STR("Eve")) },
                               { "userName", sql_text(STR("eve")) },
                               { "userNameKey", sql_text(STR("eve-key")) },
                               { "passwordHash", sql_text(STR("hash-of-eve")) },
                               { "password", sql_text(STR("pass-of-eve")) },
                               { NULL, sql_null() } };
    test_instance_insert(&desk->test, "User", user);
    Str record = json_to_text(desk->arena, record_desk_read(desk, "User", "u7"));
    Str list = json_to_text(desk->arena, record_desk_list(desk, "User", ""));
    static const char *const secrets[] = { "hash-of-eve", "pass-of-eve", "eve-key" };
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        assert_null(strstr(str_copy_c(desk->arena, record), secrets[i]));
        assert_null(strstr(str_copy_c(desk->arena, list), secrets[i]));
    }
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, record_desk_open, record_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_list_answers_total_and_rows),
        DESK_TEST(test_pages_neither_repeat_nor_skip),
        DESK_TEST(test_list_needs_as_many_statements_for_one_row_as_for_fifty),
        DESK_TEST(test_read_shows_one_record_whole),
        DESK_TEST(test_reading_needs_the_right),
        DESK_TEST(test_user_shows_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
