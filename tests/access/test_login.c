#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "access/login_desk.h"
#include "access/password.h"

#define HOUR_US ((int64_t)3600 * 1000000)

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

static void test_login_without_credentials_stays_anonymous(void **state)
{
    (void)state;
    Task task;
    assert_null(desk_log_in(&desk, &task, (Credentials){ 0 }));
    assert_ptr_equal(task.caller, &caller_anonymous);
    test_instance_end_task(&task);
}

static void test_login_by_token_sets_the_caller(void **state)
{
    (void)state;
    Str token = desk_add_new_token(&desk, "t1", "mia");
    for (int round = 0; round < 2; round++) { /* from the database, from the cache */
        Task task;
        assert_null(desk_log_in(&desk, &task, desk_with_token("Mia", token)));
        assert_true(str_equal(task.caller->user_id, STR("mia")));
        assert_true(str_equal(task.caller->user_name, STR("Mia")));
        assert_true(str_equal(task.caller->name, STR("Mia Example")));
        assert_true(str_equal(task.caller->token_id, STR("t1")));
        assert_true(str_equal(task.caller->token, token));
        assert_true(task.caller->is_admin);
        assert_false(task.caller->is_anonymous);
        assert_int_equal(task.sql == NULL, round == 1);
        test_instance_end_task(&task);
    }
}

static void test_login_by_token_wants_the_name_that_belongs_to_it(void **state)
{
    (void)state;
    Str token = desk_add_new_token(&desk, "t1", "mia");
    desk_add_user(&desk, "bob", "Bob", STR_NONE);
    desk_expect(&desk, desk_with_token("mIA", token), NULL);
    desk_expect(&desk, desk_with_token(" mia ", token), NULL);
    desk_expect(&desk, desk_with_token("Bob", token), "unauthorized");
    desk_expect(&desk, desk_with_token("nobody", token), "unauthorized");
    desk_expect(&desk, desk_with_token("", token), "unauthorized");
}

static void test_login_folds_names_beyond_ascii(void **state)
{
    (void)state;
    desk_add_user(&desk, "a", "J\xc3\xb6rg", STR_NONE);
    Str token = desk_add_new_token(&desk, "t1", "a");
    desk_expect(&desk, desk_with_token("J\xc3\x96RG", token), NULL);
    desk_expect(&desk, desk_with_token("jo\xcc\x88rg", token), NULL); /* the umlaut in two pieces */
    desk_expect(&desk, desk_with_token("jorg", token), "unauthorized");
}

static void test_login_refuses_unknown_tokens(void **state)
{
    (void)state;
    Str token = desk_add_new_token(&desk, "t1", "mia");
    desk_expect(&desk, desk_with_token("Mia", login_new_token(desk.test.arena)), "unauthorized");
    desk_expect(&desk, desk_with_token("Mia", str_slice(token, 0, 63)), "unauthorized");
    desk_expect(&desk, desk_with_token("Mia", STR("secret")), "unauthorized");
    desk_expect(&desk, desk_with_token("Mia", STR("")), "unauthorized");
    char upper[LOGIN_TOKEN_CHARS];
    for (size_t i = 0; i < sizeof upper; i++)
        upper[i] = token.data[i] >= 'a' ? (char)(token.data[i] - 32) : token.data[i];
    desk_expect(&desk, desk_with_token("Mia", (Str){ upper, sizeof upper }), "unauthorized");
}

/* Basic is `name:token` as well as `name:password`. */
static void test_login_tries_a_token_first_and_then_a_password(void **state)
{
    (void)state;
    Credentials credentials = desk_with_token("Mia", desk_add_new_token(&desk, "t1", "mia"));
    credentials.may_be_password = true;
    assert_int_equal(desk_outcome_of(&desk, credentials), LOGIN_DONE);
    credentials.secret = login_new_token(desk.test.arena);
    assert_int_equal(desk_outcome_of(&desk, credentials), LOGIN_NEEDS_HASH);
    Str hash;
    assert_null(password_hash(desk.test.arena, credentials.secret, &hash));
    test_instance_update(&desk.test, "User", "mia", VALUES({ "passwordHash", sql_text(hash) }));
    desk_expect(&desk, credentials, NULL);
}

static void test_login_does_not_try_a_dead_token_as_a_password(void **state)
{
    (void)state;
    Credentials credentials = desk_with_token("Mia", desk_add_new_token(&desk, "t1", "mia"));
    credentials.may_be_password = true;
    test_instance_update(&desk.test, "AuthToken", "t1", VALUES({ "isActive", sql_int(0) }));
    Task task;
    LoginOutcome outcome;
    desk_begin_task(&desk, &task);
    desk_expect_code(login_authenticate(&task, &credentials, &outcome), "unauthorized");
    test_instance_end_task(&task);
}

typedef struct DeathCase {
    const char *entity;
    const char *id;
    const char *field;
    int64_t value;
} DeathCase;

static void test_login_forgets_tokens_when_told(void **state)
{
    (void)state;
    static const DeathCase cases[] = {
        { "AuthToken", "t1", "isActive", 0 },
        { "AuthToken", "t1", "deleted", 1 },
        { "User", "mia", "isActive", 0 },
        { "User", "mia", "deleted", 1 },
    };
    Str token = desk_add_new_token(&desk, "t1", "mia");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const DeathCase *death = &cases[i];
        desk_expect(&desk, desk_with_token("Mia", token), NULL);
        test_instance_update(&desk.test, death->entity, death->id,
                             VALUES({ death->field, sql_int(death->value) }));
        desk_expect(&desk, desk_with_token("Mia", token), NULL); /* from the cache */
        login_forget(desk.test.instance.login);
        desk_expect(&desk, desk_with_token("Mia", token), "unauthorized");
        test_instance_update(&desk.test, death->entity, death->id,
                             VALUES({ death->field, sql_int(!death->value) }));
    }
}

/* A task that reads an older state must not put it into the cache. */
static void test_login_in_an_older_snapshot_teaches_nobody(void **state)
{
    (void)state;
    Credentials credentials = desk_with_token("Mia", desk_add_new_token(&desk, "t1", "mia"));
    Credentials unknown = desk_with_token("Mia", login_new_token(desk.test.arena));
    Task task;
    LoginOutcome outcome;
    desk_begin_task(&desk, &task);
    desk_expect_code(login_authenticate(&task, &unknown, &outcome), "unauthorized");
    test_instance_update(&desk.test, "AuthToken", "t1", VALUES({ "isActive", sql_int(0) }));
    login_forget(desk.test.instance.login);
    desk_expect_code(login_authenticate(&task, &credentials, &outcome), NULL);
    test_instance_end_task(&task);
    desk_expect(&desk, credentials, "unauthorized");
}

typedef struct AgeCase {
    int64_t created_hours_ago;
    int64_t used_hours_ago; /* -1 = never */
    int64_t lifetime;       /* -1 = null */
    int64_t idle_time;      /* -1 = null */
    bool is_expired;
} AgeCase;

/* clang-format off */
static const AgeCase age_cases[] = {
    { .created_hours_ago = 0,     .used_hours_ago = -1,    .lifetime = -1,  .idle_time = -1 },
    { .created_hours_ago = 119,   .used_hours_ago = -1,    .lifetime = -1,  .idle_time = -1 },
    { .created_hours_ago = 120,   .used_hours_ago = -1,    .lifetime = -1,  .idle_time = -1, .is_expired = true },
    { .created_hours_ago = 719,   .used_hours_ago = 1,     .lifetime = -1,  .idle_time = -1 },
    { .created_hours_ago = 720,   .used_hours_ago = 1,     .lifetime = -1,  .idle_time = -1, .is_expired = true },
    { .created_hours_ago = 700,   .used_hours_ago = 120,   .lifetime = -1,  .idle_time = -1, .is_expired = true },
    { .created_hours_ago = 90000, .used_hours_ago = 80000, .lifetime = 0,   .idle_time = 0 },
    { .created_hours_ago = 90000, .used_hours_ago = -1,    .lifetime = 0,   .idle_time = 0 },
    { .created_hours_ago = 90000, .used_hours_ago = 1,     .lifetime = 0,   .idle_time = -1 },
    { .created_hours_ago = 90000, .used_hours_ago = 1,     .lifetime = -1,  .idle_time = 0, .is_expired = true },
    { .created_hours_ago = 5,     .used_hours_ago = 1,     .lifetime = 6,   .idle_time = 2 },
    { .created_hours_ago = 6,     .used_hours_ago = 1,     .lifetime = 6,   .idle_time = 2, .is_expired = true },
    { .created_hours_ago = 5,     .used_hours_ago = 2,     .lifetime = 6,   .idle_time = 2, .is_expired = true },
    { .created_hours_ago = 5,     .used_hours_ago = 1,     .lifetime = INT64_MAX, .idle_time = INT64_MAX },
    /* The clock was set back: what is stored lies ahead of it. */
    { .created_hours_ago = -24,   .used_hours_ago = -25,   .lifetime = 2,   .idle_time = 2 },
    { .created_hours_ago = 1,     .used_hours_ago = -24,   .lifetime = 2,   .idle_time = 2, .is_expired = true },
};
/* clang-format on */

static SqlValue hours_or_null(int64_t hours)
{
    return hours < 0 ? sql_null() : sql_int(hours);
}

static void test_login_checks_the_age_of_a_token(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof age_cases / sizeof *age_cases; i++) {
        const AgeCase *age = &age_cases[i];
        Str id = str_format(desk.test.arena, "t%zu", i);
        TokenTimes times = { .lifetime = hours_or_null(age->lifetime),
                             .idle_time = hours_or_null(age->idle_time),
                             .created_at = desk_time_text(&desk, age->created_hours_ago) };
        if (age->used_hours_ago != -1)
            times.last_access = desk_time_text(&desk, age->used_hours_ago);
        Str token = desk_add_token(&desk, str_copy_c(desk.test.arena, id), "mia", times);
        print_message("age case %zu\n", i);
        for (int round = 0; round < 2; round++) /* from the database, from the cache */
            desk_expect(&desk, desk_with_token("Mia", token),
                        age->is_expired ? "tokenExpired" : NULL);
    }
}

static void test_login_lets_a_cached_token_expire(void **state)
{
    (void)state;
    Str token = desk_add_token(&desk, "t1", "mia",
                               (TokenTimes){ .lifetime = sql_int(10),
                                             .idle_time = sql_int(0),
                                             .created_at = desk_time_text(&desk, 0) });
    desk_expect(&desk, desk_with_token("Mia", token), NULL);
    desk.now_us += 10 * HOUR_US - 1;
    desk_expect(&desk, desk_with_token("Mia", token), NULL);
    desk.now_us += 1;
    desk_expect(&desk, desk_with_token("Mia", token), "tokenExpired");
}

/* Uses count at once, long before they are written, also when the entry was forgotten. */
static void test_login_keeps_a_used_token_alive(void **state)
{
    (void)state;
    Str token = desk_add_token(
        &desk, "t1", "mia",
        (TokenTimes){ .idle_time = sql_int(2), .created_at = desk_time_text(&desk, 0) });
    for (int i = 0; i < 5; i++) {
        desk_expect(&desk, desk_with_token("Mia", token), NULL);
        desk.now_us += HOUR_US + HOUR_US / 2;
        if (i % 2 == 1)
            login_forget(desk.test.instance.login);
    }
    desk.now_us += HOUR_US / 2;
    desk_expect(&desk, desk_with_token("Mia", token), "tokenExpired");
}

static void test_login_takes_uses_at_most_once_a_minute(void **state)
{
    (void)state;
    TokenUse *uses;
    Login *login = desk.test.instance.login;
    Str token = desk_add_new_token(&desk, "t1", "mia");
    desk_expect(&desk, desk_with_token("Mia", token), NULL);
    assert_int_equal(login_take_uses(login, desk.test.arena, &uses), 0); /* stored as just now */
    desk.now_us += 59 * 1000000;
    desk_expect(&desk, desk_with_token("Mia", token), NULL);
    assert_int_equal(login_take_uses(login, desk.test.arena, &uses), 0);
    desk.now_us += 1000000;
    desk_expect(&desk, desk_with_token("Bob", token), "unauthorized"); /* no use */
    assert_int_equal(login_take_uses(login, desk.test.arena, &uses), 0);
    desk_expect(&desk, desk_with_token("Mia", token), NULL);
    desk.now_us += 1000000;
    desk_expect(&desk, desk_with_token("Mia", token), NULL);
    assert_int_equal(login_take_uses(login, desk.test.arena, &uses), 1);
    assert_true(str_equal(uses[0].token_id, STR("t1")));
    assert_int_equal(uses[0].used_at_us, desk.now_us - 1000000);
    assert_int_equal(login_take_uses(login, desk.test.arena, &uses), 0);
}

static void test_login_tokens_are_random_and_stored_as_sha256(void **state)
{
    (void)state;
    Str first = login_new_token(desk.test.arena);
    Str second = login_new_token(desk.test.arena);
    assert_int_equal(first.len, LOGIN_TOKEN_CHARS);
    assert_false(str_equal(first, second));
    for (size_t i = 0; i < first.len; i++)
        assert_non_null(strchr("0123456789abcdef", first.data[i]));
    assert_true(str_equal(login_token_hash(desk.test.arena, STR("abc")),
                          STR("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")));
}

#define LOGIN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGIN_TEST(test_login_without_credentials_stays_anonymous),
        LOGIN_TEST(test_login_by_token_sets_the_caller),
        LOGIN_TEST(test_login_by_token_wants_the_name_that_belongs_to_it),
        LOGIN_TEST(test_login_folds_names_beyond_ascii),
        LOGIN_TEST(test_login_refuses_unknown_tokens),
        LOGIN_TEST(test_login_tries_a_token_first_and_then_a_password),
        LOGIN_TEST(test_login_does_not_try_a_dead_token_as_a_password),
        LOGIN_TEST(test_login_forgets_tokens_when_told),
        LOGIN_TEST(test_login_in_an_older_snapshot_teaches_nobody),
        LOGIN_TEST(test_login_checks_the_age_of_a_token),
        LOGIN_TEST(test_login_lets_a_cached_token_expire),
        LOGIN_TEST(test_login_keeps_a_used_token_alive),
        LOGIN_TEST(test_login_takes_uses_at_most_once_a_minute),
        LOGIN_TEST(test_login_tokens_are_random_and_stored_as_sha256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
