#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "access/token_cache.h"

#define MAX_ENTRIES 1000
#define THREADS 4
#define THREAD_TOKENS 50

static Arena *arena;
static TokenCache *cache;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(65536, (size_t)16 << 20);
    cache = token_cache_new(MAX_ENTRIES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    token_cache_free(cache);
    arena_free(arena);
    return 0;
}

static void hash_of(int number, uint8_t *out)
{
    crypto_hash_sha256(out, (const unsigned char *)&number, sizeof number);
}

static TokenFacts facts_of(Arena *in, int number, int64_t last_used_us)
{
    return (TokenFacts){ .token_id = str_format(in, "token%d", number),
                         .user_id = str_format(in, "user%d", number),
                         .user_name = str_format(in, "Name%d", number),
                         .user_name_key = str_format(in, "name%d", number),
                         .name = number % 2 == 0 ? str_format(in, "Person %d", number) : STR_NONE,
                         .is_admin = number % 3 == 0,
                         .expires_at_us = number,
                         .idle_us = number + 1,
                         .last_used_us = last_used_us };
}

static void put(int number, int64_t last_used_us)
{
    uint8_t hash[TOKEN_HASH_BYTES];
    TokenFacts facts = facts_of(arena, number, last_used_us);
    hash_of(number, hash);
    token_cache_put(cache, hash, &facts, token_cache_generation(cache));
}

static bool has(int number)
{
    uint8_t hash[TOKEN_HASH_BYTES];
    TokenFacts facts;
    hash_of(number, hash);
    return token_cache_find(cache, arena, hash, &facts);
}

static void note_use(int number, int64_t used_at_us)
{
    uint8_t hash[TOKEN_HASH_BYTES];
    hash_of(number, hash);
    token_cache_note_use(cache, hash, used_at_us);
}

static void test_token_cache_gives_back_what_was_put(void **state)
{
    (void)state;
    for (int i = 0; i < 500; i++) {
        assert_false(has(i));
        put(i, i);
    }
    for (int i = 0; i < 500; i++) {
        uint8_t hash[TOKEN_HASH_BYTES];
        TokenFacts found;
        TokenFacts wanted = facts_of(arena, i, i);
        hash_of(i, hash);
        assert_true(token_cache_find(cache, arena, hash, &found));
        assert_true(str_equal(found.token_id, wanted.token_id));
        assert_true(str_equal(found.user_id, wanted.user_id));
        assert_true(str_equal(found.user_name, wanted.user_name));
        assert_true(str_equal(found.user_name_key, wanted.user_name_key));
        assert_true(str_equal(found.name, wanted.name));
        assert_int_equal(str_is_none(found.name), str_is_none(wanted.name));
        assert_int_equal(found.is_admin, wanted.is_admin);
        assert_int_equal(found.expires_at_us, wanted.expires_at_us);
        assert_int_equal(found.idle_us, wanted.idle_us);
        assert_int_equal(found.last_used_us, i);
    }
}

/* What was found outlives the entry. */
static void test_token_cache_copies_texts_out(void **state)
{
    (void)state;
    uint8_t hash[TOKEN_HASH_BYTES];
    TokenFacts found;
    put(2, 0);
    hash_of(2, hash);
    assert_true(token_cache_find(cache, arena, hash, &found));
    token_cache_free(cache);
    cache = token_cache_new(MAX_ENTRIES);
    assert_true(str_equal(found.user_name, STR("Name2")));
    assert_true(str_equal(found.name, STR("Person 2")));
}

static void test_token_cache_tells_near_hashes_apart(void **state)
{
    (void)state;
    uint8_t hash[TOKEN_HASH_BYTES];
    TokenFacts facts = facts_of(arena, 7, 0);
    hash_of(7, hash);
    token_cache_put(cache, hash, &facts, token_cache_generation(cache));
    for (size_t i = 0; i < TOKEN_HASH_BYTES; i++) {
        hash[i] ^= 1;
        assert_false(token_cache_find(cache, arena, hash, &facts));
        hash[i] ^= 1;
    }
    assert_true(token_cache_find(cache, arena, hash, &facts));
}

static void test_token_cache_forgets_everything(void **state)
{
    (void)state;
    put(1, 0);
    put(2, 0);
    token_cache_forget(cache);
    assert_false(has(1));
    assert_false(has(2));
    put(1, 0);
    assert_true(has(1));
    assert_false(has(2));
}

static void test_token_cache_takes_nothing_that_was_read_before_a_forget(void **state)
{
    (void)state;
    uint8_t hash[TOKEN_HASH_BYTES];
    TokenFacts facts = facts_of(arena, 1, 0);
    hash_of(1, hash);
    uint64_t generation = token_cache_generation(cache);
    token_cache_forget(cache);
    token_cache_put(cache, hash, &facts, generation);
    assert_false(has(1));
}

static void test_token_cache_is_dropped_whole_when_full(void **state)
{
    (void)state;
    for (int i = 0; i < MAX_ENTRIES; i++)
        put(i, 0);
    assert_true(has(0));
    put(5, 0); /* replaces */
    assert_true(has(0));
    put(MAX_ENTRIES, 0);
    assert_false(has(0));
    assert_true(has(MAX_ENTRIES));
}

static void test_token_cache_uses_are_taken_once(void **state)
{
    (void)state;
    TokenUse *uses;
    for (int i = 0; i < 10; i++)
        put(i, 100);
    assert_int_equal(token_cache_take_uses(cache, arena, &uses), 0);
    note_use(3, 200);
    note_use(3, 300);
    note_use(3, 250);  /* times only grow */
    note_use(4, 50);   /* older than what is stored */
    note_use(99, 200); /* not cached */
    assert_int_equal(token_cache_take_uses(cache, arena, &uses), 1);
    assert_true(str_equal(uses[0].token_id, STR("token3")));
    assert_int_equal(uses[0].used_at_us, 300);
    assert_int_equal(token_cache_take_uses(cache, arena, &uses), 0);
    note_use(3, 400);
    assert_int_equal(token_cache_take_uses(cache, arena, &uses), 1);
    assert_int_equal(uses[0].used_at_us, 400);
}

static void test_token_cache_keeps_uses_over_a_forget(void **state)
{
    (void)state;
    TokenUse *uses;
    uint8_t hash[TOKEN_HASH_BYTES];
    hash_of(1, hash);
    assert_true(token_cache_last_use(cache, hash) == INT64_MIN);
    put(1, 100);
    note_use(1, 200);
    token_cache_forget(cache);
    assert_int_equal(token_cache_last_use(cache, hash), 200);
    put(1, 100);
    assert_int_equal(token_cache_last_use(cache, hash), 200);
    assert_int_equal(token_cache_take_uses(cache, arena, &uses), 1);
    assert_int_equal(uses[0].used_at_us, 200);
    /* Given away, but perhaps not written when it was read again: not given away twice. */
    put(1, 100);
    assert_int_equal(token_cache_take_uses(cache, arena, &uses), 0);
    assert_int_equal(token_cache_last_use(cache, hash), 200);
}

/* The database of the threads below: a number that grows. It is changed, then forgotten, then
 * announced; whoever has heard of it must not be told an older one. */
static int64_t stored;    /* atomic */
static int64_t announced; /* atomic */
static bool is_over;      /* atomic */
static int wrong_answers; /* atomic; a failing assert works in the main thread only */

static void look_up(Arena *own, int number)
{
    uint8_t hash[TOKEN_HASH_BYTES];
    TokenFacts facts;
    hash_of(number, hash);
    int64_t least = __atomic_load_n(&announced, __ATOMIC_SEQ_CST);
    if (!token_cache_find(cache, own, hash, &facts)) {
        uint64_t generation = token_cache_generation(cache);
        facts = facts_of(own, number, 0);
        facts.expires_at_us = __atomic_load_n(&stored, __ATOMIC_SEQ_CST);
        token_cache_put(cache, hash, &facts, generation);
    }
    char wanted[16];
    int len = snprintf(wanted, sizeof wanted, "Name%d", number);
    if (!str_equal(facts.user_name, (Str){ wanted, (size_t)len }) || facts.expires_at_us < least)
        __atomic_fetch_add(&wrong_answers, 1, __ATOMIC_SEQ_CST);
    token_cache_note_use(cache, hash, least);
}

static void *look_up_often(void *context)
{
    Arena *own = arena_new(65536, (size_t)16 << 20);
    int start = (int)(intptr_t)context;
    for (int i = 0; i < 20000; i++) {
        look_up(own, (start + i) % THREAD_TOKENS);
        if (i % 100 == 0) {
            TokenUse *uses;
            token_cache_take_uses(cache, own, &uses);
            arena_reset(own);
        }
    }
    arena_free(own);
    return NULL;
}

static void *change_often(void *context)
{
    (void)context;
    for (int64_t i = 1; !__atomic_load_n(&is_over, __ATOMIC_SEQ_CST); i++) {
        __atomic_store_n(&stored, i, __ATOMIC_SEQ_CST);
        token_cache_forget(cache);
        __atomic_store_n(&announced, i, __ATOMIC_SEQ_CST);
        if (i % 16 == 0)
            sched_yield();
    }
    return NULL;
}

static void test_token_cache_never_shows_threads_what_was_forgotten(void **state)
{
    (void)state;
    pthread_t changer;
    pthread_t readers[THREADS];
    /* Small, so that it is dropped and grows meanwhile. */
    token_cache_free(cache);
    cache = token_cache_new(THREAD_TOKENS - 5);
    assert_int_equal(pthread_create(&changer, NULL, change_often, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&readers[i], NULL, look_up_often, (void *)(intptr_t)(i * 7)), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(readers[i], NULL);
    __atomic_store_n(&is_over, true, __ATOMIC_SEQ_CST);
    pthread_join(changer, NULL);
    assert_int_equal(wrong_answers, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_token_cache_gives_back_what_was_put, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_token_cache_copies_texts_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_token_cache_tells_near_hashes_apart, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_token_cache_forgets_everything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_token_cache_takes_nothing_that_was_read_before_a_forget, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_token_cache_is_dropped_whole_when_full, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_token_cache_uses_are_taken_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_token_cache_keeps_uses_over_a_forget, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_token_cache_never_shows_threads_what_was_forgotten,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
