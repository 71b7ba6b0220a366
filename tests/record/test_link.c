#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record/link.h"
#include "record_desk.h"
#include "support/test_database.h"

static void add_records(RecordDesk *desk)
{
    static const char *const records[][2] = {
        { "Brand", "{'id':'b1','name':'Acme'}" },    { "Category", "{'id':'c1','name':'Trees'}" },
        { "Category", "{'id':'c2','name':'Wood'}" }, { "Product", "{'id':'p1','name':'Oak'}" },
        { "Product", "{'id':'p2','name':'Elm'}" },
    };
    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        assert_no_error(record_desk_create(desk, records[i][0], records[i][1], NULL));
}

static int64_t count_linked(RecordDesk *desk, const char *entity, const char *id, const char *link)
{
    Task task;
    ListSpec spec;
    Buf buf;
    const Link *found = entity_find_link(record_desk_entity(desk, entity), str_from(link));
    record_desk_begin(desk, &task);
    buf_init(&buf, desk->arena, (size_t)1 << 20);
    assert_no_error(list_spec_parse(desk->arena, found->target, STR("totalOnly=1"), 100, &spec));
    spec.link = found;
    spec.from_id = str_from(id);
    assert_no_error(link_list(&task, &spec, &buf));
    task_end(&task);
    int64_t total = -1;
    Str digits = str_slice(buf_str(&buf), strlen("{\"total\":"), buf.len - 1);
    assert_true(str_parse_int(digits, &total));
    return total;
}

static void test_link_adds_once_and_is_seen_from_both_sides(void **state)
{
    RecordDesk *desk = *state;
    add_records(desk);
    assert_no_error(record_desk_link(desk, "Product", "p1", "categories", "c1"));
    assert_no_error(record_desk_link(desk, "Product", "p1", "categories", "c1"));
    assert_no_error(record_desk_link(desk, "Category", "c1", "products", "p2"));
    assert_int_equal(count_linked(desk, "Product", "p1", "categories"), 1);
    assert_int_equal(count_linked(desk, "Category", "c1", "products"), 2);
    assert_int_equal(record_desk_total(desk, "ProductCategory", ""), 2);
    assert_counters_are_exact(desk);
}

static void test_unlink_removes_what_is_linked(void **state)
{
    RecordDesk *desk = *state;
    add_records(desk);
    assert_no_error(record_desk_link(desk, "Product", "p1", "categories", "c1"));
    assert_no_error(record_desk_unlink(desk, "Category", "c1", "products", "p1"));
    assert_int_equal(count_linked(desk, "Product", "p1", "categories"), 0);
    assert_problem(record_desk_unlink(desk, "Product", "p1", "categories", "c1"), "c1",
                   "notLinked");
    assert_no_error(record_desk_link(desk, "Product", "p1", "categories", "c1"));
    assert_int_equal(count_linked(desk, "Product", "p1", "categories"), 1);
    assert_counters_are_exact(desk);
}

static void test_link_of_one_sets_the_value(void **state)
{
    RecordDesk *desk = *state;
    add_records(desk);
    assert_no_error(record_desk_link(desk, "Product", "p1", "brand", "b1"));
    assert_no_error(record_desk_link(desk, "Brand", "b1", "products", "p2"));
    assert_int_equal(count_linked(desk, "Brand", "b1", "products"), 2);
    assert_int_equal(count_linked(desk, "Product", "p1", "brand"), 1);
    assert_code(record_desk_unlink(desk, "Product", "p1", "brand", "b9"), "nothingToLink");
    assert_no_error(record_desk_unlink(desk, "Product", "p1", "brand", "b1"));
    assert_no_error(record_desk_unlink(desk, "Brand", "b1", "products", "p2"));
    assert_int_equal(count_linked(desk, "Brand", "b1", "products"), 0);
}

static void test_link_needs_both_records(void **state)
{
    RecordDesk *desk = *state;
    add_records(desk);
    assert_int_equal(record_desk_link(desk, "Product", "p9", "categories", "c1")->kind,
                     ERROR_NOT_FOUND);
    assert_problem(record_desk_link(desk, "Product", "p1", "categories", "c9"), "c9",
                   "noSuchRecord");
    assert_problem(record_desk_link(desk, "Product", "p1", "brand", "b9"), "brand", "noSuchRecord");
    assert_no_error(record_desk_delete(desk, "Category", "c1", false));
    assert_problem(record_desk_link(desk, "Product", "p1", "categories", "c1"), "c1",
                   "noSuchRecord");
    assert_int_equal(record_desk_total(desk, "ProductCategory", ""), 0);
}

static void test_links_to_trashed_records_are_hidden_and_come_back(void **state)
{
    RecordDesk *desk = *state;
    bool is_restored;
    add_records(desk);
    assert_no_error(record_desk_link(desk, "Product", "p1", "categories", "c1"));
    assert_no_error(record_desk_delete(desk, "Category", "c1", false));
    assert_int_equal(count_linked(desk, "Product", "p1", "categories"), 0);
    assert_no_error(record_desk_restore(desk, "Category", "c1", &is_restored));
    assert_int_equal(count_linked(desk, "Product", "p1", "categories"), 1);
}

/* An association is more than its two ends: it can't be made by a list of ids. */
static void test_link_refuses_what_needs_more_than_ids(void **state)
{
    RecordDesk *desk = *state;
    add_records(desk);
    assert_code(record_desk_link(desk, "Product", "p1", "associatedItems", "p2"), "noSuchLink");
}

static void test_link_of_the_server_is_immutable(void **state)
{
    RecordDesk *desk = *state;
    add_records(desk);
    assert_code(record_desk_link(desk, "Product", "p1", "createdBy", "u1"), "immutable");
    assert_code(record_desk_unlink(desk, "Product", "p1", "modifiedBy", "u1"), "immutable");
}

static void test_link_needs_the_right(void **state)
{
    RecordDesk *desk = *state;
    add_records(desk);
    desk->caller.is_admin = false;
    assert_code(record_desk_link(desk, "Product", "p1", "categories", "c1"), "forbidden");
    assert_code(record_desk_unlink(desk, "Product", "p1", "categories", "c1"), "forbidden");
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, record_desk_open, record_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_link_adds_once_and_is_seen_from_both_sides),
        DESK_TEST(test_unlink_removes_what_is_linked),
        DESK_TEST(test_link_of_one_sets_the_value),
        DESK_TEST(test_link_needs_both_records),
        DESK_TEST(test_links_to_trashed_records_are_hidden_and_come_back),
        DESK_TEST(test_link_refuses_what_needs_more_than_ids),
        DESK_TEST(test_link_of_the_server_is_immutable),
        DESK_TEST(test_link_needs_the_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
