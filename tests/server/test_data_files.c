#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/data_files.h"

/* Two directories, `from` and `to`, in a temporary one. */
typedef struct Desk {
    char root[64];
    Str from;
    Str to;
    Arena *arena;
} Desk;

static const char *path_of(const Desk *desk, const char *name)
{
    return str_copy_c(desk->arena, str_format(desk->arena, "%s/%s", desk->root, name));
}

static void write_file(const Desk *desk, const char *name, Str text, mode_t mode)
{
    int file = open(path_of(desk, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, text.data, text.len), text.len);
    assert_int_equal(fchmod(file, mode), 0);
    close(file);
}

static Str read_file(const Desk *desk, const char *name)
{
    char *data = arena_alloc(desk->arena, (size_t)1 << 20);
    int file = open(path_of(desk, name), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return STR_NONE;
    ssize_t len = read(file, data, (size_t)1 << 20);
    close(file);
    return (Str){ data, len < 0 ? 0 : (size_t)len };
}

static int open_desk(void **state)
{
    Desk *desk = calloc(1, sizeof *desk);
    const char *parent = getenv("TMPDIR");
    snprintf(desk->root, sizeof desk->root, "%s/pimento-test-XXXXXX",
             parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(desk->root));
    desk->arena = arena_new(4096, (size_t)64 << 20);
    desk->from = str_from(path_of(desk, "from"));
    desk->to = str_from(path_of(desk, "to"));
    assert_int_equal(mkdir(desk->from.data, 0700), 0);
    assert_int_equal(mkdir(desk->to.data, 0700), 0);
    *state = desk;
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static int close_desk(void **state)
{
    Desk *desk = *state;
    assert_int_equal(nftw(desk->root, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
    arena_free(desk->arena);
    free(desk);
    return 0;
}

static void test_files_and_folders_are_copied_with_their_modes_and_times(void **state)
{
    Desk *desk = *state;
    DataFiles files;
    struct stat status;
    const struct timespec times[2] = { { .tv_sec = 1000 }, { .tv_sec = 2000 } };
    char *large = arena_alloc(desk->arena, 200000);
    for (size_t i = 0; i < 200000; i++)
        large[i] = (char)(i * 7);
    assert_int_equal(mkdir(path_of(desk, "from/files"), 0750), 0);
    assert_int_equal(mkdir(path_of(desk, "from/files/deep"), 0700), 0);
    write_file(desk, "from/admin-password", STR("secret"), 0600);
    write_file(desk, "from/files/empty", STR(""), 0644);
    write_file(desk, "from/files/deep/large", (Str){ large, 200000 }, 0640);
    assert_int_equal(utimensat(AT_FDCWD, path_of(desk, "from/files/deep/large"), times, 0), 0);
    assert_null(data_files_copy(desk->arena, desk->from, desk->to, &files));
    assert_int_equal(files.count, 3);
    assert_int_equal(files.bytes, 200006);
    assert_true(str_equal(read_file(desk, "to/admin-password"), STR("secret")));
    assert_true(str_equal(read_file(desk, "to/files/empty"), STR("")));
    assert_true(str_equal(read_file(desk, "to/files/deep/large"), (Str){ large, 200000 }));
    assert_int_equal(stat(path_of(desk, "to/files/deep/large"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_int_equal(status.st_mtim.tv_sec, 2000);
    assert_int_equal(stat(path_of(desk, "to/files"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0750);
}

static void test_the_databases_own_files_are_left_out(void **state)
{
    Desk *desk = *state;
    DataFiles files;
    assert_int_equal(mkdir(path_of(desk, "from/files"), 0700), 0);
    write_file(desk, "from/pimento.db", STR("x"), 0600);
    write_file(desk, "from/pimento.db-wal", STR("x"), 0600);
    write_file(desk, "from/pimento.lock", STR("x"), 0600);
    write_file(desk, "from/files/pimento.pdf", STR("x"), 0600);
    assert_null(data_files_copy(desk->arena, desk->from, desk->to, &files));
    assert_int_equal(files.count, 1);
    assert_true(str_is_none(read_file(desk, "to/pimento.db")));
    assert_true(str_equal(read_file(desk, "to/files/pimento.pdf"), STR("x")));
}

static void test_a_file_of_an_interrupted_copy_is_written_over(void **state)
{
    Desk *desk = *state;
    DataFiles files;
    write_file(desk, "from/one", STR("whole"), 0600);
    write_file(desk, "to/one", STR("left from the last time"), 0600);
    assert_null(data_files_copy(desk->arena, desk->from, desk->to, &files));
    assert_true(str_equal(read_file(desk, "to/one"), STR("whole")));
}

static void test_what_can_not_be_copied_is_named(void **state)
{
    Desk *desk = *state;
    DataFiles files;
    assert_int_equal(mkdir(path_of(desk, "from/loop"), 0700), 0);
    assert_int_equal(symlink("..", path_of(desk, "from/loop/again")), 0);
    const Error *error = data_files_copy(desk->arena, desk->from, desk->to, &files);
    assert_non_null(error);
    assert_true(str_starts_with(error->reason, STR("The file 'loop/again/loop/again")));
    assert_int_equal(unlink(path_of(desk, "from/loop/again")), 0);
    assert_int_equal(mkfifo(path_of(desk, "from/pipe"), 0600), 0);
    error = data_files_copy(desk->arena, desk->from, desk->to, &files);
    assert_non_null(error);
    assert_true(str_equal(error->reason, STR("'pipe' is no file and no folder")));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_files_and_folders_are_copied_with_their_modes_and_times),
        CASE(test_the_databases_own_files_are_left_out),
        CASE(test_a_file_of_an_interrupted_copy_is_written_over),
        CASE(test_what_can_not_be_copied_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
