#pragma once
/* Tokens: AuthToken records - made by a login or by an administrator, shown once, stored as SHA-256
 * (spec 2.3). */

#include "access/login.h"
#include "record/hook.h"

extern const RecordHook token_hook;

typedef struct TokenRequest {
    Str user_id;
    Str remote_address;
    int64_t lifetime_hours; /* -1 = the default */
    int64_t idle_hours;
} TokenRequest;

/* A new token for a login; `*out` is the bare token. Waits for the commit. */
Error *token_issue(Task *task, const TokenRequest *request, Str *out) must_check;
/* Deactivates the caller's own token, for an administrator anyone's. False when there is no such
 * token. */
Error *token_destroy(Task *task, Str token, bool *out) must_check;
/* Writes `lastAccess` of tokens that were used. */
Error *token_write_uses(Task *task, const TokenUse *uses, size_t count) must_check;
