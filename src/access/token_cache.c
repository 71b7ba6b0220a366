#include "access/token_cache.h"

#include <pthread.h>

#include "base/memory.h"

#define FIRST_CAPACITY 64

typedef struct Entry {
    uint8_t hash[TOKEN_HASH_BYTES];
    uint64_t generation;
    TokenFacts facts; /* its texts are the block below; `last_used_us` is as it was when the entry
                         was made */
    int64_t last_used_us; /* atomic */
    int64_t taken_us; /* atomic; the use that token_cache_take_uses gave away, or that is stored */
    size_t text_len;
    char text[];
} Entry;

struct TokenCache {
    pthread_rwlock_t lock; /* guards slots, capacity, count */
    Entry **slots;
    size_t capacity; /* power of two, at least twice the count */
    size_t count;
    size_t max_entries;
    uint64_t generation; /* atomic */
};

TokenCache *token_cache_new(size_t max_entries)
{
    TokenCache *cache = memory_zalloc(sizeof *cache);
    pthread_rwlock_init(&cache->lock, NULL);
    cache->capacity = FIRST_CAPACITY;
    cache->slots = memory_zalloc(cache->capacity * sizeof *cache->slots);
    cache->max_entries = max_entries;
    return cache;
}

static void drop_all(TokenCache *cache)
{
    for (size_t i = 0; i < cache->capacity; i++) {
        memory_free(cache->slots[i]);
        cache->slots[i] = NULL;
    }
    cache->count = 0;
}

void token_cache_free(TokenCache *cache)
{
    if (cache == NULL)
        return;
    drop_all(cache);
    memory_free(cache->slots);
    pthread_rwlock_destroy(&cache->lock);
    memory_free(cache);
}

/* The slot of this hash, or the empty one where it belongs. A SHA-256 is as even as a hash can be.
 */
static Entry **find_slot(Entry **slots, size_t capacity, const uint8_t *hash)
{
    uint64_t start;
    memcpy(&start, hash, sizeof start);
    size_t at = (size_t)start & (capacity - 1);
    while (slots[at] != NULL && memcmp(slots[at]->hash, hash, TOKEN_HASH_BYTES) != 0)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

uint64_t token_cache_generation(const TokenCache *cache)
{
    return __atomic_load_n(&cache->generation, __ATOMIC_SEQ_CST);
}

void token_cache_forget(TokenCache *cache)
{
    __atomic_fetch_add(&cache->generation, 1, __ATOMIC_SEQ_CST);
}

static void move_text(Str *text, const char *from, const char *to)
{
    if (text->data != NULL)
        text->data = to + (text->data - from);
}

/* Facts whose texts lie in the block `from` now have them in its copy `to`. */
static void move_texts(TokenFacts *facts, const char *from, const char *to)
{
    move_text(&facts->token_id, from, to);
    move_text(&facts->user_id, from, to);
    move_text(&facts->user_name, from, to);
    move_text(&facts->user_name_key, from, to);
    move_text(&facts->name, from, to);
}

static void copy_out(const Entry *entry, Arena *arena, TokenFacts *out)
{
    char *text = arena_alloc(arena, entry->text_len);
    memcpy(text, entry->text, entry->text_len);
    *out = entry->facts;
    move_texts(out, entry->text, text);
    out->last_used_us = __atomic_load_n(&entry->last_used_us, __ATOMIC_RELAXED);
}

bool token_cache_find(TokenCache *cache, Arena *arena, const uint8_t *hash, TokenFacts *out)
{
    pthread_rwlock_rdlock(&cache->lock);
    const Entry *entry = *find_slot(cache->slots, cache->capacity, hash);
    bool is_found = entry != NULL && entry->generation == token_cache_generation(cache);
    if (is_found)
        copy_out(entry, arena, out);
    pthread_rwlock_unlock(&cache->lock);
    return is_found;
}

static void pack_text(Str *text, char **end)
{
    if (text->data == NULL)
        return;
    memcpy(*end, text->data, text->len);
    text->data = *end;
    *end += text->len;
}

static Entry *make_entry(const uint8_t *hash, const TokenFacts *facts, uint64_t generation)
{
    size_t text_len = facts->token_id.len + facts->user_id.len + facts->user_name.len +
                      facts->user_name_key.len + facts->name.len;
    Entry *entry = memory_zalloc(sizeof *entry + text_len);
    memcpy(entry->hash, hash, TOKEN_HASH_BYTES);
    entry->generation = generation;
    entry->facts = *facts;
    entry->last_used_us = facts->last_used_us;
    entry->taken_us = facts->last_used_us;
    entry->text_len = text_len;
    char *end = entry->text;
    pack_text(&entry->facts.token_id, &end);
    pack_text(&entry->facts.user_id, &end);
    pack_text(&entry->facts.user_name, &end);
    pack_text(&entry->facts.user_name_key, &end);
    pack_text(&entry->facts.name, &end);
    return entry;
}

/* What the old entry knows of the token's use may be newer than what is stored. */
static void take_over_use(Entry *entry, const Entry *old)
{
    if (old->last_used_us > entry->last_used_us)
        entry->last_used_us = old->last_used_us;
    if (old->taken_us > entry->taken_us)
        entry->taken_us = old->taken_us;
}

static void grow(TokenCache *cache)
{
    size_t capacity = cache->capacity * 2;
    Entry **slots = memory_zalloc(capacity * sizeof *slots);
    for (size_t i = 0; i < cache->capacity; i++)
        if (cache->slots[i] != NULL)
            *find_slot(slots, capacity, cache->slots[i]->hash) = cache->slots[i];
    memory_free(cache->slots);
    cache->slots = slots;
    cache->capacity = capacity;
}

static void put_entry(TokenCache *cache, Entry *entry)
{
    Entry **slot = find_slot(cache->slots, cache->capacity, entry->hash);
    if (*slot != NULL) {
        take_over_use(entry, *slot);
        memory_free(*slot);
        *slot = entry;
        return;
    }
    if (cache->count >= cache->max_entries)
        drop_all(cache);
    else if ((cache->count + 1) * 2 > cache->capacity)
        grow(cache);
    *find_slot(cache->slots, cache->capacity, entry->hash) = entry;
    cache->count++;
}

void token_cache_put(TokenCache *cache, const uint8_t *hash, const TokenFacts *facts,
                     uint64_t generation)
{
    /* A forget after this line does no harm: the entry carries the generation that it was read in.
     */
    if (generation != token_cache_generation(cache))
        return;
    Entry *entry = make_entry(hash, facts, generation);
    pthread_rwlock_wrlock(&cache->lock);
    put_entry(cache, entry);
    pthread_rwlock_unlock(&cache->lock);
}

void token_cache_note_use(TokenCache *cache, const uint8_t *hash, int64_t used_at_us)
{
    pthread_rwlock_rdlock(&cache->lock);
    Entry *entry = *find_slot(cache->slots, cache->capacity, hash);
    if (entry != NULL && used_at_us > __atomic_load_n(&entry->last_used_us, __ATOMIC_RELAXED))
        __atomic_store_n(&entry->last_used_us, used_at_us, __ATOMIC_RELAXED);
    pthread_rwlock_unlock(&cache->lock);
}

int64_t token_cache_last_use(TokenCache *cache, const uint8_t *hash)
{
    int64_t used_us = INT64_MIN;
    pthread_rwlock_rdlock(&cache->lock);
    const Entry *entry = *find_slot(cache->slots, cache->capacity, hash);
    if (entry != NULL)
        used_us = __atomic_load_n(&entry->last_used_us, __ATOMIC_RELAXED);
    pthread_rwlock_unlock(&cache->lock);
    return used_us;
}

static bool has_use(const Entry *entry)
{
    return entry != NULL && __atomic_load_n(&entry->last_used_us, __ATOMIC_RELAXED) >
                                __atomic_load_n(&entry->taken_us, __ATOMIC_RELAXED);
}

/* False when somebody else was faster. */
static bool take_use(Entry *entry, Arena *arena, TokenUse *out)
{
    int64_t used_us = __atomic_load_n(&entry->last_used_us, __ATOMIC_RELAXED);
    if (__atomic_exchange_n(&entry->taken_us, used_us, __ATOMIC_RELAXED) >= used_us)
        return false;
    *out = (TokenUse){ .token_id = str_copy(arena, entry->facts.token_id), .used_at_us = used_us };
    return true;
}

size_t token_cache_take_uses(TokenCache *cache, Arena *arena, TokenUse **out)
{
    size_t wanted = 0;
    size_t taken = 0;
    pthread_rwlock_rdlock(&cache->lock);
    for (size_t i = 0; i < cache->capacity; i++)
        wanted += has_use(cache->slots[i]);
    TokenUse *uses = ARENA_ARRAY(arena, TokenUse, wanted);
    /* A use that is noted meanwhile may be one too many; it waits for the next call. */
    for (size_t i = 0; i < cache->capacity && taken < wanted; i++)
        if (has_use(cache->slots[i]) && take_use(cache->slots[i], arena, &uses[taken]))
            taken++;
    pthread_rwlock_unlock(&cache->lock);
    *out = uses;
    return taken;
}
