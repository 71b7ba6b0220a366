#pragma once
/* Files that are part of the program: the entity definitions of metadata/entity, put in by the
 * build (tools/embed.py). Read-only, valid as long as the process lives, sorted by name. */

#include <stddef.h>

typedef struct EmbeddedFile {
    const char *name; /* file name without its extension: "Product" */
    const char *data; /* followed by a NUL, which is not part of it */
    const char *end;
} EmbeddedFile;

extern const EmbeddedFile embedded_metadata[];
extern const size_t embedded_metadata_count;
