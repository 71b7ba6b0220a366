#pragma once
/* Random bytes from the kernel, buffered per thread; for ids and secrets. */

#include <stddef.h>

void random_bytes(void *out, size_t count);
