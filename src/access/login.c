#include "access/login.h"

#include <arpa/inet.h>
#include <sodium.h>

#include "access/account.h"
#include "access/password.h"
#include "access/throttle.h"
#include "access/verified.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/utf8.h"

#define TOKEN_BYTES (LOGIN_TOKEN_CHARS / 2)
#define CACHED_TOKENS 50000
#define THROTTLED_KEYS 8192
#define HOUR_US ((int64_t)3600 * 1000000)
/* How exact the time of a token's last use is: so seldom is it written to memory that all threads
 * share. */
#define USE_STEP_US ((int64_t)60 * 1000000)
#define IPV6_NETWORK_BYTES 8

_Static_assert(TOKEN_HASH_BYTES == crypto_hash_sha256_BYTES, "a token's hash is a SHA-256");

struct Login {
    TokenCache *tokens;
    Verified *verified;
    Throttle *by_address;
    Throttle *by_account;
};

Login *login_new(void)
{
    ThrottleOptions throttle = {
        .max_failures = LOGIN_MAX_FAILURES,
        .period_us = (int64_t)LOGIN_FAILURE_PERIOD_S * 1000000,
        .max_keys = THROTTLED_KEYS,
    };
    Login *login = memory_zalloc(sizeof *login);
    login->tokens = token_cache_new(CACHED_TOKENS);
    login->verified = verified_new((int64_t)LOGIN_REMEMBERED_S * 1000000);
    login->by_address = throttle_new(&throttle);
    login->by_account = throttle_new(&throttle);
    return login;
}

void login_free(Login *login)
{
    if (login == NULL)
        return;
    token_cache_free(login->tokens);
    verified_free(login->verified);
    throttle_free(login->by_address);
    throttle_free(login->by_account);
    memory_free(login);
}

void login_forget(Login *login)
{
    token_cache_forget(login->tokens);
}

size_t login_take_uses(Login *login, Arena *arena, TokenUse **out)
{
    return token_cache_take_uses(login->tokens, arena, out);
}

static Str hex_text(Arena *arena, const unsigned char *bytes, size_t count)
{
    char *text = arena_alloc(arena, count * 2 + 1);
    sodium_bin2hex(text, count * 2 + 1, bytes, count);
    return (Str){ text, count * 2 };
}

Str login_new_token(Arena *arena)
{
    unsigned char bytes[TOKEN_BYTES];
    random_bytes(bytes, sizeof bytes);
    Str token = hex_text(arena, bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
    return token;
}

static void hash_token(Str token, uint8_t *out)
{
    crypto_hash_sha256(out, (const unsigned char *)token.data, token.len);
}

Str login_token_hash(Arena *arena, Str token)
{
    uint8_t hash[TOKEN_HASH_BYTES];
    hash_token(token, hash);
    return hex_text(arena, hash, sizeof hash);
}

static Error *refuse(Task *task, Str detail)
{
    Error *error =
        error_new(task->arena, ERROR_UNAUTHENTICATED, "Wrong user name, password or token");
    error->detail = detail;
    return error;
}

static bool is_token_shaped(Str secret)
{
    if (secret.len != LOGIN_TOKEN_CHARS)
        return false;
    for (size_t i = 0; i < secret.len; i++)
        if (!(secret.data[i] >= '0' && secret.data[i] <= '9') &&
            !(secret.data[i] >= 'a' && secret.data[i] <= 'f'))
            return false;
    return true;
}

/* `start_us` plus hours; no limit when that is beyond all times. */
static int64_t time_after_hours(int64_t start_us, int64_t hours)
{
    int64_t span_us;
    int64_t end_us;
    if (__builtin_mul_overflow(hours, HOUR_US, &span_us) ||
        __builtin_add_overflow(start_us, span_us, &end_us))
        return INT64_MAX;
    return end_us;
}

static TokenFacts facts_of(const TokenRecord *record, const Account *account)
{
    int64_t lifetime = record->has_lifetime ? record->lifetime_hours : LOGIN_DEFAULT_LIFETIME_HOURS;
    int64_t idle = record->has_idle_time ? record->idle_hours : LOGIN_DEFAULT_IDLE_HOURS;
    bool was_used = record->last_access_us > record->created_at_us;
    return (TokenFacts){
        .token_id = record->id,
        .user_id = account->user_id,
        .user_name = account->user_name,
        .user_name_key = account->user_name_key,
        .name = account->name,
        .is_admin = account->is_admin,
        .expires_at_us =
            lifetime > 0 ? time_after_hours(record->created_at_us, lifetime) : INT64_MAX,
        .idle_us = idle > 0 ? time_after_hours(0, idle) : 0,
        .last_used_us = was_used ? record->last_access_us : record->created_at_us,
    };
}

typedef enum TokenState { TOKEN_UNKNOWN, TOKEN_DEAD, TOKEN_USABLE } TokenState;

/* Reads from the database, and keeps what it finds unless it may be out of date already. */
static Error *load_token(Task *task, const uint8_t *hash, TokenFacts *out, TokenState *out_state)
{
    TokenCache *cache = task->instance->login->tokens;
    /* In an older snapshot, or among rows not yet committed, nothing is learned for others. */
    bool is_fresh = task->sql == NULL;
    uint64_t generation = token_cache_generation(cache);
    TokenRecord record;
    Account account;
    bool is_found;
    *out_state = TOKEN_UNKNOWN;
    TRY(account_find_token(task, hex_text(task->arena, hash, TOKEN_HASH_BYTES), &record,
                           &is_found));
    if (!is_found)
        return NULL;
    *out_state = TOKEN_DEAD;
    TRY(account_find_by_id(task, record.user_id, &account, &is_found));
    if (!is_found || !record.is_active || !account.is_active)
        return NULL;
    *out = facts_of(&record, &account);
    *out_state = TOKEN_USABLE;
    if (is_fresh)
        token_cache_put(cache, hash, out, generation);
    /* Forgotten entries still know of uses that are not stored yet. */
    int64_t noted_us = token_cache_last_use(cache, hash);
    if (noted_us > out->last_used_us)
        out->last_used_us = noted_us;
    return NULL;
}

static bool is_name_of(Task *task, Str given, const TokenFacts *facts)
{
    return str_equal(given, facts->user_name) ||
           str_equal(utf8_fold_name(task->arena, given), facts->user_name_key);
}

static Error *check_token_age(Task *task, const TokenFacts *facts)
{
    /* The last use is the latest time that is known to have been: a clock set back does not go
     * behind it. */
    int64_t now_us = task->now_us > facts->last_used_us ? task->now_us : facts->last_used_us;
    bool is_too_old = now_us >= facts->expires_at_us;
    bool is_too_idle = facts->idle_us > 0 && now_us - facts->last_used_us >= facts->idle_us;
    if (is_too_old || is_too_idle)
        return error_new_code(task->arena, ERROR_UNAUTHENTICATED, "tokenExpired",
                              "The token has expired; log in again");
    return NULL;
}

static void set_caller(Task *task, Caller caller)
{
    Caller *kept = ARENA_NEW(task->arena, Caller);
    *kept = caller;
    task->caller = kept;
}

/* A token that exists is never tried as a password. */
static Error *check_token(Task *task, const Credentials *credentials, TokenState *out_state)
{
    TokenCache *cache = task->instance->login->tokens;
    uint8_t hash[TOKEN_HASH_BYTES];
    TokenFacts facts;
    hash_token(credentials->secret, hash);
    *out_state = TOKEN_USABLE;
    if (!token_cache_find(cache, task->arena, hash, &facts))
        TRY(load_token(task, hash, &facts, out_state));
    if (*out_state == TOKEN_UNKNOWN)
        return NULL;
    if (*out_state == TOKEN_DEAD)
        return refuse(task, STR("inactive token or user"));
    if (!is_name_of(task, credentials->user_name, &facts))
        return refuse(task, STR("token of another user"));
    TRY(check_token_age(task, &facts));
    if (task->now_us - facts.last_used_us >= USE_STEP_US)
        token_cache_note_use(cache, hash, task->now_us);
    set_caller(task, (Caller){ .user_id = facts.user_id,
                               .user_name = facts.user_name,
                               .name = facts.name,
                               .token_id = facts.token_id,
                               .token = credentials->secret,
                               .is_admin = facts.is_admin });
    return NULL;
}

typedef struct Attempt {
    Str address; /* whose failures are counted */
    Str user_name_key;
    Str password;
    Account account;
    bool is_known; /* there is such an account */
} Attempt;

/* An IPv6 client has a whole network of addresses to try from. */
static Str address_key(Arena *arena, Str address)
{
    struct in6_addr parsed;
    if (inet_pton(AF_INET6, str_copy_c(arena, address), &parsed) != 1)
        return address;
    return str_copy(arena, (Str){ (const char *)parsed.s6_addr, IPV6_NETWORK_BYTES });
}

static Error *check_throttle(Task *task, Throttle *throttle, Str key)
{
    int wait_s = throttle_wait_s(throttle, key, clock_monotonic_us());
    if (wait_s == 0)
        return NULL;
    Error *error = error_new(task->arena, ERROR_THROTTLED,
                             "Too many failed logins; try again in %d seconds", wait_s);
    error->retry_after_s = wait_s;
    return error;
}

static VerifiedPair pair_of(const Attempt *attempt)
{
    return (VerifiedPair){
        .address = attempt->address,
        .user_id = attempt->account.user_id,
        .password_hash = attempt->account.password_hash,
        .password = attempt->password,
    };
}

static bool is_remembered(const Login *login, const Attempt *attempt)
{
    VerifiedPair pair = pair_of(attempt);
    return attempt->is_known && attempt->account.is_active &&
           verified_has(login->verified, &pair, clock_monotonic_us());
}

/* All that comes before the hash. A remembered pair passes while others fail on its account (it is
 * bound to its own address, so they can't find it), but not while its address fails. */
static Error *begin_attempt(Task *task, const Credentials *credentials, Attempt *out,
                            bool *out_remembered)
{
    const Login *login = task->instance->login;
    *out = (Attempt){
        .address = address_key(task->arena, credentials->remote_address),
        .user_name_key = utf8_fold_name(task->arena, credentials->user_name),
        .password = credentials->secret,
    };
    TRY(check_throttle(task, login->by_address, out->address));
    TRY(account_find_by_name(task, out->user_name_key, &out->account, &out->is_known));
    *out_remembered = is_remembered(login, out);
    if (*out_remembered)
        return NULL;
    return check_throttle(task, login->by_account, out->user_name_key);
}

static Error *fail_attempt(Task *task, const Attempt *attempt, Str detail)
{
    const Login *login = task->instance->login;
    int64_t now_us = clock_monotonic_us();
    throttle_count(login->by_address, attempt->address, now_us);
    throttle_count(login->by_account, attempt->user_name_key, now_us);
    return refuse(task, detail);
}

/* The same work whoever it is: no account and an account without a password cost a hash as well. */
static Error *check_hash(Task *task, const Attempt *attempt)
{
    const Login *login = task->instance->login;
    VerifiedPair pair = pair_of(attempt);
    if (!password_verify(task->arena, attempt->account.password_hash, attempt->password))
        return fail_attempt(task, attempt,
                            attempt->is_known ? STR("wrong password") : STR("unknown user"));
    if (!attempt->account.is_active)
        return fail_attempt(task, attempt, STR("inactive user"));
    /* Not the address's: who knows one password could else guess at others without end. */
    throttle_reset(login->by_account, attempt->user_name_key);
    verified_remember(login->verified, &pair, clock_monotonic_us());
    return NULL;
}

static void set_caller_from_account(Task *task, const Account *account)
{
    set_caller(task, (Caller){ .user_id = account->user_id,
                               .user_name = account->user_name,
                               .name = account->name,
                               .is_admin = account->is_admin });
}

static Error *try_remembered(Task *task, const Credentials *credentials, LoginOutcome *out)
{
    Attempt attempt;
    bool was_remembered;
    TRY(begin_attempt(task, credentials, &attempt, &was_remembered));
    if (was_remembered)
        set_caller_from_account(task, &attempt.account);
    *out = was_remembered ? LOGIN_DONE : LOGIN_NEEDS_HASH;
    return NULL;
}

Error *login_check_password(Task *task, const Credentials *credentials)
{
    Attempt attempt;
    bool was_remembered; /* by one that came at the same time */
    TRY(begin_attempt(task, credentials, &attempt, &was_remembered));
    if (!was_remembered)
        TRY(check_hash(task, &attempt));
    set_caller_from_account(task, &attempt.account);
    return NULL;
}

/* What browsers are told to send to forget what they know (spec 2.1): fails on purpose, is not
 * counted. */
static bool is_logout(const Credentials *credentials)
{
    return str_equal(credentials->user_name, STR("**logout"));
}

Error *login_authenticate(Task *task, const Credentials *credentials, LoginOutcome *out)
{
    TokenState state = TOKEN_UNKNOWN;
    if (!credentials->is_given) {
        *out = LOGIN_DONE;
        return NULL;
    }
    if (is_logout(credentials))
        return refuse(task, STR("logout"));
    if (is_token_shaped(credentials->secret))
        TRY(check_token(task, credentials, &state));
    if (state == TOKEN_USABLE) {
        *out = LOGIN_DONE;
        return NULL;
    }
    if (!credentials->may_be_password)
        return refuse(task, STR("unknown token"));
    return try_remembered(task, credentials, out);
}
