#include "access/throttle.h"

#include <pthread.h>
#include <sodium.h>

#include "base/memory.h"
#include "base/random.h"

#define SET_SLOTS 8

typedef struct Slot {
    uint64_t key_hash;
    uint32_t next;  /* in the ring */
    uint32_t count; /* of times in the ring; 0 = the slot is free */
} Slot;

struct Throttle {
    ThrottleOptions options;
    pthread_mutex_t lock; /* guards slots and times */
    Slot *slots;
    int64_t *times; /* ring_len of each slot */
    size_t set_count;
    uint32_t ring_len;
    unsigned char hash_key[crypto_shorthash_KEYBYTES];
};

Throttle *throttle_new(const ThrottleOptions *options)
{
    Throttle *throttle = memory_zalloc(sizeof *throttle);
    throttle->options = *options;
    throttle->ring_len = options->max_failures + 1;
    throttle->set_count = 1;
    while (throttle->set_count * SET_SLOTS < options->max_keys)
        throttle->set_count *= 2;
    size_t slot_count = throttle->set_count * SET_SLOTS;
    throttle->slots = memory_zalloc(slot_count * sizeof *throttle->slots);
    throttle->times = memory_zalloc(slot_count * throttle->ring_len * sizeof *throttle->times);
    random_bytes(throttle->hash_key, sizeof throttle->hash_key);
    pthread_mutex_init(&throttle->lock, NULL);
    return throttle;
}

void throttle_free(Throttle *throttle)
{
    if (throttle == NULL)
        return;
    pthread_mutex_destroy(&throttle->lock);
    memory_free(throttle->slots);
    memory_free(throttle->times);
    memory_free(throttle);
}

/* Keyed, so that nobody can choose names that meet in one set. */
static uint64_t hash_of(const Throttle *throttle, Str key)
{
    unsigned char bytes[crypto_shorthash_BYTES];
    uint64_t hash;
    crypto_shorthash(bytes, (const unsigned char *)(key.data != NULL ? key.data : ""), key.len,
                     throttle->hash_key);
    memcpy(&hash, bytes, sizeof hash);
    return hash;
}

static Slot *set_of(const Throttle *throttle, uint64_t hash)
{
    return &throttle->slots[((size_t)hash & (throttle->set_count - 1)) * SET_SLOTS];
}

static Slot *find_slot(const Throttle *throttle, uint64_t hash)
{
    Slot *set = set_of(throttle, hash);
    for (size_t i = 0; i < SET_SLOTS; i++)
        if (set[i].count > 0 && set[i].key_hash == hash)
            return &set[i];
    return NULL;
}

static int64_t *ring_of(const Throttle *throttle, const Slot *slot)
{
    return &throttle->times[(size_t)(slot - throttle->slots) * throttle->ring_len];
}

static int64_t newest_us(const Throttle *throttle, const Slot *slot)
{
    return ring_of(throttle, slot)[(slot->next + throttle->ring_len - 1) % throttle->ring_len];
}

static Slot *make_slot(const Throttle *throttle, uint64_t hash)
{
    Slot *set = set_of(throttle, hash);
    Slot *chosen = &set[0];
    for (size_t i = 0; i < SET_SLOTS && chosen->count > 0; i++)
        if (set[i].count == 0 || newest_us(throttle, &set[i]) < newest_us(throttle, chosen))
            chosen = &set[i];
    *chosen = (Slot){ .key_hash = hash };
    return chosen;
}

static int64_t wait_us(const Throttle *throttle, const Slot *slot, int64_t now_us)
{
    if (slot == NULL || slot->count < throttle->ring_len)
        return 0;
    int64_t oldest_us = ring_of(throttle, slot)[slot->next];
    int64_t left_us = oldest_us + throttle->options.period_us - now_us;
    return left_us > 0 ? left_us : 0;
}

int throttle_wait_s(Throttle *throttle, Str key, int64_t now_us)
{
    uint64_t hash = hash_of(throttle, key);
    pthread_mutex_lock(&throttle->lock);
    int64_t left_us = wait_us(throttle, find_slot(throttle, hash), now_us);
    pthread_mutex_unlock(&throttle->lock);
    return (int)((left_us + 999999) / 1000000);
}

void throttle_count(Throttle *throttle, Str key, int64_t now_us)
{
    uint64_t hash = hash_of(throttle, key);
    pthread_mutex_lock(&throttle->lock);
    Slot *slot = find_slot(throttle, hash);
    if (slot == NULL)
        slot = make_slot(throttle, hash);
    ring_of(throttle, slot)[slot->next] = now_us;
    slot->next = (slot->next + 1) % throttle->ring_len;
    if (slot->count < throttle->ring_len)
        slot->count++;
    pthread_mutex_unlock(&throttle->lock);
}

void throttle_reset(Throttle *throttle, Str key)
{
    uint64_t hash = hash_of(throttle, key);
    pthread_mutex_lock(&throttle->lock);
    Slot *slot = find_slot(throttle, hash);
    if (slot != NULL)
        *slot = (Slot){ 0 };
    pthread_mutex_unlock(&throttle->lock);
}
