#pragma once
/* Token cache: what is known of the tokens in use, by SHA-256, so that a request finds its caller
 * without the database.
 *
 *   slots (open addressing, by the first 8 bytes of the hash)
 *     -> entry: hash, generation, facts, time of last use, texts; one block
 *
 * Forgetting is a step of the generation: an entry of an older one is not found. Who fills an entry
 * reads the generation BEFORE the database; when a forget came between, the entry is not kept.
 * Forgotten entries stay until they are replaced (their last use goes over to the new entry) or
 * until all is dropped, which happens at `max_entries`.
 * Threads: any; a read-write lock guards the slots, generation and times of use are atomic. */

#include "base/str.h"

#define TOKEN_HASH_BYTES 32

typedef struct TokenCache TokenCache;

/* Of an active token of an active user. */
typedef struct TokenFacts {
    Str token_id;
    Str user_id;
    Str user_name;
    Str user_name_key; /* folded */
    Str name;
    bool is_admin;
    int64_t expires_at_us; /* INT64_MAX = never */
    int64_t idle_us;       /* 0 = no limit */
    int64_t last_used_us;  /* wall clock */
} TokenFacts;

typedef struct TokenUse {
    Str token_id;
    int64_t used_at_us;
} TokenUse;

TokenCache *token_cache_new(size_t max_entries);
void token_cache_free(TokenCache *cache);
/* Texts are copied to the arena, in one piece. */
bool token_cache_find(TokenCache *cache, Arena *arena, const uint8_t *hash, TokenFacts *out);
uint64_t token_cache_generation(const TokenCache *cache);
void token_cache_put(TokenCache *cache, const uint8_t *hash, const TokenFacts *facts,
                     uint64_t generation);
void token_cache_forget(TokenCache *cache);
/* Nothing happens when the token isn't cached. Times only grow. */
void token_cache_note_use(TokenCache *cache, const uint8_t *hash, int64_t used_at_us);
/* The last use noted, forgotten entries included; INT64_MIN when there is none. */
int64_t token_cache_last_use(TokenCache *cache, const uint8_t *hash);
/* Uses noted since the last call, forgotten entries included. What a full cache dropped is lost. */
size_t token_cache_take_uses(TokenCache *cache, Arena *arena, TokenUse **out);
