#include "totals.h"

#include <string.h>

static size_t slot_of(const char *term, size_t len)
{
    uint64_t hash = 14695981039346656037U;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)term[i]) * 1099511628211U;
    return (size_t)(hash % TOTALS_SLOTS);
}

const Total *totals_find(const Totals *totals, const char *term, size_t len)
{
    const Total *slot = &totals->slots[slot_of(term, len)];
    return strncmp(slot->term, term, len) == 0 && slot->term[len] == '\0' ? slot : NULL;
}

void totals_keep(Totals *totals, const char *term, size_t len, int64_t version, int64_t total)
{
    Total *slot = &totals->slots[slot_of(term, len)];
    memcpy(slot->term, term, len);
    slot->term[len] = '\0';
    slot->version = version;
    slot->total = total;
}
