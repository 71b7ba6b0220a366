#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "access/password.h"
#include "base/clock.h"

static Arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096, (size_t)1 << 20);
    assert_null(password_init(arena));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static Str make_hash(const char *password)
{
    Str hash = STR_NONE;
    assert_null(password_hash(arena, str_from(password), &hash));
    return hash;
}

static void test_password_hash_says_its_parameters(void **state)
{
    (void)state;
    assert_true(str_starts_with(make_hash("secret"), STR("$argon2id$v=19$m=19456,t=2,p=1$")));
}

static void test_password_hash_has_a_salt(void **state)
{
    (void)state;
    assert_false(str_equal(make_hash("secret"), make_hash("secret")));
}

static void test_password_verify_knows_the_right_one(void **state)
{
    (void)state;
    Str hash = make_hash("secret");
    assert_true(password_verify(arena, hash, STR("secret")));
    assert_false(password_verify(arena, hash, STR("Secret")));
    assert_false(password_verify(arena, hash, STR("secret ")));
    assert_false(password_verify(arena, hash, STR("secre")));
    assert_false(password_verify(arena, hash, STR("")));
    assert_false(password_verify(arena, hash, STR_NONE));
    assert_true(password_verify(arena, make_hash(""), STR("")));
}

static void test_password_counts_every_byte(void **state)
{
    (void)state;
    Str with_nul = { "a\0b", 3 };
    Str hash;
    assert_null(password_hash(arena, with_nul, &hash));
    assert_true(password_verify(arena, hash, with_nul));
    assert_false(password_verify(arena, hash, STR("a")));
}

static void test_password_verify_refuses_what_is_no_hash(void **state)
{
    (void)state;
    static const char *const hashes[] = { NULL, "", "secret", "$argon2id$", "$argon2id$v=19$m=" };
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
        assert_false(password_verify(arena, str_from(hashes[i]), STR("secret")));
}

static int64_t time_of_verify(Str hash)
{
    int64_t best_us = INT64_MAX;
    for (int i = 0; i < 3; i++) {
        int64_t start_us = clock_monotonic_us();
        assert_false(password_verify(arena, hash, STR("wrong")));
        int64_t took_us = clock_monotonic_us() - start_us;
        best_us = took_us < best_us ? took_us : best_us;
    }
    return best_us;
}

/* A wide margin: other programs run beside the test. Without the dummy it is a factor of a
 * thousand. */
static void test_password_verify_works_as_hard_without_a_hash(void **state)
{
    (void)state;
    int64_t with_us = time_of_verify(make_hash("secret"));
    int64_t without_us = time_of_verify(STR_NONE);
    assert_true(without_us > with_us / 5);
    assert_true(with_us > without_us / 5);
}

static void test_password_is_outdated_when_parameters_differ(void **state)
{
    (void)state;
    assert_false(password_is_outdated(arena, make_hash("secret")));
    assert_true(
        password_is_outdated(arena, STR("$argon2id$v=19$m=8192,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
                                        "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE")));
    assert_true(password_is_outdated(arena, STR("secret")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_password_hash_says_its_parameters),
        cmocka_unit_test(test_password_hash_has_a_salt),
        cmocka_unit_test(test_password_verify_knows_the_right_one),
        cmocka_unit_test(test_password_counts_every_byte),
        cmocka_unit_test(test_password_verify_refuses_what_is_no_hash),
        cmocka_unit_test(test_password_verify_works_as_hard_without_a_hash),
        cmocka_unit_test(test_password_is_outdated_when_parameters_differ),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
