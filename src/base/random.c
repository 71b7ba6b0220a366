#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

typedef struct Pool {
    unsigned char bytes[256]; /* getrandom gives up to 256 bytes whole */
    size_t used;
} Pool;

static _Thread_local Pool pool = { .used = sizeof(pool.bytes) };

static void refill(void)
{
    while (getrandom(pool.bytes, sizeof pool.bytes, 0) != (ssize_t)sizeof pool.bytes)
        if (errno != EINTR)
            abort();
    pool.used = 0;
}

void random_bytes(void *out, size_t count)
{
    unsigned char *at = out;
    while (count > 0) {
        if (pool.used == sizeof pool.bytes)
            refill();
        size_t part = sizeof pool.bytes - pool.used;
        if (part > count)
            part = count;
        memcpy(at, pool.bytes + pool.used, part);
        memset(pool.bytes + pool.used, 0, part); /* a secret is not left behind */
        pool.used += part;
        at += part;
        count -= part;
    }
}
