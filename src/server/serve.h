#pragma once
/* `pimento serve`: start, run until SIGTERM or SIGINT, stop within 10 s. */

#include "server/config.h"

/* The exit code. */
int serve_run(Arena *arena, const Config *config);
