#include "base/id.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/random.h"

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

/* The newest id given: 48 bits of milliseconds, then 12 + 62 random bits that count up within a
 * millisecond. */
static pthread_mutex_t newest_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t newest_ms;
static unsigned __int128 newest_tail;

/* 74 bits, the topmost clear, so that counting up has room. */
static unsigned __int128 random_tail(void)
{
    uint64_t parts[2];
    random_bytes(parts, sizeof parts);
    return ((unsigned __int128)(parts[0] & 0x1FF) << 64) | parts[1];
}

static unsigned __int128 next_uuid(void)
{
    uint64_t now_ms = (uint64_t)(clock_wall_us() / 1000);
    unsigned __int128 fresh = random_tail();
    pthread_mutex_lock(&newest_lock);
    if (now_ms > newest_ms) {
        newest_ms = now_ms;
        newest_tail = fresh;
    } else {
        newest_tail += 1 + (uint32_t)fresh;
    }
    unsigned __int128 tail = newest_tail;
    unsigned __int128 ms = newest_ms;
    pthread_mutex_unlock(&newest_lock);
    unsigned __int128 high12 = (tail >> 62) & 0xFFF;
    unsigned __int128 low62 = tail & (((unsigned __int128)1 << 62) - 1);
    return (ms << 80) | ((unsigned __int128)0x7 << 76) | (high12 << 64) |
           ((unsigned __int128)0x2 << 62) | low62;
}

static void write_value(unsigned __int128 value, char *out)
{
    out[0] = 'a';
    for (int i = ID_LEN - 1; i >= 1; i--) {
        out[i] = alphabet[(unsigned)value & 31];
        value >>= 5;
    }
}

void id_write(char *out)
{
    write_value(next_uuid(), out);
}

/* The number takes the place of 20 of the 62 random bits; the topmost, so that the ids rise. */
Str id_in_series(Arena *arena, Str base, uint32_t number)
{
    const unsigned shift = 42;
    unsigned __int128 value = 0;
    char *out = arena_alloc(arena, ID_LEN);
    for (size_t i = 1; i < base.len; i++) {
        const char *digit = memchr(alphabet, base.data[i], sizeof alphabet - 1);
        value = (value << 5) | (unsigned)(digit == NULL ? 0 : digit - alphabet);
    }
    value &= ~((unsigned __int128)(ID_SERIES - 1) << shift);
    value |= (unsigned __int128)(number & (ID_SERIES - 1)) << shift;
    write_value(value, out);
    return (Str){ out, ID_LEN };
}

Str id_new(Arena *arena)
{
    char *data = arena_alloc(arena, ID_LEN);
    id_write(data);
    return (Str){ data, ID_LEN };
}

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool id_is_valid(Str id)
{
    static const char *const reserved[] = { "action", "layout", "relation", "stream",
                                            "subscription" };
    if (id.len == 0 || id.len > ID_MAX_LEN || !is_alphanumeric(id.data[0]))
        return false;
    for (size_t i = 1; i < id.len; i++)
        if (!is_alphanumeric(id.data[i]) && id.data[i] != '_' && id.data[i] != '.' &&
            id.data[i] != '-')
            return false;
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (str_equal(id, str_from(reserved[i])))
            return false;
    return true;
}
