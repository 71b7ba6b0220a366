#pragma once
/* Fresh writes: how far the database's log was written with the last write of each token, so that
 * what the token reads next shows it. A table of fixed size by hash: tokens that share a slot share
 * the later position, which only keeps a read from a replica that could have answered it. Nothing
 * has to be forgotten: replicas pass every position. Of this process only. Threads: any; each slot
 * is two atomics. */

#include "base/str.h"

typedef struct FreshWrites FreshWrites;

/* After `unknown_us` a replica that may be read has what was written at a position that nobody
 * could tell. */
FreshWrites *fresh_writes_new(int64_t unknown_us);
void fresh_writes_free(FreshWrites *writes);
/* `position` as sql_position gives it; `who`: a token or a user. */
void fresh_writes_note(FreshWrites *writes, Str who, uint64_t position, int64_t now_us);
/* 0 = nothing was written. */
uint64_t fresh_writes_find(const FreshWrites *writes, Str who, int64_t now_us);
