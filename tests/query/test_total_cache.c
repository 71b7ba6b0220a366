#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "query/total_cache.h"
#include "query_desk.h"

static Str key_of(const QueryDesk *desk, const char *sql, SqlValue value, int64_t version)
{
    SqlText text = query_desk_text(desk);
    sql_put_dialect(&text, sql);
    sql_put_value(&text, value);
    return total_cache_key(desk->arena, &text, &version, 1);
}

static void test_total_cache_finds_what_was_put(void **state)
{
    const QueryDesk *desk = *state;
    TotalCache *cache = total_cache_new();
    int64_t total = -1;
    Str key = key_of(desk, "SELECT 1 WHERE ", sql_int(1), 1);
    assert_false(total_cache_find(cache, key, &total));
    assert_int_equal(total, -1);
    total_cache_put(cache, key, 42);
    assert_true(total_cache_find(cache, key_of(desk, "SELECT 1 WHERE ", sql_int(1), 1), &total));
    assert_int_equal(total, 42);
    total_cache_put(cache, key, 43);
    assert_true(total_cache_find(cache, key, &total));
    assert_int_equal(total, 43);
    total_cache_free(cache);
    total_cache_free(NULL);
}

static void test_total_cache_keys_differ_in_text_values_and_versions(void **state)
{
    const QueryDesk *desk = *state;
    const Str keys[] = {
        key_of(desk, "a ", sql_int(1), 1),        key_of(desk, "b ", sql_int(1), 1),
        key_of(desk, "a ", sql_int(2), 1),        key_of(desk, "a ", sql_int(1), 2),
        key_of(desk, "a ", sql_real(1), 1),       key_of(desk, "a ", sql_text(STR("1")), 1),
        key_of(desk, "a ", sql_text(STR("")), 1), key_of(desk, "a ", sql_null(), 1),
    };
    size_t count = sizeof keys / sizeof *keys;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            assert_int_equal(str_equal(keys[i], keys[j]), i == j);
}

static Str key_of_two(const QueryDesk *desk, Str first, Str second)
{
    SqlText text = query_desk_text(desk);
    sql_put_value(&text, sql_text(first));
    sql_put_value(&text, sql_text(second));
    return total_cache_key(desk->arena, &text, NULL, 0);
}

static void test_total_cache_keys_keep_neighbours_apart(void **state)
{
    const QueryDesk *desk = *state;
    assert_false(
        str_equal(key_of_two(desk, STR("ab"), STR("c")), key_of_two(desk, STR("a"), STR("bc"))));
    assert_false(
        str_equal(key_of_two(desk, STR(""), STR("abc")), key_of_two(desk, STR("abc"), STR(""))));
}

static void test_total_cache_keeps_no_endless_keys(void **state)
{
    const QueryDesk *desk = *state;
    TotalCache *cache = total_cache_new();
    int64_t total;
    char *text = arena_zalloc(desk->arena, TOTAL_CACHE_MAX_KEY_BYTES);
    Str key = key_of(desk, "a ", sql_text((Str){ text, TOTAL_CACHE_MAX_KEY_BYTES }), 1);
    total_cache_put(cache, key, 1);
    assert_false(total_cache_find(cache, key, &total));
    total_cache_free(cache);
}

/* Far more keys than slots: whatever is found is right. */
static void test_total_cache_never_answers_for_another_key(void **state)
{
    const QueryDesk *desk = *state;
    TotalCache *cache = total_cache_new();
    size_t found = 0;
    for (int64_t i = 0; i < 4 * TOTAL_CACHE_SLOTS; i++)
        total_cache_put(cache, key_of(desk, "a ", sql_int(i), 1), i);
    for (int64_t i = 0; i < 4 * TOTAL_CACHE_SLOTS; i++) {
        int64_t total;
        if (!total_cache_find(cache, key_of(desk, "a ", sql_int(i), 1), &total))
            continue;
        assert_int_equal(total, i);
        found++;
    }
    assert_in_range(found, TOTAL_CACHE_SLOTS / 2, TOTAL_CACHE_SLOTS);
    total_cache_free(cache);
}

typedef struct Visitor {
    TotalCache *cache;
    const Str *keys;
    size_t wrong;
} Visitor;

#define SHARED_KEYS 64

static void *visit(void *context)
{
    Visitor *visitor = context;
    for (size_t round = 0; round < 500; round++) {
        size_t at = round % SHARED_KEYS;
        int64_t total = (int64_t)at;
        if (total_cache_find(visitor->cache, visitor->keys[at], &total))
            visitor->wrong += total != (int64_t)at;
        else
            total_cache_put(visitor->cache, visitor->keys[at], (int64_t)at);
    }
    return NULL;
}

static void test_total_cache_serves_many_threads(void **state)
{
    const QueryDesk *desk = *state;
    TotalCache *cache = total_cache_new();
    Str keys[SHARED_KEYS];
    pthread_t threads[4];
    Visitor visitors[4];
    for (int64_t i = 0; i < SHARED_KEYS; i++)
        keys[i] = key_of(desk, "a ", sql_int(i), 1);
    for (size_t i = 0; i < 4; i++) {
        visitors[i] = (Visitor){ .cache = cache, .keys = keys };
        assert_int_equal(pthread_create(&threads[i], NULL, visit, &visitors[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(visitors[i].wrong, 0);
    }
    total_cache_free(cache);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, query_desk_open, query_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_total_cache_finds_what_was_put),
        DESK_TEST(test_total_cache_keys_differ_in_text_values_and_versions),
        DESK_TEST(test_total_cache_keys_keep_neighbours_apart),
        DESK_TEST(test_total_cache_keeps_no_endless_keys),
        DESK_TEST(test_total_cache_never_answers_for_another_key),
        DESK_TEST(test_total_cache_serves_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
