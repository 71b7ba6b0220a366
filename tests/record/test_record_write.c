#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/id.h"
#include "record_desk.h"
#include "support/test_database.h"
#include "support/test_json.h"

static const char *text_of(RecordDesk *desk, const JsonValue *record, const char *key)
{
    Str text = json_find_text(record, str_from(key));
    return str_is_none(text) ? NULL : str_copy_c(desk->arena, text);
}

static void add_product(RecordDesk *desk, const char *id, const char *name)
{
    Str body = str_format(desk->arena, "{'id':'%s','name':'%s'}", id, name);
    assert_no_error(record_desk_create(desk, "Product", str_copy_c(desk->arena, body), NULL));
}

/* ---- create ---- */

static void test_create_fills_what_the_client_left_out(void **state)
{
    RecordDesk *desk = *state;
    RecordResult result;
    assert_no_error(record_desk_create(desk, "Product", "{'name':' Oak '}", &result));
    assert_int_equal(result.outcome, RECORD_CREATED);
    assert_int_equal(result.id.len, ID_LEN);
    const JsonValue *record = record_desk_read(desk, "Product", str_copy_c(desk->arena, result.id));
    assert_string_equal(text_of(desk, record, "name"), "Oak");
    assert_string_equal(text_of(desk, record, "productStatus"), "draft");
    assert_string_equal(text_of(desk, record, "createdById"), "u1");
    assert_string_equal(text_of(desk, record, "modifiedById"), "u1");
    assert_string_equal(text_of(desk, record, "ownerUserId"), "u1");
    assert_string_equal(text_of(desk, record, "assignedUserId"), "u1");
    assert_non_null(text_of(desk, record, "createdAt"));
    assert_true(json_is_null(json_find(record, STR("sku"))));
    assert_int_equal(json_find(record, STR("categoriesIds"))->list.count, 0);
}

static void test_create_passes_over_what_a_client_may_not_set(void **state)
{
    RecordDesk *desk = *state;
    assert_no_error(record_desk_create(
        desk, "Product",
        "{'id':'p1','name':'Oak','deleted':true,'createdAt':'2001-01-01 00:00:00',"
        "'createdById':'u9','modifiedById':'u9','brandName':'x','nonsense':{'a':[1]}}",
        NULL));
    const JsonValue *record = record_desk_read(desk, "Product", "p1");
    assert_non_null(record);
    assert_string_equal(text_of(desk, record, "createdById"), "u1");
    assert_string_not_equal(text_of(desk, record, "createdAt"), "2001-01-01 00:00:00");
    assert_null(json_find(record, STR("nonsense")));
}

static void test_create_tells_all_problems_at_once(void **state)
{
    RecordDesk *desk = *state;
    const Error *error = record_desk_create(
        desk, "Product",
        "{'name':'  ','price':'x','rrp':-1,'productStatus':'nonsense','taskStatus':['mar','no'],"
        "'brandId':'nobody','categoriesIds':['c1'],'data':5}",
        NULL);
    assert_problem(error, "name", "fieldRequired");
    assert_problem(error, "price", "notANumber");
    assert_problem(error, "rrp", "outOfRange");
    assert_problem(error, "productStatus", "noSuchOption");
    assert_problem(error, "taskStatus", "noSuchOption");
    assert_problem(error, "brand", "noSuchRecord");
    assert_problem(error, "categories", "noSuchRecord");
    assert_problem(error, "data", "notAnObject");
    assert_int_equal(record_desk_total(desk, "Product", ""), 0);
}

static void test_create_needs_an_object(void **state)
{
    RecordDesk *desk = *state;
    static const char *const bodies[] = { "null", "[]", "'x'", "5" };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        assert_code(record_desk_create(desk, "Product", bodies[i], NULL), "bodyRequired");
}

static void test_create_keeps_unique_values_apart(void **state)
{
    RecordDesk *desk = *state;
    const char *body = "{'name':'Oak','sku':'S1'}";
    assert_no_error(record_desk_create(desk, "Product", body, NULL));
    assert_problem(record_desk_create(desk, "Product", body, NULL), "sku", "notUnique");
    assert_no_error(record_desk_create(desk, "Product", "{'name':'Oak','sku':'s1'}", NULL));
    for (int i = 0; i < 2; i++) { /* empty ones are not compared */
        assert_no_error(record_desk_create(desk, "Product", "{'name':'A','sku':''}", NULL));
        assert_no_error(record_desk_create(desk, "Product", "{'name':'B','sku':null}", NULL));
    }
    assert_int_equal(record_desk_total(desk, "Product", ""), 6);
    assert_counters_are_exact(desk);
}

static void test_create_takes_an_id_only_once(void **state)
{
    RecordDesk *desk = *state;
    add_product(desk, "p1", "Oak");
    const Error *error = record_desk_create(desk, "Product", "{'id':'p1','name':'Elm'}", NULL);
    assert_code(error, "duplicate");
    assert_int_equal(error->kind, ERROR_CONFLICT);
    assert_problem(record_desk_create(desk, "Product", "{'id':'a b','name':'Elm'}", NULL), "id",
                   "badId");
    assert_problem(record_desk_create(desk, "Product", "{'id':'action','name':'Elm'}", NULL), "id",
                   "badId");
    assert_string_equal(text_of(desk, record_desk_read(desk, "Product", "p1"), "name"), "Oak");
}

static void test_create_with_the_id_of_a_trashed_record_replaces_it(void **state)
{
    RecordDesk *desk = *state;
    bool is_restored = true;
    add_product(desk, "p1", "Oak");
    assert_no_error(record_desk_delete(desk, "Product", "p1", false));
    add_product(desk, "p1", "Elm");
    assert_string_equal(text_of(desk, record_desk_read(desk, "Product", "p1"), "name"), "Elm");
    assert_no_error(record_desk_restore(desk, "Product", "p1", &is_restored));
    assert_false(is_restored);
    assert_int_equal(record_desk_number(desk, "SELECT count(*) FROM product"), 1);
    assert_counters_are_exact(desk);
}

static void test_create_needs_the_right(void **state)
{
    RecordDesk *desk = *state;
    desk->caller.is_admin = false;
    assert_code(record_desk_create(desk, "Product", "{'name':'Oak'}", NULL), "forbidden");
    desk->caller = caller_anonymous;
    assert_int_equal(record_desk_create(desk, "Product", "{'name':'Oak'}", NULL)->kind,
                     ERROR_UNAUTHENTICATED);
    assert_int_equal(record_desk_number(desk, "SELECT count(*) FROM product"), 0);
}

/* ---- update ---- */

static void test_update_changes_only_what_is_given(void **state)
{
    RecordDesk *desk = *state;
    RecordResult result;
    add_product(desk, "p1", "Oak");
    assert_no_error(record_desk_update(desk, "Product", "p1", "{'price':2.5}", &result));
    assert_int_equal(result.outcome, RECORD_UPDATED);
    const JsonValue *record = record_desk_read(desk, "Product", "p1");
    assert_string_equal(text_of(desk, record, "name"), "Oak");
    assert_true(json_equal(json_find(record, STR("price")), test_json(desk->arena, "2.5")));
}

static void test_update_without_a_difference_is_none(void **state)
{
    RecordDesk *desk = *state;
    static const char *const bodies[] = {
        "{}",
        "{'name':'Oak'}",
        "{'name':' Oak '}",
        "{'price':3}",
        "{'price':3.0}",
        "{'price':'3'}",
        "{'brandName':'x'}",
        "{'nonsense':1}",
        "{'id':'p2'}",
        "{'deleted':true}",
        "{'createdById':'u9'}",
        "{'data':{'b':[1],'a':2}}",
        "{'categoriesIds':['c1']}",
        "{'categoriesNames':{'c9':'x'}}",
        "{'taskStatus':['mar']}",
    };
    assert_no_error(record_desk_create(desk, "Category", "{'id':'c1','name':'Trees'}", NULL));
    assert_no_error(record_desk_create(desk, "Product",
                                       "{'id':'p1','name':'Oak','price':3,'data':{'a':2,'b':[1]},"
                                       "'categoriesIds':['c1'],'taskStatus':['mar']}",
                                       NULL));
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        RecordResult result;
        assert_no_error(record_desk_update(desk, "Product", "p1", bodies[i], &result));
        if (result.outcome != RECORD_UNCHANGED)
            fail_msg("%s counts as a change", bodies[i]);
    }
}

static void test_update_checks_as_create_does(void **state)
{
    RecordDesk *desk = *state;
    assert_no_error(record_desk_create(desk, "Product", "{'name':'Elm','sku':'S1'}", NULL));
    add_product(desk, "p1", "Oak");
    assert_problem(record_desk_update(desk, "Product", "p1", "{'name':''}", NULL), "name",
                   "fieldRequired");
    assert_problem(record_desk_update(desk, "Product", "p1", "{'name':null}", NULL), "name",
                   "fieldRequired");
    assert_problem(record_desk_update(desk, "Product", "p1", "{'sku':'S1'}", NULL), "sku",
                   "notUnique");
    assert_problem(record_desk_update(desk, "Product", "p1", "{'brandId':'none'}", NULL), "brand",
                   "noSuchRecord");
    assert_int_equal(record_desk_update(desk, "Product", "p2", "{}", NULL)->kind, ERROR_NOT_FOUND);
    assert_no_error(record_desk_update(desk, "Product", "p1", "{'sku':'S2'}", NULL));
    assert_no_error(record_desk_update(desk, "Product", "p1", "{'sku':'S2','price':1}", NULL));
}

static void test_update_keeps_a_link_to_a_record_that_went_away(void **state)
{
    RecordDesk *desk = *state;
    assert_no_error(record_desk_create(desk, "Brand", "{'id':'b1','name':'Acme'}", NULL));
    assert_no_error(
        record_desk_create(desk, "Product", "{'id':'p1','name':'Oak','brandId':'b1'}", NULL));
    assert_no_error(record_desk_delete(desk, "Brand", "b1", false));
    assert_no_error(
        record_desk_update(desk, "Product", "p1", "{'name':'Elm','brandId':'b1'}", NULL));
    const JsonValue *record = record_desk_read(desk, "Product", "p1");
    assert_string_equal(text_of(desk, record, "brandId"), "b1");
    assert_true(json_is_null(json_find(record, STR("brandName"))));
    assert_no_error(record_desk_update(desk, "Product", "p1", "{'brandId':''}", NULL));
    record = record_desk_read(desk, "Product", "p1");
    assert_true(json_is_null(json_find(record, STR("brandId"))));
}

static void test_update_sets_links_as_a_whole_list(void **state)
{
    RecordDesk *desk = *state;
    RecordResult result;
    assert_no_error(record_desk_create(desk, "Category", "{'id':'c1','name':'Trees'}", NULL));
    assert_no_error(record_desk_create(desk, "Category", "{'id':'c2','name':'Wood'}", NULL));
    assert_no_error(record_desk_create(
        desk, "Product", "{'id':'p1','name':'Oak','categoriesIds':['c1','c1']}", NULL));
    assert_int_equal(record_desk_total(desk, "ProductCategory", ""), 1);
    assert_no_error(record_desk_update(desk, "Product", "p1", "{'categoriesIds':['c2']}", &result));
    assert_int_equal(result.outcome, RECORD_UPDATED);
    const JsonValue *ids = json_find(record_desk_read(desk, "Product", "p1"), STR("categoriesIds"));
    assert_int_equal(ids->list.count, 1);
    assert_true(str_equal(ids->list.items[0].text, STR("c2")));
    assert_no_error(record_desk_update(desk, "Product", "p1", "{'categoriesIds':null}", NULL));
    assert_int_equal(record_desk_total(desk, "ProductCategory", ""), 0);
    assert_problem(record_desk_update(desk, "Product", "p1", "{'categoriesIds':'c1'}", NULL),
                   "categories", "notAList");
    assert_problem(record_desk_update(desk, "Product", "p1", "{'categoriesIds':[5]}", NULL),
                   "categories", "badId");
    assert_counters_are_exact(desk);
}

/* ---- delete and restore ---- */

static void test_delete_puts_into_the_trash_and_restore_takes_out(void **state)
{
    RecordDesk *desk = *state;
    bool is_restored = false;
    add_product(desk, "p1", "Oak");
    assert_no_error(record_desk_delete(desk, "Product", "p1", false));
    assert_null(record_desk_read(desk, "Product", "p1"));
    assert_int_equal(record_desk_total(desk, "Product", ""), 0);
    assert_int_equal(record_desk_delete(desk, "Product", "p1", false)->kind, ERROR_NOT_FOUND);
    assert_int_equal(record_desk_update(desk, "Product", "p1", "{'name':'x'}", NULL)->kind,
                     ERROR_NOT_FOUND);
    assert_no_error(record_desk_restore(desk, "Product", "p1", &is_restored));
    assert_true(is_restored);
    assert_non_null(record_desk_read(desk, "Product", "p1"));
    assert_no_error(record_desk_restore(desk, "Product", "p1", &is_restored));
    assert_false(is_restored);
    assert_int_equal(record_desk_restore(desk, "Product", "p9", &is_restored)->kind,
                     ERROR_NOT_FOUND);
    assert_counters_are_exact(desk);
}

static void test_restore_refuses_a_value_that_was_taken_meanwhile(void **state)
{
    RecordDesk *desk = *state;
    bool is_restored = false;
    assert_no_error(
        record_desk_create(desk, "Product", "{'id':'p1','name':'Oak','sku':'S1'}", NULL));
    assert_no_error(record_desk_delete(desk, "Product", "p1", false));
    assert_no_error(record_desk_create(desk, "Product", "{'name':'Elm','sku':'S1'}", NULL));
    assert_problem(record_desk_restore(desk, "Product", "p1", &is_restored), "sku", "notUnique");
    assert_int_equal(record_desk_total(desk, "Product", ""), 1);
    assert_counters_are_exact(desk);
}

static void test_delete_for_good_leaves_nothing(void **state)
{
    RecordDesk *desk = *state;
    bool is_restored;
    assert_no_error(record_desk_create(desk, "Category", "{'id':'c1','name':'Trees'}", NULL));
    assert_no_error(record_desk_create(desk, "Product",
                                       "{'id':'p1','name':'Oak','categoriesIds':['c1']}", NULL));
    add_product(desk, "p2", "Elm");
    assert_no_error(record_desk_delete(desk, "Product", "p1", true));
    assert_no_error(record_desk_delete(desk, "Product", "p2", false));
    assert_no_error(record_desk_delete(desk, "Product", "p2", true));
    assert_int_equal(record_desk_restore(desk, "Product", "p1", &is_restored)->kind,
                     ERROR_NOT_FOUND);
    assert_int_equal(record_desk_number(desk, "SELECT count(*) FROM product"), 0);
    assert_int_equal(record_desk_number(desk, "SELECT count(*) FROM product_category"), 0);
    assert_int_equal(record_desk_number(desk, "SELECT count(*) FROM product_search"), 0);
    assert_counters_are_exact(desk);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, record_desk_open, record_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_create_fills_what_the_client_left_out),
        DESK_TEST(test_create_passes_over_what_a_client_may_not_set),
        DESK_TEST(test_create_tells_all_problems_at_once),
        DESK_TEST(test_create_needs_an_object),
        DESK_TEST(test_create_keeps_unique_values_apart),
        DESK_TEST(test_create_takes_an_id_only_once),
        DESK_TEST(test_create_with_the_id_of_a_trashed_record_replaces_it),
        DESK_TEST(test_create_needs_the_right),
        DESK_TEST(test_update_changes_only_what_is_given),
        DESK_TEST(test_update_without_a_difference_is_none),
        DESK_TEST(test_update_checks_as_create_does),
        DESK_TEST(test_update_keeps_a_link_to_a_record_that_went_away),
        DESK_TEST(test_update_sets_links_as_a_whole_list),
        DESK_TEST(test_delete_puts_into_the_trash_and_restore_takes_out),
        DESK_TEST(test_restore_refuses_a_value_that_was_taken_meanwhile),
        DESK_TEST(test_delete_for_good_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
