#include "query/total_cache.h"

#include <pthread.h>

#include "base/memory.h"

typedef struct Slot {
    char *key;
    size_t key_len;
    int64_t total;
} Slot;

struct TotalCache {
    pthread_mutex_t lock;
    Slot slots[TOTAL_CACHE_SLOTS];
};

TotalCache *total_cache_new(void)
{
    TotalCache *cache = memory_zalloc(sizeof *cache);
    pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

void total_cache_free(TotalCache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < TOTAL_CACHE_SLOTS; i++)
        memory_free(cache->slots[i].key);
    pthread_mutex_destroy(&cache->lock);
    memory_free(cache);
}

static void add_bytes(Buf *buf, const void *data, size_t len)
{
    buf_append(buf, (Str){ data, len });
}

Str total_cache_key(Arena *arena, const SqlText *count, const int64_t *versions,
                    size_t version_count)
{
    Buf buf;
    buf_init(&buf, arena, (size_t)8 << 20);
    buf_append(&buf, buf_str(&count->buf));
    for (size_t i = 0; i < count->count; i++) {
        const SqlValue *value = &count->values[i];
        /* kind and length first, so that no two lists of values look alike */
        buf_append_byte(&buf, (char)value->kind);
        if (value->kind == SQL_INT)
            add_bytes(&buf, &value->integer, sizeof value->integer);
        if (value->kind == SQL_REAL)
            add_bytes(&buf, &value->real, sizeof value->real);
        if (value->kind == SQL_TEXT) {
            add_bytes(&buf, &value->text.len, sizeof value->text.len);
            buf_append(&buf, value->text);
        }
    }
    add_bytes(&buf, versions, version_count * sizeof *versions);
    return buf_str(&buf);
}

static Slot *slot_of(TotalCache *cache, Str key)
{
    return &cache->slots[str_hash(key) % TOTAL_CACHE_SLOTS];
}

bool total_cache_find(TotalCache *cache, Str key, int64_t *out_total)
{
    pthread_mutex_lock(&cache->lock);
    const Slot *slot = slot_of(cache, key);
    bool is_hit = slot->key != NULL && str_equal((Str){ slot->key, slot->key_len }, key);
    if (is_hit)
        *out_total = slot->total;
    pthread_mutex_unlock(&cache->lock);
    return is_hit;
}

void total_cache_put(TotalCache *cache, Str key, int64_t total)
{
    if (key.len > TOTAL_CACHE_MAX_KEY_BYTES)
        return;
    char *copy = memory_alloc(key.len);
    memcpy(copy, key.data, key.len);
    pthread_mutex_lock(&cache->lock);
    Slot *slot = slot_of(cache, key);
    char *old = slot->key;
    *slot = (Slot){ .key = copy, .key_len = key.len, .total = total };
    pthread_mutex_unlock(&cache->lock);
    memory_free(old);
}
