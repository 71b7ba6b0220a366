#include "access/password.h"

#include <sodium.h>

#define PASSWORD_PASSES 2
#define PASSWORD_MEMORY_BYTES ((size_t)19 << 20)

Error *password_init(Arena *arena)
{
    if (sodium_init() < 0)
        return error_new(arena, ERROR_INTERNAL, "The cryptography library can't be started");
    return NULL;
}

/* `out` has crypto_pwhash_STRBYTES. */
static bool make_hash(Str password, char *out)
{
    return crypto_pwhash_str(out, password.len > 0 ? password.data : "", password.len,
                             PASSWORD_PASSES, PASSWORD_MEMORY_BYTES) == 0;
}

Error *password_hash(Arena *arena, Str password, Str *out)
{
    char *text = arena_alloc(arena, crypto_pwhash_STRBYTES);
    if (!make_hash(password, text))
        return error_new(arena, ERROR_UNAVAILABLE,
                         "There is not enough memory to hash a password; try again later");
    *out = str_from(text);
    return NULL;
}

bool password_verify(Arena *arena, Str hash, Str password)
{
    if (hash.len == 0) {
        /* Making a hash costs what checking one does, and keeps the parameters in one place. */
        char dummy[crypto_pwhash_STRBYTES];
        make_hash(password, dummy);
        sodium_memzero(dummy, sizeof dummy);
        return false;
    }
    const char *text = str_copy_c(arena, hash);
    return crypto_pwhash_str_verify(text, password.len > 0 ? password.data : "", password.len) == 0;
}

bool password_is_outdated(Arena *arena, Str hash)
{
    return crypto_pwhash_str_needs_rehash(str_copy_c(arena, hash), PASSWORD_PASSES,
                                          PASSWORD_MEMORY_BYTES) != 0;
}
