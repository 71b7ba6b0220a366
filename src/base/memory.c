#include "base/memory.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_MAPPED_BYTES (256 << 10)

void memory_init(void)
{
    mallopt(M_MMAP_THRESHOLD, MEMORY_MAPPED_BYTES);
}

void memory_exhausted(const char *who, size_t bytes)
{
    fprintf(stderr,
            "{\"level\":\"fatal\",\"event\":\"out of memory\",\"who\":\"%s\",\"bytes\":%zu}\n", who,
            bytes);
    abort();
}

void *memory_alloc(size_t size)
{
    void *data = malloc(size > 0 ? size : 1);
    if (data == NULL)
        memory_exhausted("heap", size);
    return data;
}

void *memory_zalloc(size_t size)
{
    void *data = calloc(1, size > 0 ? size : 1);
    if (data == NULL)
        memory_exhausted("heap", size);
    return data;
}

void *memory_realloc(void *data, size_t size)
{
    void *moved = realloc(data, size > 0 ? size : 1);
    if (moved == NULL)
        memory_exhausted("heap", size);
    return moved;
}

void memory_free(void *data)
{
    free(data);
}

char *memory_copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(memory_alloc(size), text, size);
}
