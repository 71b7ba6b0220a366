#pragma once
/* Statement cache: what a connection has prepared, by SQL text. Open addressing, at most three
 * quarters full; the slots lie in the cache, so a pointer to one is good until the next clear. The
 * statements are the driver's. Threads: as its connection. */

#include "base/str.h"

#define STATEMENT_CACHE_SLOTS 512 /* power of two */

typedef struct CachedStatement {
    Str text; /* owned; none = empty slot, or a one-off outside the cache */
    uint64_t hash;
    void *statement;
    bool is_busy; /* rows of it are being read */
} CachedStatement;

typedef struct StatementCache {
    CachedStatement slots[STATEMENT_CACHE_SLOTS];
    unsigned count;
} StatementCache;

/* NULL when the text is not prepared. */
CachedStatement *statement_cache_find(StatementCache *cache, Str text);
bool statement_cache_is_full(const StatementCache *cache);
bool statement_cache_is_busy(const StatementCache *cache);
/* Takes the statement of a text that is not there; the cache must not be full. The text is copied.
 */
CachedStatement *statement_cache_add(StatementCache *cache, Str text, void *statement);
/* Forgets all; `drop` (or NULL) ends each statement. */
void statement_cache_clear(StatementCache *cache, void (*drop)(void *statement));
