#include <stdio.h>

#include "base/log.h"
#include "base/memory.h"
#include "server/copy.h"
#include "server/load.h"
#include "server/serve.h"
#include "server/version.h"

#define MAIN_ARENA_BYTES ((size_t)64 << 10)
#define MAIN_ARENA_MAX_BYTES ((size_t)64 << 20)

typedef struct Command {
    const char *name;
    int (*run)(Arena *arena, const Config *config, Str rest);
    const char *usage;
    const char *help;
} Command;

static int run_serve(Arena *arena, const Config *config, Str rest)
{
    if (!str_is_none(rest)) {
        fprintf(stderr, "pimento: '%.*s' is one word too many\n", STR_ARGS(rest));
        return 2;
    }
    return serve_run(arena, config);
}

static int run_version(Arena *arena, const Config *config, Str rest)
{
    (void)arena;
    (void)config;
    (void)rest;
    printf("pimento %s\n", VERSION);
    return 0;
}

/* clang-format off */
static const Command commands[] = {
    { "serve",   run_serve,   "serve --data DIR [--listen ADDR:PORT] [--demo]", "answers requests until SIGTERM" },
    { "load",    load_run,    "load FILE|- --data DIR",                         "upserts lines of {\"entity\", \"payload\"}" },
    { "copy",    copy_run,    "copy --from URL|DIR --to URL|DIR",               "moves all there is into an empty database or directory, and compares" },
    { "version", run_version, "version",                                        "prints the version" },
};
/* clang-format on */

static void print_help(Arena *arena, FILE *out)
{
    Buf buf;
    buf_init(&buf, arena, (size_t)64 << 10);
    buf_format(&buf, "Pimento, a product-data server.\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        buf_format(&buf, "  pimento %-50s %s\n", commands[i].usage, commands[i].help);
    buf_format(&buf, "\nSettings (flag, or environment PIMENTO_NAME, or a line 'name = value' in "
                     "/etc/pimento/pimento.conf):\n");
    config_write_help(&buf);
    fwrite(buf.data, 1, buf.len, out);
}

static void set_log_level(Str name)
{
    static const char *const names[] = { "debug", "info", "warning", "error", "off" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_equal(name, str_from(names[i])))
            log_set_level((LogLevel)i);
}

static int run_command(Arena *arena, const Command *command, int count, char **arguments)
{
    Config config;
    Str rest;
    for (int i = 0; i < count; i++) {
        if (!str_equal(str_from(arguments[i]), STR("--help")))
            continue;
        print_help(arena, stdout);
        return 0;
    }
    Error *error = config_read(arena, count, arguments, &config, &rest);
    if (error != NULL) {
        fprintf(stderr, "pimento: %.*s\n", STR_ARGS(error->reason));
        return 2;
    }
    set_log_level(config.log_level);
    return command->run(arena, &config, rest);
}

static int run(Arena *arena, int count, char **arguments)
{
    Str name = count > 1 ? str_from(arguments[1]) : STR("--help");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (str_equal(name, str_from(commands[i].name)))
            return run_command(arena, &commands[i], count - 2, arguments + 2);
    bool is_help = str_equal(name, STR("--help")) || str_equal(name, STR("help"));
    print_help(arena, is_help ? stdout : stderr);
    return is_help ? 0 : 2;
}

int main(int count, char **arguments)
{
    memory_init();
    Arena *arena = arena_new(MAIN_ARENA_BYTES, MAIN_ARENA_MAX_BYTES);
    int code = run(arena, count, arguments);
    log_flush();
    arena_free(arena);
    return code;
}
