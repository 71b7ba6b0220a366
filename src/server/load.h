#pragma once
/* `pimento load FILE|-`: NDJSON of `{"entity", "payload"}` through the upsert, in batches, with
 * progress on standard error and a summary on standard output. A bad line is reported with its
 * number and the rest goes on. */

#include "server/config.h"

#define LOAD_BATCH_LINES 500
#define LOAD_MAX_LINE_BYTES ((size_t)64 << 20)

/* The exit code: 0 all stored, 1 some lines failed, 2 nothing could be done. */
int load_run(Arena *arena, const Config *config, Str path);
