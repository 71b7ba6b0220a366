#pragma once
/* Passwords: argon2id through libsodium, 19 MiB and 2 passes, parameters and salt inside the hash
 * (reliability §4). One call takes tens of milliseconds: never on an I/O thread or on the lane. */

#include "base/error.h"

/* Once, before anything else of this folder. */
Error *password_init(Arena *arena) must_check;
/* UNAVAILABLE: no memory for it. */
Error *password_hash(Arena *arena, Str password, Str *out) must_check;
/* `hash` none or empty: work of the same cost is done, and the answer is false. */
bool password_verify(Arena *arena, Str hash, Str password);
/* True when the hash was made with other parameters than today's. */
bool password_is_outdated(Arena *arena, Str hash);
