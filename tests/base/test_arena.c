#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"

static int make_arena(void **state)
{
    *state = arena_new(1024, (size_t)1 << 20);
    return 0;
}

static int free_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static void test_arena_aligns_every_block(void **state)
{
    Arena *arena = *state;
    static const size_t sizes[] = { 0, 1, 3, 7, 8, 15, 16, 17, 100, 5000 };
    for (size_t i = 0; i < 100; i++) {
        void *block = arena_alloc(arena, sizes[i % (sizeof sizes / sizeof *sizes)]);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
    }
}

static void test_arena_blocks_do_not_overlap(void **state)
{
    Arena *arena = *state;
    unsigned char *blocks[200];
    for (size_t i = 0; i < 200; i++) {
        blocks[i] = arena_alloc(arena, i + 1);
        memset(blocks[i], (int)i, i + 1);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j <= i; j++)
            assert_int_equal(blocks[i][j], i);
}

static void test_arena_gives_zeroed_memory_also_after_a_reset(void **state)
{
    Arena *arena = *state;
    memset(arena_alloc(arena, 900), 0xAA, 900);
    arena_reset(arena);
    const unsigned char *block = arena_zalloc(arena, 900);
    for (size_t i = 0; i < 900; i++)
        assert_int_equal(block[i], 0);
    arena_reset(arena);
    const uint64_t *items = ARENA_ARRAY(arena, uint64_t, 100);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(items[i], 0);
}

static void test_arena_reset_keeps_the_first_chunk_only(void **state)
{
    Arena *arena = *state;
    void *first = arena_alloc(arena, 16);
    arena_alloc(arena, 100000);
    assert_true(arena_used_bytes(arena) >= 100000);
    arena_reset(arena);
    assert_int_equal(arena_used_bytes(arena), 0);
    assert_ptr_equal(arena_alloc(arena, 16), first);
    arena_reset(arena);
    assert_null(arena_check(arena));
}

static void test_arena_mark_takes_back_what_came_after(void **state)
{
    Arena *arena = *state;
    char *kept = arena_alloc(arena, 100);
    memset(kept, 'k', 100);
    ArenaMark mark = arena_mark(arena);
    size_t used = arena_used_bytes(arena);
    for (int i = 0; i < 1000; i++) {
        memset(arena_alloc(arena, 3000), 'x', 3000);
        arena_reset_to(arena, mark);
        assert_int_equal(arena_used_bytes(arena), used);
    }
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(kept[i], 'k');
    assert_null(arena_check(arena));
}

static void test_arena_marks_nest(void **state)
{
    Arena *arena = *state;
    ArenaMark outer = arena_mark(arena);
    arena_alloc(arena, 5000);
    ArenaMark inner = arena_mark(arena);
    size_t used = arena_used_bytes(arena);
    arena_alloc(arena, 50000);
    arena_reset_to(arena, inner);
    assert_int_equal(arena_used_bytes(arena), used);
    arena_reset_to(arena, outer);
    assert_int_equal(arena_used_bytes(arena), 0);
}

static void test_arena_grows_the_newest_block_in_place(void **state)
{
    Arena *arena = *state;
    char *data = arena_alloc(arena, 16);
    memcpy(data, "0123456789abcdef", 16);
    assert_ptr_equal(arena_grow(arena, data, 16, 16, 64), data);
    assert_memory_equal(data, "0123456789abcdef", 16);
    arena_alloc(arena, 16);
    char *moved = arena_grow(arena, data, 16, 64, 128);
    assert_ptr_not_equal(moved, data);
    assert_memory_equal(moved, "0123456789abcdef", 16);
    assert_non_null(arena_grow(arena, NULL, 0, 0, 8));
}

static void test_arena_grows_beyond_its_chunk_by_copying(void **state)
{
    Arena *arena = *state;
    size_t size = 16;
    unsigned char *data = arena_alloc(arena, size);
    memset(data, 7, size);
    while (size < 200000) {
        data = arena_grow(arena, data, size, size, size * 2);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(data[i], 7);
        memset(data, 7, size * 2);
        size *= 2;
    }
}

static void test_arena_says_when_it_is_over_its_limit(void **state)
{
    (void)state;
    Arena *arena = arena_new(1024, 10000);
    arena_alloc(arena, 5000);
    assert_null(arena_check(arena));
    arena_alloc(arena, 9000);
    const Error *error = arena_check(arena);
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_TOO_LARGE);
    arena_reset(arena);
    assert_null(arena_check(arena));
    arena_free(arena);
    arena_free(NULL);
}

/* In a process of its own: it ends. */
static bool aborts(void (*work)(Arena *arena))
{
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        work(arena_new(1024, 10000));
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void alloc_without_end(Arena *arena)
{
    for (int i = 0; i < 1000; i++)
        memset(arena_alloc(arena, 1000), 1, 1000);
}

static void alloc_an_overflow(Arena *arena)
{
    size_t count = (size_t)-1 / 4;
    arena_array(arena, count, 8);
}

static void alloc_everything(Arena *arena)
{
    size_t size = (size_t)-8;
    arena_alloc(arena, size);
}

static void alloc_a_little(Arena *arena)
{
    arena_free(arena);
}

static void test_arena_ends_the_program_far_beyond_its_limit(void **state)
{
    (void)state;
    assert_true(aborts(alloc_without_end));
    assert_true(aborts(alloc_an_overflow));
    assert_true(aborts(alloc_everything));
    assert_false(aborts(alloc_a_little));
}

#define ARENA_TEST(test) cmocka_unit_test_setup_teardown(test, make_arena, free_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(test_arena_aligns_every_block),
        ARENA_TEST(test_arena_blocks_do_not_overlap),
        ARENA_TEST(test_arena_gives_zeroed_memory_also_after_a_reset),
        ARENA_TEST(test_arena_reset_keeps_the_first_chunk_only),
        ARENA_TEST(test_arena_mark_takes_back_what_came_after),
        ARENA_TEST(test_arena_marks_nest),
        ARENA_TEST(test_arena_grows_the_newest_block_in_place),
        ARENA_TEST(test_arena_grows_beyond_its_chunk_by_copying),
        ARENA_TEST(test_arena_says_when_it_is_over_its_limit),
        ARENA_TEST(test_arena_ends_the_program_far_beyond_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
