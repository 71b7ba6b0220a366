/* Replays a corpus as a unit test: feeds every file of the directories given to the fuzz target
 * that is linked in. A finding ends the program (sanitizer report or assertion); the last line is
 * `N passed, 0 failed`. */

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of exactly `size` bytes on the heap, so that reading one past the end is a report. */
static void feed(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL)
        abort();
    memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(size > 0 ? exact : exact + 1, size);
    free(exact);
}

static bool replay_file(const char *path)
{
    static uint8_t bytes[16 << 20];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return false;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    bool is_whole = feof(file) != 0;
    fclose(file);
    if (!is_whole) {
        fprintf(stderr, "%s: unreadable, or over %zu bytes\n", path, sizeof bytes);
        return false;
    }
    fprintf(stderr, "%s\n", path); /* the last line before a report names the culprit */
    feed(bytes, size);
    return true;
}

static bool replay_directory(const char *directory, size_t *count)
{
    DIR *entries = opendir(directory);
    if (entries == NULL) {
        perror(directory);
        return false;
    }
    bool is_good = true;
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        is_good = replay_file(path) && is_good;
        *count += 1;
    }
    closedir(entries);
    return is_good;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    bool is_good = argc > 1;
    for (int i = 1; i < argc; i++)
        is_good = replay_directory(argv[i], &count) && is_good;
    if (!is_good || count == 0) {
        fprintf(stderr, "replay: needs directories with readable files\n");
        return 1;
    }
    printf("%zu passed, 0 failed\n", count);
    return 0;
}
