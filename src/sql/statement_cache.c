#include "sql/statement_cache.h"

#include <assert.h>

#include "base/memory.h"

/* The slot of this text, filled or empty. */
static CachedStatement *slot_of(StatementCache *cache, Str text, uint64_t hash)
{
    size_t at = hash & (STATEMENT_CACHE_SLOTS - 1);
    while (!str_is_none(cache->slots[at].text)) {
        CachedStatement *slot = &cache->slots[at];
        if (slot->hash == hash && str_equal(slot->text, text))
            return slot;
        at = (at + 1) & (STATEMENT_CACHE_SLOTS - 1);
    }
    return &cache->slots[at];
}

CachedStatement *statement_cache_find(StatementCache *cache, Str text)
{
    CachedStatement *slot = slot_of(cache, text, str_hash(text));
    return str_is_none(slot->text) ? NULL : slot;
}

bool statement_cache_is_full(const StatementCache *cache)
{
    return cache->count >= STATEMENT_CACHE_SLOTS / 4 * 3;
}

bool statement_cache_is_busy(const StatementCache *cache)
{
    for (size_t i = 0; i < STATEMENT_CACHE_SLOTS; i++)
        if (cache->slots[i].is_busy)
            return true;
    return false;
}

CachedStatement *statement_cache_add(StatementCache *cache, Str text, void *statement)
{
    uint64_t hash = str_hash(text);
    CachedStatement *slot = slot_of(cache, text, hash);
    assert(str_is_none(slot->text) && !statement_cache_is_full(cache));
    char *owned = memory_alloc(text.len);
    memcpy(owned, text.data, text.len);
    *slot = (CachedStatement){ .text = { owned, text.len }, .hash = hash, .statement = statement };
    cache->count++;
    return slot;
}

void statement_cache_clear(StatementCache *cache, void (*drop)(void *statement))
{
    for (size_t i = 0; i < STATEMENT_CACHE_SLOTS; i++) {
        CachedStatement *slot = &cache->slots[i];
        if (str_is_none(slot->text))
            continue;
        if (drop != NULL)
            drop(slot->statement);
        memory_free((char *)(uintptr_t)slot->text.data);
        *slot = (CachedStatement){ 0 };
    }
    cache->count = 0;
}
