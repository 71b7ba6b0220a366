#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "feature/demo/demo.h"
#include "feature/demo/demo_german.h"
#include "feature/demo/demo_product.h"
#include "feature/demo/demo_words.h"
#include "feature/user/user.h"
#include "query/counter.h"
#include "query/lookup.h"
#include "record/commit.h"
#include "record/record.h"
#include "support/test_instance.h"

#define PRODUCTS 293

static void succeed(const Error *error)
{
    if (error != NULL)
        fail_msg("%.*s (%.*s) at %s:%d", STR_ARGS(error->reason), STR_ARGS(error->detail),
                 error->file, error->line);
}

static int open_instance(void **state)
{
    static TestInstance test;
    test_instance_open(&test, &record_commit_hooks);
    *state = &test;
    return 0;
}

static int close_instance(void **state)
{
    test_instance_close(*state);
    return 0;
}

static void begin(TestInstance *test, Task *out)
{
    test_instance_begin_task(test, out);
    out->caller = &user_system_caller;
}

static void load(TestInstance *test)
{
    Task task;
    begin(test, &task);
    succeed(demo_load(&task));
    test_instance_end_task(&task);
}

static Counter read_counter(TestInstance *test, const char *entity)
{
    Task task;
    Counter counter = { 0 };
    begin(test, &task);
    succeed(task_reader(&task));
    succeed(counter_read(task.sql, schema_find_entity(task.schema, str_from(entity)), &counter));
    test_instance_end_task(&task);
    return counter;
}

/* The stored value of a field of a live record; fails when there is no such record. */
static SqlValue read_field(Task *task, const char *entity_name, Str id, const char *field)
{
    const Entity *entity = schema_find_entity(task->schema, str_from(entity_name));
    const Column *column = entity_find_field(entity, str_from(field))->column;
    LookupMatch match = { .column = entity->id->column, .value = sql_text(id) };
    Lookup lookup = {
        .entity = entity, .matches = &match, .match_count = 1, .columns = &column, .column_count = 1
    };
    SqlValue value = sql_null();
    bool is_found = false;
    succeed(task_reader(task));
    succeed(lookup_find(task->sql, &lookup, &value, &is_found));
    if (!is_found)
        fail_msg("there is no %s '%.*s'", entity_name, STR_ARGS(id));
    return value;
}

static void assert_german(Str english)
{
    if (str_is_none(demo_german_find(english)))
        fail_msg("no German for '%.*s'", STR_ARGS(english));
}

static void test_demo_loads_every_record(void **state)
{
    static const struct {
        const char *entity;
        int64_t count;
    } cases[] = {
        { "Category", DEMO_GROUPS + DEMO_RANGES },
        { "Brand", DEMO_BRANDS },
        { "Channel", DEMO_CHANNELS },
        { "Association", DEMO_ASSOCIATIONS },
        { "Product", PRODUCTS },
    };
    load(*state);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(read_counter(*state, cases[i].entity).live, cases[i].count);
    assert_in_range(read_counter(*state, "AssociatedProduct").live, 150, 293);
    assert_in_range(read_counter(*state, "ProductCategory").live, PRODUCTS, 2 * PRODUCTS);
    assert_in_range(read_counter(*state, "ProductChannel").live, PRODUCTS, 4 * PRODUCTS);
}

static void test_demo_has_german_for_every_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < DEMO_GROUPS; i++)
        assert_german(demo_groups[i].name);
    for (size_t i = 0; i < DEMO_CHANNELS; i++)
        assert_german(demo_channels[i].name);
    for (size_t i = 0; i < DEMO_ASSOCIATIONS; i++)
        assert_german(demo_associations[i].name);
    for (size_t i = 0; i < DEMO_RANGES; i++) {
        assert_german(demo_ranges[i].name);
        for (size_t j = 0; j < DEMO_RANGE_KINDS; j++)
            assert_german(demo_ranges[i].kinds[j].name);
    }
    assert_true(str_equal(demo_german(STR("Lunch Box")), STR("Brotdose")));
    assert_true(str_equal(demo_german(STR("A4")), STR("A4")));
}

static void test_demo_loads_in_well_under_a_second(void **state)
{
    int64_t begin_us = clock_monotonic_us();
    load(*state);
    int64_t took_us = clock_monotonic_us() - begin_us;
    print_message("loaded in %d ms\n", (int)(took_us / 1000));
    /* Sanitizers and a busy machine take their share. */
    assert_in_range(took_us, 0, 5000000);
}

static void test_demo_loads_through_a_small_upsert_limit(void **state)
{
    TestInstance *test = *state;
    test->instance.upsert_max_items = 7;
    load(test);
    assert_int_equal(read_counter(test, "Product").live, PRODUCTS);
}

static void test_demo_loaded_again_changes_nothing(void **state)
{
    static const char *const entities[] = { "Category",    "Brand",   "Channel",
                                            "Association", "Product", "AssociatedProduct" };
    Counter before[6];
    load(*state);
    for (size_t i = 0; i < 6; i++)
        before[i] = read_counter(*state, entities[i]);
    load(*state);
    for (size_t i = 0; i < 6; i++) {
        Counter after = read_counter(*state, entities[i]);
        assert_int_equal(after.live, before[i].live);
        assert_int_equal(after.version, before[i].version);
    }
}

static Error *trash_all(Task *task, void *context)
{
    const Entity *entity = schema_find_entity(task->schema, STR("Product"));
    (void)context;
    for (size_t i = 1; i <= PRODUCTS; i++)
        TRY(record_delete(task, entity, demo_id(task->arena, "product", i), false));
    return NULL;
}

static void test_demo_does_not_come_back_from_the_trash(void **state)
{
    Task task;
    load(*state);
    begin(*state, &task);
    succeed(task_write(&task, trash_all, NULL));
    test_instance_end_task(&task);
    load(*state);
    assert_int_equal(read_counter(*state, "Product").live, 0);
}

static void test_demo_leaves_a_catalogue_alone(void **state)
{
    static const TestValue trashed[] = { { "id", { .kind = SQL_TEXT, .text = { "own", 3 } } },
                                         { "name", { .kind = SQL_TEXT, .text = { "Own", 3 } } },
                                         { "deleted", { .kind = SQL_INT, .integer = 1 } },
                                         { NULL, { .kind = SQL_NULL } } };
    test_instance_insert(*state, "Brand", trashed);
    load(*state);
    assert_int_equal(read_counter(*state, "Product").live, 0);
    assert_int_equal(read_counter(*state, "Category").live, 0);
}

static bool is_ean(Str text)
{
    unsigned sum = 0;
    if (text.len != 13)
        return false;
    for (size_t i = 0; i < 13; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        sum += (unsigned)(text.data[i] - '0') * (i % 2 == 0 ? 1 : 3);
    }
    return sum % 10 == 0;
}

static void test_demo_products_have_valid_eans(void **state)
{
    Task task;
    load(*state);
    begin(*state, &task);
    for (size_t i = 1; i <= PRODUCTS; i++) {
        SqlValue ean = read_field(&task, "Product", demo_id(task.arena, "product", i), "ean");
        if (ean.kind != SQL_TEXT || !is_ean(ean.text))
            fail_msg("product %zu: '%.*s' is no EAN", i, STR_ARGS(ean.text));
    }
    test_instance_end_task(&task);
}

static void test_demo_products_are_spread_over_statuses_and_brands(void **state)
{
    static const char *const statuses[] = { "draft", "prepared", "reviewed", "notReady", "ready" };
    size_t status_counts[5] = { 0 };
    size_t inactive = 0;
    size_t without_brand = 0;
    Task task;
    load(*state);
    begin(*state, &task);
    for (size_t i = 1; i <= PRODUCTS; i++) {
        Str id = demo_id(task.arena, "product", i);
        Str status = read_field(&task, "Product", id, "productStatus").text;
        for (size_t s = 0; s < 5; s++)
            status_counts[s] += str_equal(status, str_from(statuses[s]));
        inactive += read_field(&task, "Product", id, "isActive").integer == 0;
        without_brand += read_field(&task, "Product", id, "brand").kind == SQL_NULL;
    }
    test_instance_end_task(&task);
    for (size_t s = 0; s < 5; s++)
        assert_in_range(status_counts[s], 20, PRODUCTS);
    assert_in_range(inactive, 20, 100);
    assert_in_range(without_brand, 20, 60);
}

static void test_demo_shows_one_product_as_written(void **state)
{
    Task task;
    load(*state);
    begin(*state, &task);
    Str id = STR("demo-product-0001");
    Str name = read_field(&task, "Product", id, "name").text;
    Str sku = read_field(&task, "Product", id, "sku").text;
    assert_true(str_equal(name, STR("Kaldera Café Press, 0.5 l")));
    assert_true(str_equal(sku, STR("KAL-COF-001-05")));
    assert_true(read_field(&task, "Product", id, "price").real == 27.95);
    test_instance_end_task(&task);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, open_instance, close_instance)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_demo_loads_every_record),
        CASE(test_demo_has_german_for_every_name),
        CASE(test_demo_loads_in_well_under_a_second),
        CASE(test_demo_loads_through_a_small_upsert_limit),
        CASE(test_demo_loaded_again_changes_nothing),
        CASE(test_demo_does_not_come_back_from_the_trash),
        CASE(test_demo_leaves_a_catalogue_alone),
        CASE(test_demo_products_have_valid_eans),
        CASE(test_demo_products_are_spread_over_statuses_and_brands),
        CASE(test_demo_shows_one_product_as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
