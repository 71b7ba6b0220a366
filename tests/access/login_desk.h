#pragma once
/* Login desk: an instance with one user, and the steps that tests of the login are made of. The
 * user `mia` is called "Mia", is an administrator and has the password "secret". */

#include "access/login.h"
#include "support/test_instance.h"

typedef struct LoginDesk {
    TestInstance test;
    int64_t now_us; /* of the tasks; whole seconds */
    Str secret_hash;
} LoginDesk;

#define VALUES(...) ((const TestValue[]){ __VA_ARGS__, { NULL, { 0 } } })

void desk_open(LoginDesk *out);
void desk_close(LoginDesk *desk);

void desk_add_user(LoginDesk *desk, const char *id, const char *user_name, Str password_hash);

typedef struct TokenTimes {
    SqlValue lifetime;
    SqlValue idle_time;
    Str created_at;
    Str last_access;
} TokenTimes;

/* Gives the bare token. */
Str desk_add_token(LoginDesk *desk, const char *id, const char *user_id, TokenTimes times);
Str desk_add_new_token(LoginDesk *desk, const char *id, const char *user_id);
Str desk_time_text(LoginDesk *desk, int64_t hours_ago);

/* All from 192.0.2.1. */
Credentials desk_with_token(const char *user_name, Str token);
Credentials desk_with_password(const char *user_name, const char *password);

void desk_begin_task(LoginDesk *desk, Task *out);
/* The whole way in, as a server goes it; `out` is to be ended. */
Error *desk_log_in(LoginDesk *desk, Task *out, Credentials credentials);
/* What login_authenticate says by itself. */
LoginOutcome desk_outcome_of(LoginDesk *desk, Credentials credentials);

/* `code` NULL: there is no error. */
void desk_expect_code(const Error *error, const char *code);
void desk_expect(LoginDesk *desk, Credentials credentials, const char *code);
