#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/list.h"
#include "base/map.h"

#define KEYS 5000

static int make_arena(void **state)
{
    *state = arena_new(1024, (size_t)16 << 20);
    return 0;
}

static int free_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static void test_map_finds_nothing_when_empty(void **state)
{
    Map map = { 0 };
    (void)state;
    assert_null(map_find(&map, STR("a")));
    assert_null(map_find(&map, STR_NONE));
}

static void test_map_finds_every_key_that_was_put(void **state)
{
    Arena *arena = *state;
    Map map = { 0 };
    int values[KEYS];
    for (int i = 0; i < KEYS; i++)
        map_put(&map, arena, str_format(arena, "key%d", i), &values[i]);
    assert_int_equal(map.count, KEYS);
    for (int i = 0; i < KEYS; i++)
        assert_ptr_equal(map_find(&map, str_format(arena, "key%d", i)), &values[i]);
    assert_null(map_find(&map, STR("key")));
    assert_null(map_find(&map, STR("key5000")));
    assert_null(map_find(&map, STR("")));
}

static void test_map_put_replaces_the_value(void **state)
{
    Map map = { 0 };
    int first, second;
    map_put(&map, *state, STR("a"), &first);
    map_put(&map, *state, STR("a"), &second);
    assert_int_equal(map.count, 1);
    assert_ptr_equal(map_find(&map, STR("a")), &second);
}

static void test_map_takes_any_bytes_as_a_key(void **state)
{
    Map map = { 0 };
    int values[4];
    const Str keys[] = { STR(""), STR("\0"), STR("\0\0"), STR("a\0b") };
    for (size_t i = 0; i < 4; i++)
        map_put(&map, *state, keys[i], &values[i]);
    for (size_t i = 0; i < 4; i++)
        assert_ptr_equal(map_find(&map, keys[i]), &values[i]);
}

static void test_list_keeps_its_order(void **state)
{
    List list = { 0 };
    int items[100];
    for (size_t i = 0; i < 100; i++) {
        list_add(&list, *state, &items[i]);
        arena_alloc(*state, 1); /* so that it must move */
    }
    assert_int_equal(list.count, 100);
    for (size_t i = 0; i < 100; i++)
        assert_ptr_equal(list.items[i], &items[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map_finds_nothing_when_empty),
        cmocka_unit_test(test_map_finds_every_key_that_was_put),
        cmocka_unit_test(test_map_put_replaces_the_value),
        cmocka_unit_test(test_map_takes_any_bytes_as_a_key),
        cmocka_unit_test(test_list_keeps_its_order),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
