#include "access/verified.h"

#include <pthread.h>
#include <sodium.h>

#include "base/memory.h"
#include "base/random.h"

#define SET_SLOTS 8
#define SET_COUNT 256 /* power of two */
#define PROOF_BYTES 32

typedef struct Slot {
    unsigned char proof[PROOF_BYTES];
    int64_t verified_at_us;
    bool is_used;
} Slot;

struct Verified {
    pthread_mutex_t lock; /* guards slots */
    int64_t kept_us;
    unsigned char key[crypto_generichash_KEYBYTES];
    Slot slots[SET_COUNT][SET_SLOTS];
};

Verified *verified_new(int64_t kept_us)
{
    Verified *verified = memory_zalloc(sizeof *verified);
    pthread_mutex_init(&verified->lock, NULL);
    verified->kept_us = kept_us;
    random_bytes(verified->key, sizeof verified->key);
    return verified;
}

void verified_free(Verified *verified)
{
    if (verified == NULL)
        return;
    pthread_mutex_destroy(&verified->lock);
    sodium_memzero(verified, sizeof *verified);
    memory_free(verified);
}

/* With its length, so that the parts can't flow into each other. */
static void add_part(crypto_generichash_state *state, Str part)
{
    uint64_t len = part.len;
    crypto_generichash_update(state, (const unsigned char *)&len, sizeof len);
    crypto_generichash_update(state, (const unsigned char *)(part.data != NULL ? part.data : ""),
                              part.len);
}

static void make_proof(const Verified *verified, const VerifiedPair *pair, unsigned char *out)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, verified->key, sizeof verified->key, PROOF_BYTES);
    add_part(&state, pair->address);
    add_part(&state, pair->user_id);
    add_part(&state, pair->password_hash);
    add_part(&state, pair->password);
    crypto_generichash_final(&state, out, PROOF_BYTES);
    sodium_memzero(&state, sizeof state);
}

static Slot *set_of(Verified *verified, const unsigned char *proof)
{
    return verified->slots[proof[0] & (SET_COUNT - 1)];
}

bool verified_has(Verified *verified, const VerifiedPair *pair, int64_t now_us)
{
    unsigned char proof[PROOF_BYTES];
    bool is_found = false;
    make_proof(verified, pair, proof);
    pthread_mutex_lock(&verified->lock);
    const Slot *set = set_of(verified, proof);
    for (size_t i = 0; i < SET_SLOTS; i++)
        is_found |= set[i].is_used && now_us - set[i].verified_at_us < verified->kept_us &&
                    sodium_memcmp(set[i].proof, proof, PROOF_BYTES) == 0;
    pthread_mutex_unlock(&verified->lock);
    return is_found;
}

static Slot *choose_slot(Slot *set, const unsigned char *proof)
{
    Slot *chosen = &set[0];
    for (size_t i = 0; i < SET_SLOTS; i++) {
        if (set[i].is_used && sodium_memcmp(set[i].proof, proof, PROOF_BYTES) == 0)
            return &set[i];
        if (chosen->is_used && (!set[i].is_used || set[i].verified_at_us < chosen->verified_at_us))
            chosen = &set[i];
    }
    return chosen;
}

void verified_remember(Verified *verified, const VerifiedPair *pair, int64_t now_us)
{
    unsigned char proof[PROOF_BYTES];
    make_proof(verified, pair, proof);
    pthread_mutex_lock(&verified->lock);
    Slot *slot = choose_slot(set_of(verified, proof), proof);
    memcpy(slot->proof, proof, PROOF_BYTES);
    slot->verified_at_us = now_us;
    slot->is_used = true;
    pthread_mutex_unlock(&verified->lock);
}
