#pragma once
/* Verified: pairs of name and password that were right a moment ago, so that a client that sends
 * its password with every request pays one hash a minute. Kept is only a BLAKE2b hash under a
 * random key of the process, of the whole proof: the address, the account, its stored password hash
 * and the password. So a changed password ends it at once, and guesses from another address learn
 * nothing from it. Whether the user is still active is the caller's question.
 * Bounded: in a full set the oldest pair makes room. Time (monotonic, us) is handed in. Threads:
 * any; one mutex. */

#include "base/str.h"

typedef struct Verified Verified;

typedef struct VerifiedPair {
    Str address;
    Str user_id;
    Str password_hash;
    Str password;
} VerifiedPair;

/* After sodium_init. */
Verified *verified_new(int64_t kept_us);
void verified_free(Verified *verified);
bool verified_has(Verified *verified, const VerifiedPair *pair, int64_t now_us);
void verified_remember(Verified *verified, const VerifiedPair *pair, int64_t now_us);
