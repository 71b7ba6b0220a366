#pragma once
/* Row: what the floor takes of a new record: name and sku cut out of a body that only bench/run
 * writes, and an id as long and as ordered as the product's. Borrows from the body. */

#include <stdbool.h>
#include <stddef.h>

#define ROW_ID_LEN 27
#define ROW_NOW_LEN 19

typedef struct NewRow {
    char id[ROW_ID_LEN];
    const char *name;
    size_t name_len;
    const char *sku;
    size_t sku_len;
} NewRow;

/* Once, before any other call: ids are not those of the run before. */
void row_start(void);
/* The next `"name":"..","sku":".."` of the body behind `*at`; false at its end. */
bool row_next(const char **at, const char *end, NewRow *out);
/* The number of `{"field":1.5}`. */
double row_number(const char *body, size_t len);
/* "YYYY-MM-DD HH:MM:SS"; lives until the thread's next call. */
const char *row_now(void);
/* Folds in place: the benchmark's names are plain ASCII. */
void row_fold(char *text, size_t len);
