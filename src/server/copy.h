#pragma once
/* `pimento copy --from URL|DIR --to URL|DIR`: a whole instance into an empty place, with progress
 * on standard error; then both sides are read again and compared, a line an entity on standard
 * output. What it does with the tables is feature/copy. */

#include "server/config.h"

/* The exit code: 0 all there and equal, 1 something differs, 2 nothing was copied. */
int copy_run(Arena *arena, const Config *config, Str rest);
