#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "access/verified.h"

#define KEPT_US ((int64_t)60000000)

static Verified *verified;
static const VerifiedPair mia = { .address = { "192.0.2.1", 9 },
                                  .user_id = { "a1", 2 },
                                  .password_hash = { "$hash", 5 },
                                  .password = { "secret", 6 } };

static int set_up(void **state)
{
    (void)state;
    assert_true(sodium_init() >= 0);
    verified = verified_new(KEPT_US);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    verified_free(verified);
    return 0;
}

static void test_verified_is_remembered_for_its_time(void **state)
{
    (void)state;
    assert_false(verified_has(verified, &mia, 5));
    verified_remember(verified, &mia, 5);
    assert_true(verified_has(verified, &mia, 5));
    assert_true(verified_has(verified, &mia, 5 + KEPT_US - 1));
    assert_false(verified_has(verified, &mia, 5 + KEPT_US));
    verified_remember(verified, &mia, 10 + KEPT_US);
    assert_true(verified_has(verified, &mia, 10 + KEPT_US));
}

static void test_verified_is_bound_to_every_part(void **state)
{
    (void)state;
    verified_remember(verified, &mia, 0);
    VerifiedPair others[] = { mia, mia, mia, mia, mia, mia };
    others[0].address = STR("192.0.2.2");
    others[1].user_id = STR("a2");
    others[2].password_hash = STR("$hash2");
    others[3].password = STR("Secret");
    others[4].password = STR_NONE;
    /* The same bytes, cut elsewhere. */
    others[5].user_id = STR("a1$");
    others[5].password_hash = STR("hash");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(verified_has(verified, &others[i], 0));
}

static void test_verified_stays_bounded_and_keeps_the_newest(void **state)
{
    (void)state;
    char name[16];
    for (int i = 0; i < 20000; i++) {
        VerifiedPair pair = mia;
        pair.user_id = (Str){ name, (size_t)snprintf(name, sizeof name, "a%d", i) };
        verified_remember(verified, &pair, i);
        assert_true(verified_has(verified, &pair, i));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_verified_is_remembered_for_its_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_verified_is_bound_to_every_part, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_verified_stays_bounded_and_keeps_the_newest, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
