#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "feature/mass/upsert.h"
#include "record/commit.h"
#include "record_desk.h"
#include "support/failing_driver.h"
#include "support/test_database.h"
#include "support/test_json.h"

typedef struct Outcomes {
    UpsertItem *items;
    size_t count;
} Outcomes;

static Error *run(RecordDesk *desk, const char *items, bool is_dry_run, Outcomes *out)
{
    Task task;
    UpsertOptions options = { .is_dry_run = is_dry_run };
    record_desk_begin(desk, &task);
    Error *error =
        upsert_run(&task, test_json(desk->arena, items), &options, &out->items, &out->count);
    task_end(&task);
    return error;
}

/* One letter an item: Created, Updated, Not modified, Failed. */
static void assert_outcomes(const Outcomes *outcomes, const char *wanted)
{
    char got[64] = "";
    assert_in_range(outcomes->count, 0, sizeof got - 1);
    for (size_t i = 0; i < outcomes->count; i++)
        got[i] = outcomes->items[i].error != NULL ? 'F' : "CUN"[outcomes->items[i].result.outcome];
    assert_string_equal(got, wanted);
}

static void upsert(RecordDesk *desk, const char *items, const char *wanted)
{
    Outcomes outcomes;
    assert_no_error(run(desk, items, false, &outcomes));
    assert_outcomes(&outcomes, wanted);
}

static const char *name_of(RecordDesk *desk, const char *id)
{
    const JsonValue *record = record_desk_read(desk, "Product", id);
    return record == NULL ? "" : str_copy_c(desk->arena, json_find_text(record, STR("name")));
}

static void test_upsert_needs_a_list_of_items(void **state)
{
    RecordDesk *desk = *state;
    Outcomes outcomes;
    assert_code(run(desk, "{}", false, &outcomes), "badParameter");
    assert_code(run(desk, "null", false, &outcomes), "badParameter");
    desk->test.instance.upsert_max_items = 2;
    assert_code(run(desk, "[1,2,3]", false, &outcomes), "badParameter");
    upsert(desk, "[]", "");
    upsert(desk, "[5,null]", "FF");
}

static void test_upsert_tells_what_is_wrong_with_an_item(void **state)
{
    RecordDesk *desk = *state;
    Outcomes outcomes;
    assert_no_error(run(desk,
                        "[5,{},{'entity':'Product'},{'entity':'Product','payload':[]},"
                        "{'entity':'Nothing','payload':{}},{'entity':5,'payload':{}},"
                        "{'entity':'Product','payload':{'price':'x'}}]",
                        false, &outcomes));
    assert_outcomes(&outcomes, "FFFFFFF");
    assert_code(outcomes.items[4].error, "noSuchEntity");
    assert_problem(outcomes.items[6].error, "name", "fieldRequired");
    assert_problem(outcomes.items[6].error, "price", "notANumber");
}

static void test_upsert_matches_by_id_and_by_unique_values(void **state)
{
    RecordDesk *desk = *state;
    upsert(desk,
           "[{'entity':'Product','payload':{'id':'p1','name':'Oak','sku':'S1'}},"
           " {'entity':'Product','payload':{'id':'p1','name':'Elm'}},"
           " {'entity':'Product','payload':{'sku':'S1','name':'Fir'}},"
           " {'entity':'Product','payload':{'id':'p7','sku':'S1','name':'Ash'}},"
           " {'entity':'Product','payload':{'id':'p1','name':'Ash'}},"
           " {'entity':'Product','payload':{'id':'p2','name':'Box','sku':'S2'}},"
           " {'entity':'Product','payload':{'sku':'','name':'Yew'}},"
           " {'entity':'Product','payload':{'sku':null,'name':'Yew'}}]",
           "CUUUNCCC");
    assert_string_equal(name_of(desk, "p1"), "Ash");
    assert_null(record_desk_read(desk, "Product", "p7"));
    assert_int_equal(record_desk_total(desk, "Product", ""), 4);
    assert_counters_are_exact(desk);
}

static void test_upsert_by_id_may_change_the_unique_value(void **state)
{
    RecordDesk *desk = *state;
    Outcomes outcomes;
    upsert(desk,
           "[{'entity':'Product','payload':{'id':'p1','name':'Oak','sku':'S1'}},"
           " {'entity':'Product','payload':{'id':'p2','name':'Elm','sku':'S2'}},"
           " {'entity':'Product','payload':{'id':'p1','sku':'S3'}}]",
           "CCU");
    assert_no_error(
        run(desk, "[{'entity':'Product','payload':{'id':'p1','sku':'S2'}}]", false, &outcomes));
    assert_problem(outcomes.items[0].error, "sku", "notUnique");
}

static void test_upsert_matches_by_a_whole_tuple(void **state)
{
    RecordDesk *desk = *state;
    upsert(
        desk,
        "[{'entity':'Product','payload':{'id':'p1','name':'Oak'}},"
        " {'entity':'Category','payload':{'id':'c1','name':'Trees'}},"
        " {'entity':'ProductCategory','payload':{'productId':'p1','categoryId':'c1'}},"
        " {'entity':'ProductCategory','payload':{'productId':'p1','categoryId':'c1','sorting':3}},"
        " {'entity':'ProductCategory','payload':{'productId':'p1','categoryId':'c1','sorting':3}},"
        " {'entity':'ProductCategory','payload':{'productId':'p1','sorting':4}}]",
        "CCCUNF");
    assert_int_equal(record_desk_total(desk, "ProductCategory", ""), 1);
}

static void test_upsert_by_id_keeps_tuples_apart(void **state)
{
    RecordDesk *desk = *state;
    Outcomes outcomes;
    /* a relation row: one by its id, another by its pair */
    upsert(
        desk,
        "[{'entity':'Product','payload':{'id':'p1','name':'Oak'}},"
        " {'entity':'Category','payload':{'id':'c1','name':'Trees'}},"
        " {'entity':'Category','payload':{'id':'c2','name':'Wood'}},"
        " {'entity':'ProductCategory','payload':{'id':'r1','productId':'p1','categoryId':'c1'}},"
        " {'entity':'ProductCategory','payload':{'id':'r2','productId':'p1','categoryId':'c2'}}]",
        "CCCCC");
    assert_no_error(run(desk,
                        "[{'entity':'ProductCategory','payload':{'id':'r1','productId':'p1',"
                        "'categoryId':'c2'}}]",
                        false, &outcomes));
    assert_problem(outcomes.items[0].error, "product", "notUnique");
}

static void test_upsert_undoes_only_the_item_that_fails(void **state)
{
    RecordDesk *desk = *state;
    upsert(desk,
           "[{'entity':'Category','payload':{'id':'c1','name':'Trees'}},"
           " {'entity':'Product','payload':{'id':'p1','name':'Oak','categoriesIds':['c1','none']}},"
           " {'entity':'Product','payload':{'id':'p2','name':'Elm','categoriesIds':['c1']}},"
           " {'entity':'Product','payload':{'id':'p2','name':'','categoriesIds':[]}},"
           " {'entity':'Product','payload':{'id':'p3','name':'Fir','brandId':'b1'}},"
           " {'entity':'Brand','payload':{'id':'b1','name':'Acme'}},"
           " {'entity':'Product','payload':{'id':'p3','name':'Fir','brandId':'b1'}}]",
           "CFCFFCC");
    assert_null(record_desk_read(desk, "Product", "p1"));
    assert_string_equal(name_of(desk, "p2"), "Elm");
    assert_int_equal(record_desk_total(desk, "ProductCategory", ""), 1);
    assert_counters_are_exact(desk);
}

static void test_upsert_answers_with_the_record(void **state)
{
    RecordDesk *desk = *state;
    Outcomes outcomes;
    const char *items = "[{'entity':'Product','payload':{'id':'p1','name':'Oak'}}]";
    assert_no_error(run(desk, items, false, &outcomes));
    const JsonValue *record =
        test_json(desk->arena, str_copy_c(desk->arena, outcomes.items[0].record));
    assert_true(json_equal(record, record_desk_read(desk, "Product", "p1")));
    assert_no_error(run(desk, items, false, &outcomes));
    assert_outcomes(&outcomes, "N");
    assert_true(str_is_none(outcomes.items[0].record));
}

static void test_upsert_twice_gives_the_same_state(void **state)
{
    RecordDesk *desk = *state;
    const char *items =
        "[{'entity':'Brand','payload':{'code':'B','name':'Acme'}},"
        " {'entity':'Product','payload':{'sku':'S1','name':'Oak','price':2}},"
        " {'entity':'Product','payload':{'sku':'S2','name':'Elm','taskStatus':['mar']}}]";
    upsert(desk, items, "CCC");
    upsert(desk, items, "NNN");
    assert_int_equal(record_desk_total(desk, "Product", ""), 2);
}

static void test_upsert_dry_run_stores_nothing_and_sees_earlier_items(void **state)
{
    RecordDesk *desk = *state;
    Outcomes outcomes;
    uint64_t commits, jobs, commits_after, jobs_after;
    upsert(desk, "[{'entity':'Product','payload':{'id':'p1','name':'Oak','sku':'S1'}}]", "C");
    lane_counts(desk->test.instance.lane, &commits, &jobs);
    assert_no_error(
        run(desk,
            "[{'entity':'Product','payload':{'id':'p1','name':'Elm'}},"
            " {'entity':'Product','payload':{'sku':'S1','name':'Oak'}},"
            " {'entity':'Category','payload':{'id':'c1','name':'Trees'}},"
            " {'entity':'Product','payload':{'sku':'S9','name':'Fir','categoriesIds':['c1']}},"
            " {'entity':'Product','payload':{'name':''}},"
            " {'entity':'Product','payload':{'name':'Ash','brandId':'b1'}}]",
            true, &outcomes));
    assert_outcomes(&outcomes, "UUCCFF");
    lane_counts(desk->test.instance.lane, &commits_after, &jobs_after);
    assert_int_equal(jobs_after, jobs);
    assert_int_equal(record_desk_total(desk, "Product", ""), 1);
    assert_int_equal(record_desk_total(desk, "Category", ""), 0);
    assert_string_equal(name_of(desk, "p1"), "Oak");
}

static void test_upsert_checks_the_right_of_each_item(void **state)
{
    RecordDesk *desk = *state;
    Outcomes outcomes;
    desk->caller.is_admin = false;
    assert_no_error(run(desk, "[{'entity':'Product','payload':{'name':'Oak'}}]", false, &outcomes));
    assert_code(outcomes.items[0].error, "forbidden");
    assert_no_error(run(desk, "[{'entity':'Product','payload':{'name':'Oak'}}]", true, &outcomes));
    assert_code(outcomes.items[0].error, "forbidden");
}

/* ---- slices ---- */

static const char *many_products(RecordDesk *desk, size_t count)
{
    Buf buf;
    buf_init(&buf, desk->arena, (size_t)4 << 20);
    for (size_t i = 0; i < count; i++)
        buf_format(&buf, "%s{'entity':'Product','payload':{'id':'p%zu','name':'Oak'}}",
                   i == 0 ? "[" : ",", i);
    buf_append(&buf, STR("]"));
    return str_copy_c(desk->arena, buf_str(&buf));
}

static void test_upsert_commits_long_lists_in_slices(void **state)
{
    RecordDesk *desk = *state;
    Outcomes outcomes;
    uint64_t commits, jobs, commits_after, jobs_after;
    size_t count = UPSERT_SLICE_ITEMS + 200;
    desk->test.instance.upsert_max_items = count;
    lane_counts(desk->test.instance.lane, &commits, &jobs);
    assert_no_error(run(desk, many_products(desk, count), false, &outcomes));
    lane_counts(desk->test.instance.lane, &commits_after, &jobs_after);
    assert_true(commits_after >= commits + 2);
    for (size_t i = 0; i < count; i++)
        assert_null(outcomes.items[i].error);
    assert_int_equal(record_desk_total(desk, "Product", ""), count);
    assert_counters_are_exact(desk);
}

/* A lane whose connections, however many it has, fail the second commit. */
static void use_double(RecordDesk *desk, FailingDriver *driver)
{
    Instance *instance = &desk->test.instance;
    lane_stop(instance->lane);
    failing_driver_wrap(driver, instance->database);
    driver->plan =
        (FailPlan){ .point = FAIL_COMMIT, .skip = 1, .times = 1, .kind = ERROR_STORAGE_FULL };
    assert_no_error(lane_start(desk->arena, instance->database, &record_commit_hooks, instance, 100,
                               &instance->lane));
}

static void test_upsert_tells_which_slices_were_stored(void **state)
{
    static FailingDriver driver; /* outlives the database */
    RecordDesk *desk = *state;
    Outcomes outcomes;
    size_t count = UPSERT_SLICE_ITEMS + 200;
    desk->test.instance.upsert_max_items = count;
    use_double(desk, &driver);
    assert_no_error(run(desk, many_products(desk, count), false, &outcomes));
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        Str id = str_format(desk->arena, "p%zu", i);
        bool is_stored = record_desk_read(desk, "Product", str_copy_c(desk->arena, id)) != NULL;
        assert_int_equal(is_stored, outcomes.items[i].error == NULL);
        if (is_stored)
            continue;
        assert_int_equal(outcomes.items[i].error->kind, ERROR_STORAGE_FULL);
        failed++;
    }
    assert_int_equal(driver.failures, 1);
    assert_in_range(failed, 1, count - 1);
    assert_counters_are_exact(desk);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, record_desk_open, record_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_upsert_needs_a_list_of_items),
        DESK_TEST(test_upsert_tells_what_is_wrong_with_an_item),
        DESK_TEST(test_upsert_matches_by_id_and_by_unique_values),
        DESK_TEST(test_upsert_by_id_may_change_the_unique_value),
        DESK_TEST(test_upsert_matches_by_a_whole_tuple),
        DESK_TEST(test_upsert_by_id_keeps_tuples_apart),
        DESK_TEST(test_upsert_undoes_only_the_item_that_fails),
        DESK_TEST(test_upsert_answers_with_the_record),
        DESK_TEST(test_upsert_twice_gives_the_same_state),
        DESK_TEST(test_upsert_dry_run_stores_nothing_and_sees_earlier_items),
        DESK_TEST(test_upsert_checks_the_right_of_each_item),
        DESK_TEST(test_upsert_commits_long_lists_in_slices),
        DESK_TEST(test_upsert_tells_which_slices_were_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
