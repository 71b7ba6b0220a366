#pragma once
/* Totals: what filtered lists counted, as many as the product keeps. Belongs to one thread. */

#include <stddef.h>
#include <stdint.h>

#define TOTALS_SLOTS 1024
#define TOTALS_MAX_TERM 64

typedef struct Total {
    char term[TOTALS_MAX_TERM];
    int64_t version; /* of the table's counter: true only for this one */
    int64_t total;
} Total;

typedef struct Totals {
    Total slots[TOTALS_SLOTS];
} Totals;

/* NULL when the term was not counted, or another one took its place. */
const Total *totals_find(const Totals *totals, const char *term, size_t len);
void totals_keep(Totals *totals, const char *term, size_t len, int64_t version, int64_t total);
