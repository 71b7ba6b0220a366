#include "access/fresh_writes.h"

#include "base/memory.h"
#include "sql/sql.h"

#define SLOTS 16384

typedef struct Slot {
    uint64_t position;        /* atomic; only grows */
    uint64_t unknown_till_us; /* atomic; only grows */
} Slot;

struct FreshWrites {
    int64_t unknown_us;
    Slot slots[SLOTS];
};

FreshWrites *fresh_writes_new(int64_t unknown_us)
{
    FreshWrites *writes = memory_zalloc(sizeof *writes);
    writes->unknown_us = unknown_us;
    return writes;
}

void fresh_writes_free(FreshWrites *writes)
{
    memory_free(writes);
}

static void raise_to(uint64_t *number, uint64_t at_least)
{
    uint64_t now = __atomic_load_n(number, __ATOMIC_SEQ_CST);
    while (now < at_least && !__atomic_compare_exchange_n(number, &now, at_least, false,
                                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        continue;
}

void fresh_writes_note(FreshWrites *writes, Str who, uint64_t position, int64_t now_us)
{
    Slot *slot = &writes->slots[str_hash(who) % SLOTS];
    if (position == SQL_POSITION_UNKNOWN)
        raise_to(&slot->unknown_till_us, (uint64_t)(now_us + writes->unknown_us));
    else
        raise_to(&slot->position, position);
}

uint64_t fresh_writes_find(const FreshWrites *writes, Str who, int64_t now_us)
{
    const Slot *slot = &writes->slots[str_hash(who) % SLOTS];
    if ((uint64_t)now_us <= __atomic_load_n(&slot->unknown_till_us, __ATOMIC_SEQ_CST))
        return SQL_POSITION_UNKNOWN;
    return __atomic_load_n(&slot->position, __ATOMIC_SEQ_CST);
}
