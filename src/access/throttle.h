#pragma once
/* Throttle: failures by key (an address, an account) within a sliding period. A key with more than
 * `max_failures` of them has to wait until the oldest of these leaves the period. Waiting attempts
 * are not counted, so nobody is locked out for longer by trying on.
 *
 *   set (by keyed hash) = 8 slots: key's hash, ring of the last max_failures + 1 times
 *
 * Bounded: in a full set the slot with the longest silence makes room. Each failure costs its
 * sender a password hash, so fewer keys fail within one period than fit. Attempts that run at the
 * same time all pass before the first of them counts: the limit is exceeded by at most the threads
 * that hash.
 * Time (monotonic, us) is handed in. Threads: any; one mutex, taken for passwords only. */

#include "base/str.h"

typedef struct Throttle Throttle;

typedef struct ThrottleOptions {
    unsigned max_failures;
    int64_t period_us;
    size_t max_keys; /* rounded up to a power of two */
} ThrottleOptions;

Throttle *throttle_new(const ThrottleOptions *options);
void throttle_free(Throttle *throttle);
/* Seconds (rounded up) until the key may try again; 0 = now. */
int throttle_wait_s(Throttle *throttle, Str key, int64_t now_us);
void throttle_count(Throttle *throttle, Str key, int64_t now_us);
void throttle_reset(Throttle *throttle, Str key);
