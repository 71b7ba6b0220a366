#pragma once
/* Total cache: counts of filtered lists, by the whole statement with its values and the versions of
 * the entities that it looks at - so an entry is never wrong, only unused after a change. Fixed
 * size; a new entry takes the place of the one in its slot. Shared; one lock inside. Keys longer
 * than TOTAL_CACHE_MAX_KEY_BYTES are not kept. */

#include "sql/sql_text.h"

#define TOTAL_CACHE_SLOTS 1024
#define TOTAL_CACHE_MAX_KEY_BYTES 4096

typedef struct TotalCache TotalCache;

TotalCache *total_cache_new(void);
void total_cache_free(TotalCache *cache);
/* The key of a count. */
Str total_cache_key(Arena *arena, const SqlText *count, const int64_t *versions,
                    size_t version_count);
bool total_cache_find(TotalCache *cache, Str key, int64_t *out_total);
void total_cache_put(TotalCache *cache, Str key, int64_t total);
