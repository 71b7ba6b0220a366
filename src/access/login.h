#pragma once
/* Login: from credentials to a caller (spec 2, reliability §4).
 *
 * Tokens are 64 lower-case hex characters, found by their SHA-256 in a cache of the process
 * (token_cache.h, emptied by `login_forget` when users or tokens change), else in the database. A
 * token must be active, within its lifetime and idle time (hours; null = the defaults; 0 = no
 * limit), of an active user whose name is the one given. Wall clock; setting it back does not
 * revive what had expired when the token was last used. Unknown tokens are not counted as failures:
 * nobody guesses 256 bits. With Basic, a secret that is no known token is tried as a password.
 *
 * Passwords: a verified pair is remembered for LOGIN_REMEMBERED_S and its address (verified.h).
 * Failures are counted by address and by account (throttle.h, monotonic clock): more than
 * LOGIN_MAX_FAILURES within LOGIN_FAILURE_PERIOD_S -> THROTTLED with `retry_after_s`. Every failure
 * says the same and costs the same; why it failed is in the error's `detail`, for the log.
 *
 * Threads: a Login is shared; each part has a lock of its own. */

#include "access/credentials.h"
#include "access/task.h"
#include "access/token_cache.h"

#define LOGIN_MAX_FAILURES 10
#define LOGIN_FAILURE_PERIOD_S 60
#define LOGIN_DEFAULT_LIFETIME_HOURS 720
#define LOGIN_DEFAULT_IDLE_HOURS 120
#define LOGIN_TOKEN_CHARS 64
#define LOGIN_REMEMBERED_S 60

/* After password_init. */
Login *login_new(void);
void login_free(Login *login);

typedef enum LoginOutcome {
    LOGIN_DONE,       /* task->caller is set: anonymous when no credentials were given */
    LOGIN_NEEDS_HASH, /* nothing is set yet: go on with login_check_password */
} LoginOutcome;

/* Never hashes a password, so it may run on an I/O thread: a token, a remembered password, or the
 * news that it takes a hash. The first thing that a task does. UNAUTHENTICATED (`tokenExpired` for
 * a token that was good), THROTTLED. */
Error *login_authenticate(Task *task, const Credentials *credentials, LoginOutcome *out) must_check;
/* What login_authenticate left open, also in a new task with the same credentials. Tens of
 * milliseconds: on the heavy pool only. Sets task->caller. UNAUTHENTICATED, THROTTLED. */
Error *login_check_password(Task *task, const Credentials *credentials) must_check;

/* A new random token and what is stored of it. */
Str login_new_token(Arena *arena);
Str login_token_hash(Arena *arena, Str token); /* lower-case hex SHA-256 */

/* Users or tokens have changed: cached tokens are looked up again. After the commit, from any
 * thread; costs nothing. */
void login_forget(Login *login);
/* Tokens used since the last call, at most one entry each: `lastAccess` to write. */
size_t login_take_uses(Login *login, Arena *arena, TokenUse **out);
