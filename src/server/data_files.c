#include "server/data_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES 65536
/* The database's own files and the lock begin like this; they are made anew. */
#define OWN_PREFIX "pimento."

typedef struct DataCopy {
    Arena *arena;
    DataFiles *done;
    unsigned depth;
} DataCopy;

/* An open file or folder on both sides, and its path below the data directory. */
typedef struct Pair {
    int from;
    int to;
    Str path;
} Pair;

static void close_descriptor(const int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

#define AUTO_DESCRIPTOR __attribute__((cleanup(close_descriptor)))

static Error *fail(const DataCopy *copy, Str path, int number)
{
    return error_new(copy->arena,
                     number == ENOSPC || number == EDQUOT ? ERROR_STORAGE_FULL : ERROR_UNAVAILABLE,
                     "The file '%.*s' can't be copied: %s", STR_ARGS(path), strerror(number));
}

static bool write_block(int file, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t written = write(file, data, len);
        if (written < 0 && errno != EINTR)
            return false;
        if (written < 0)
            continue;
        data += written;
        len -= (size_t)written;
    }
    return true;
}

/* A full block, or less at the end of the file; -1 with errno. */
static ssize_t read_block(int file, char *block, off_t at)
{
    size_t len = 0;
    while (len < BLOCK_BYTES) {
        ssize_t got = pread(file, block + len, BLOCK_BYTES - len, at + (off_t)len);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            return -1;
        len += got < 0 ? 0 : (size_t)got;
    }
    return (ssize_t)len;
}

static Error *copy_bytes(DataCopy *copy, const Pair *file, char *block)
{
    ssize_t len = 0;
    for (off_t at = 0; (len = read_block(file->from, block, at)) > 0; at += len) {
        if (!write_block(file->to, block, (size_t)len))
            return fail(copy, file->path, errno);
        copy->done->bytes += len;
    }
    return len < 0 ? fail(copy, file->path, errno) : NULL;
}

static Error *compare_bytes(const DataCopy *copy, const Pair *file, char *block, char *other)
{
    ssize_t len = BLOCK_BYTES;
    for (off_t at = 0; len > 0; at += len) {
        len = read_block(file->from, block, at);
        ssize_t other_len = read_block(file->to, other, at);
        if (len < 0 || other_len < 0)
            return fail(copy, file->path, errno);
        if (len != other_len || memcmp(block, other, (size_t)len) != 0)
            return error_new(copy->arena, ERROR_UNAVAILABLE,
                             "The file '%.*s' differs from its copy", STR_ARGS(file->path));
    }
    return NULL;
}

/* Mode and times last, so that a half-written file never looks finished. */
static Error *copy_file(DataCopy *copy, const Pair *folder, Str path, const char *name,
                        const struct stat *status)
{
    char *blocks = arena_alloc(copy->arena, (size_t)2 * BLOCK_BYTES);
    const struct timespec times[2] = { status->st_atim, status->st_mtim };
    AUTO_DESCRIPTOR int from = openat(folder->from, name, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return fail(copy, path, errno);
    AUTO_DESCRIPTOR int to = openat(folder->to, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (to < 0)
        return fail(copy, path, errno);
    Pair file = { .from = from, .to = to, .path = path };
    TRY(copy_bytes(copy, &file, blocks));
    TRY(compare_bytes(copy, &file, blocks, blocks + BLOCK_BYTES));
    if (fchmod(to, status->st_mode & 07777) != 0 || futimens(to, times) != 0 || fsync(to) != 0)
        return fail(copy, path, errno);
    copy->done->count++;
    return NULL;
}

static Error *copy_folder(DataCopy *copy, const Pair *folder);

static Error *copy_subfolder(DataCopy *copy, const Pair *folder, Str path, const char *name,
                             const struct stat *status)
{
    if (mkdirat(folder->to, name, 0700) != 0 && errno != EEXIST)
        return fail(copy, path, errno);
    AUTO_DESCRIPTOR int from = openat(folder->from, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_DESCRIPTOR int to = openat(folder->to, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0 || to < 0)
        return fail(copy, path, errno);
    if (copy->depth == DATA_FILES_MAX_DEPTH)
        return fail(copy, path, ELOOP);
    copy->depth++;
    TRY(copy_folder(copy, &(Pair){ .from = from, .to = to, .path = path }));
    copy->depth--;
    if (fchmod(to, status->st_mode & 07777) != 0)
        return fail(copy, path, errno);
    return NULL;
}

static Error *copy_entry(DataCopy *copy, const Pair *folder, const char *name)
{
    struct stat status;
    Str path = str_format(copy->arena, "%.*s%s%s", STR_ARGS(folder->path),
                          folder->path.len > 0 ? "/" : "", name);
    if (fstatat(folder->from, name, &status, 0) != 0)
        return fail(copy, path, errno);
    if (S_ISDIR(status.st_mode))
        return copy_subfolder(copy, folder, path, name, &status);
    if (S_ISREG(status.st_mode))
        return copy_file(copy, folder, path, name, &status);
    return error_new(copy->arena, ERROR_UNAVAILABLE, "'%.*s' is no file and no folder",
                     STR_ARGS(path));
}

static bool is_left_out(const DataCopy *copy, const char *name)
{
    bool is_own = copy->depth == 0 && str_starts_with(str_from(name), STR(OWN_PREFIX));
    return is_own || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static Error *copy_entries(DataCopy *copy, const Pair *folder, DIR *entries)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(entries);
        if (entry == NULL)
            return errno == 0 ? NULL : fail(copy, folder->path, errno);
        if (is_left_out(copy, entry->d_name))
            continue;
        ArenaMark mark = arena_mark(copy->arena);
        TRY(copy_entry(copy, folder, entry->d_name));
        arena_reset_to(copy->arena, mark);
    }
}

static Error *copy_folder(DataCopy *copy, const Pair *folder)
{
    int again = fcntl(folder->from, F_DUPFD_CLOEXEC, 0); /* the listing closes its own */
    DIR *entries = again < 0 ? NULL : fdopendir(again);
    if (entries == NULL)
        return fail(copy, folder->path, errno);
    Error *error = copy_entries(copy, folder, entries);
    closedir(entries);
    if (error == NULL && fsync(folder->to) != 0)
        error = fail(copy, folder->path, errno);
    return error;
}

Error *data_files_copy(Arena *arena, Str from, Str to, DataFiles *out)
{
    DataFiles done = { 0 };
    DataCopy copy = { .arena = arena, .done = &done };
    AUTO_DESCRIPTOR int from_folder =
        open(str_copy_c(arena, from), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from_folder < 0)
        return fail(&copy, from, errno);
    AUTO_DESCRIPTOR int to_folder = open(str_copy_c(arena, to), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (to_folder < 0)
        return fail(&copy, to, errno);
    TRY(copy_folder(&copy, &(Pair){ .from = from_folder, .to = to_folder, .path = STR("") }));
    *out = done;
    return NULL;
}
