#pragma once
/* Data files: what lies in a data directory beside the database - files, secrets - copied into
 * another one, with modes and times, on disk when it returns, and read again to compare. A file of
 * the same name is written over. Links are followed. */

#include "base/error.h"

#define DATA_FILES_MAX_DEPTH 32 /* of folders; a link that leads back ends there */

typedef struct DataFiles {
    int64_t count;
    int64_t bytes;
} DataFiles;

/* UNAVAILABLE: names the file. */
Error *data_files_copy(Arena *arena, Str from, Str to, DataFiles *out) must_check;
