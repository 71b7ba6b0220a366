#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "access/login_desk.h"
#include "access/password.h"

static LoginDesk desk;

static int set_up(void **state)
{
    (void)state;
    desk_open(&desk);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static void test_login_by_password_sets_the_caller(void **state)
{
    (void)state;
    Task task;
    assert_int_equal(desk_outcome_of(&desk, desk_with_password("Mia", "secret")), LOGIN_NEEDS_HASH);
    assert_null(desk_log_in(&desk, &task, desk_with_password(" mIA", "secret")));
    assert_true(str_equal(task.caller->user_id, STR("mia")));
    assert_true(str_equal(task.caller->user_name, STR("Mia")));
    assert_true(str_equal(task.caller->name, STR("Mia Example")));
    assert_true(str_is_none(task.caller->token_id));
    assert_true(str_is_none(task.caller->token));
    assert_true(task.caller->is_admin);
    test_instance_end_task(&task);
}

static void test_login_remembers_a_password_that_was_right(void **state)
{
    (void)state;
    desk_expect(&desk, desk_with_password("Mia", "secret"), NULL);
    assert_int_equal(desk_outcome_of(&desk, desk_with_password("Mia", "secret")), LOGIN_DONE);
    assert_int_equal(desk_outcome_of(&desk, desk_with_password("MIA", "secret")), LOGIN_DONE);
    assert_int_equal(desk_outcome_of(&desk, desk_with_password("Mia", "Secret")), LOGIN_NEEDS_HASH);
    Credentials elsewhere = desk_with_password("Mia", "secret");
    elsewhere.remote_address = STR("192.0.2.2");
    assert_int_equal(desk_outcome_of(&desk, elsewhere), LOGIN_NEEDS_HASH);
}

static void test_login_remembers_nothing_that_has_changed(void **state)
{
    (void)state;
    Str other_hash;
    assert_null(password_hash(desk.test.arena, STR("other"), &other_hash));
    desk_expect(&desk, desk_with_password("Mia", "secret"), NULL);
    test_instance_update(&desk.test, "User", "mia", VALUES({ "isActive", sql_int(0) }));
    assert_int_equal(desk_outcome_of(&desk, desk_with_password("Mia", "secret")), LOGIN_NEEDS_HASH);
    test_instance_update(
        &desk.test, "User", "mia",
        VALUES({ "isActive", sql_int(1) }, { "passwordHash", sql_text(other_hash) }));
    assert_int_equal(desk_outcome_of(&desk, desk_with_password("Mia", "secret")), LOGIN_NEEDS_HASH);
    desk_expect(&desk, desk_with_password("Mia", "secret"), "unauthorized");
}

static void test_login_says_the_same_for_every_failure(void **state)
{
    (void)state;
    desk_add_user(&desk, "off", "off", desk.secret_hash);
    desk_add_user(&desk, "none", "none", STR_NONE);
    desk_add_user(&desk, "gone", "gone", desk.secret_hash);
    test_instance_update(&desk.test, "User", "off", VALUES({ "isActive", sql_int(0) }));
    test_instance_update(&desk.test, "User", "gone", VALUES({ "deleted", sql_int(1) }));
    const Credentials cases[] = {
        desk_with_password("Mia", "wrong"),     desk_with_password("Mia", ""),
        desk_with_password("nobody", "secret"), desk_with_password("off", "secret"),
        desk_with_password("none", ""),         desk_with_password("gone", "secret"),
        desk_with_token("Mia", STR("secret")),
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Task task;
        Error *error = desk_log_in(&desk, &task, cases[i]);
        desk_expect_code(error, "unauthorized");
        assert_int_equal(error->kind, ERROR_UNAUTHENTICATED);
        assert_true(str_equal(error->reason, STR("Wrong user name, password or token")));
        test_instance_end_task(&task);
    }
}

static void fail_logins(const char *user_name, const char *address, int count)
{
    Credentials credentials = desk_with_password(user_name, "wrong");
    credentials.remote_address = str_from(address);
    for (int i = 0; i < count; i++)
        desk_expect(&desk, credentials, "unauthorized");
}

static void assert_throttled(const char *user_name, const char *address)
{
    Task task;
    LoginOutcome outcome;
    Credentials credentials = desk_with_password(user_name, "secret");
    credentials.remote_address = str_from(address);
    desk_begin_task(&desk, &task);
    Error *error = login_authenticate(&task, &credentials, &outcome);
    desk_expect_code(error, "tooManyAttempts");
    assert_int_equal(error->kind, ERROR_THROTTLED);
    assert_in_range(error->retry_after_s, 1, LOGIN_FAILURE_PERIOD_S);
    assert_non_null(login_check_password(&task, &credentials));
    test_instance_end_task(&task);
}

static LoginOutcome outcome_from(const char *user_name, const char *address)
{
    Credentials credentials = desk_with_password(user_name, "secret");
    credentials.remote_address = str_from(address);
    return desk_outcome_of(&desk, credentials);
}

static void test_login_throttles_an_account(void **state)
{
    (void)state;
    Credentials home = desk_with_password("Mia", "secret");
    desk_expect(&desk, home, NULL);
    /* From everywhere, whatever the case of the name. */
    for (int i = 0; i <= LOGIN_MAX_FAILURES; i++) {
        Str address = str_format(desk.test.arena, "198.51.100.%d", i);
        fail_logins(i % 2 == 0 ? "Mia" : "MIA ", str_copy_c(desk.test.arena, address), 1);
    }
    assert_throttled("mia", "203.0.113.1");
    assert_int_equal(outcome_from("other", "203.0.113.1"), LOGIN_NEEDS_HASH);
    /* Who is in already stays in, by a remembered password or a token. */
    assert_int_equal(desk_outcome_of(&desk, home), LOGIN_DONE);
    assert_int_equal(
        desk_outcome_of(&desk, desk_with_token("Mia", desk_add_new_token(&desk, "t1", "mia"))),
        LOGIN_DONE);
}

static void test_login_throttles_unknown_accounts_all_the_same(void **state)
{
    (void)state;
    for (int i = 0; i <= LOGIN_MAX_FAILURES; i++) {
        Str address = str_format(desk.test.arena, "198.51.100.%d", i);
        fail_logins("nobody", str_copy_c(desk.test.arena, address), 1);
    }
    assert_throttled("Nobody", "203.0.113.1");
}

static void test_login_throttles_an_address(void **state)
{
    (void)state;
    for (int i = 0; i <= LOGIN_MAX_FAILURES; i++) {
        Str name = str_format(desk.test.arena, "user%d", i);
        fail_logins(str_copy_c(desk.test.arena, name), "198.51.100.7", 1);
    }
    assert_throttled("Mia", "198.51.100.7");
    assert_int_equal(outcome_from("Mia", "198.51.100.8"), LOGIN_NEEDS_HASH);
    Credentials token = desk_with_token("Mia", desk_add_new_token(&desk, "t1", "mia"));
    token.remote_address = STR("198.51.100.7");
    desk_expect(&desk, token, NULL);
}

static void test_login_takes_an_ipv6_network_as_one_address(void **state)
{
    (void)state;
    for (int i = 0; i <= LOGIN_MAX_FAILURES; i++) {
        Str name = str_format(desk.test.arena, "user%d", i);
        Str address = str_format(desk.test.arena, "2001:db8:0:1::%x", i + 1);
        fail_logins(str_copy_c(desk.test.arena, name), str_copy_c(desk.test.arena, address), 1);
    }
    assert_throttled("Mia", "2001:db8:0:1:ffff::1");
    assert_int_equal(outcome_from("Mia", "2001:db8:0:2::1"), LOGIN_NEEDS_HASH);
}

static void test_login_success_frees_the_account_but_not_the_address(void **state)
{
    (void)state;
    fail_logins("Mia", "192.0.2.1", LOGIN_MAX_FAILURES);
    desk_expect(&desk, desk_with_password("Mia", "secret"), NULL);
    fail_logins("Mia", "198.51.100.7", 1);
    assert_int_equal(outcome_from("Mia", "198.51.100.7"), LOGIN_NEEDS_HASH);
    fail_logins("other", "192.0.2.1", 1);
    assert_throttled("Mia", "192.0.2.1");
}

static void test_login_does_not_count_logouts_and_tokens(void **state)
{
    (void)state;
    for (int i = 0; i < 3 * LOGIN_MAX_FAILURES; i++) {
        desk_expect(&desk, desk_with_password("**logout", "x"), "unauthorized");
        desk_expect(&desk, desk_with_token("**logout", STR("x")), "unauthorized");
        desk_expect(&desk, desk_with_token("Mia", login_new_token(desk.test.arena)),
                    "unauthorized");
    }
    assert_int_equal(desk_outcome_of(&desk, desk_with_password("Mia", "secret")), LOGIN_NEEDS_HASH);
}

#define LOGIN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGIN_TEST(test_login_by_password_sets_the_caller),
        LOGIN_TEST(test_login_remembers_a_password_that_was_right),
        LOGIN_TEST(test_login_remembers_nothing_that_has_changed),
        LOGIN_TEST(test_login_says_the_same_for_every_failure),
        LOGIN_TEST(test_login_throttles_an_account),
        LOGIN_TEST(test_login_throttles_unknown_accounts_all_the_same),
        LOGIN_TEST(test_login_throttles_an_address),
        LOGIN_TEST(test_login_takes_an_ipv6_network_as_one_address),
        LOGIN_TEST(test_login_success_frees_the_account_but_not_the_address),
        LOGIN_TEST(test_login_does_not_count_logouts_and_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
