#include "access/digest.h"

#include <sodium.h>

Str digest_of(Arena *arena, const Str *parts, size_t count)
{
    crypto_hash_sha256_state state;
    unsigned char hash[crypto_hash_sha256_BYTES];
    char *text = arena_alloc(arena, sizeof hash * 2 + 1);
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < count; i++) {
        uint64_t len = parts[i].len;
        crypto_hash_sha256_update(&state, (const unsigned char *)&len, sizeof len);
        if (len > 0)
            crypto_hash_sha256_update(&state, (const unsigned char *)parts[i].data, len);
    }
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(text, sizeof hash * 2 + 1, hash, sizeof hash);
    return (Str){ text, sizeof hash * 2 };
}
