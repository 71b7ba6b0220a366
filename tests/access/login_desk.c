#include "access/login_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "access/password.h"
#include "base/clock.h"
#include "base/utf8.h"

#define SECOND_US ((int64_t)1000000)

void desk_open(LoginDesk *out)
{
    test_instance_open(&out->test, NULL);
    out->now_us = clock_wall_us() / SECOND_US * SECOND_US;
    desk_expect_code(password_hash(out->test.arena, STR("secret"), &out->secret_hash), NULL);
    desk_add_user(out, "mia", "Mia", out->secret_hash);
}

void desk_close(LoginDesk *desk)
{
    test_instance_close(&desk->test);
}

void desk_add_user(LoginDesk *desk, const char *id, const char *user_name, Str password_hash)
{
    Str key = utf8_fold_name(desk->test.arena, str_from(user_name));
    test_instance_insert(
        &desk->test, "User",
        VALUES({ "id", sql_text(str_from(id)) }, { "name", sql_text(STR("Mia Example")) },
               { "userName", sql_text(str_from(user_name)) }, { "userNameKey", sql_text(key) },
               { "passwordHash", sql_text(password_hash) }, { "isActive", sql_int(1) },
               { "isAdmin", sql_int(1) }));
}

Str desk_add_token(LoginDesk *desk, const char *id, const char *user_id, TokenTimes times)
{
    Arena *arena = desk->test.arena;
    Str token = login_new_token(arena);
    test_instance_insert(
        &desk->test, "AuthToken",
        VALUES({ "id", sql_text(str_from(id)) }, { "user", sql_text(str_from(user_id)) },
               { "tokenHash", sql_text(login_token_hash(arena, token)) },
               { "isActive", sql_int(1) }, { "lifetime", times.lifetime },
               { "idleTime", times.idle_time }, { "createdAt", sql_text(times.created_at) },
               { "lastAccess", sql_text(times.last_access) }));
    return token;
}

Str desk_time_text(LoginDesk *desk, int64_t hours_ago)
{
    char *text = arena_alloc(desk->test.arena, CLOCK_TEXT_LEN);
    clock_write_text(desk->now_us - hours_ago * 3600 * SECOND_US, text);
    return (Str){ text, CLOCK_TEXT_LEN };
}

Str desk_add_new_token(LoginDesk *desk, const char *id, const char *user_id)
{
    TokenTimes times = { .created_at = desk_time_text(desk, 0) };
    return desk_add_token(desk, id, user_id, times);
}

Credentials desk_with_token(const char *user_name, Str token)
{
    return (Credentials){ .is_given = true,
                          .user_name = str_from(user_name),
                          .secret = token,
                          .remote_address = STR("192.0.2.1") };
}

Credentials desk_with_password(const char *user_name, const char *password)
{
    Credentials credentials = desk_with_token(user_name, str_from(password));
    credentials.may_be_password = true;
    return credentials;
}

void desk_begin_task(LoginDesk *desk, Task *out)
{
    test_instance_begin_task(&desk->test, out);
    out->now_us = desk->now_us;
}

Error *desk_log_in(LoginDesk *desk, Task *out, Credentials credentials)
{
    LoginOutcome outcome;
    desk_begin_task(desk, out);
    Error *error = login_authenticate(out, &credentials, &outcome);
    if (error != NULL || outcome == LOGIN_DONE)
        return error;
    test_instance_end_task(out);
    desk_begin_task(desk, out);
    return login_check_password(out, &credentials);
}

LoginOutcome desk_outcome_of(LoginDesk *desk, Credentials credentials)
{
    Task task;
    LoginOutcome outcome;
    desk_begin_task(desk, &task);
    desk_expect_code(login_authenticate(&task, &credentials, &outcome), NULL);
    assert_int_equal(task.caller->is_anonymous, outcome == LOGIN_NEEDS_HASH);
    test_instance_end_task(&task);
    return outcome;
}

void desk_expect_code(const Error *error, const char *code)
{
    if (code == NULL && error != NULL)
        fail_msg("%.*s", STR_ARGS(error->reason));
    if (code == NULL)
        return;
    assert_non_null(error);
    assert_string_equal(error->code, code);
}

void desk_expect(LoginDesk *desk, Credentials credentials, const char *code)
{
    Task task;
    desk_expect_code(desk_log_in(desk, &task, credentials), code);
    assert_int_equal(task.caller->is_anonymous, code != NULL);
    test_instance_end_task(&task);
}
