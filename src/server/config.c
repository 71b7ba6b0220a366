#include "server/config.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define CONFIG_FILE "/etc/pimento/pimento.conf"
#define CONFIG_FILE_MAX_BYTES 65536

/* A list is a text with commas; its flag may be given several times. */
typedef enum SettingType { SETTING_TEXT, SETTING_FLAG, SETTING_NUMBER, SETTING_LIST } SettingType;

typedef struct Setting {
    const char *name;
    SettingType type;
    size_t offset;
    const char *fallback;
    int64_t min;
    int64_t max;
    const char *help;
    bool is_secret; /* environment and file only */
} Setting;

/* clang-format off */
static const Setting settings[] = {
    { .name = "data",              .type = SETTING_TEXT,   .offset = offsetof(Config, data),              .fallback = "",                .help = "directory that holds everything; made when it is missing (a flag or a line of the file, not the environment)" },
    { .name = "database",          .type = SETTING_TEXT,   .offset = offsetof(Config, database),          .fallback = "",                .help = "URL of a database server; without it the database is in the data directory" },
    { .name = "database-connections", .type = SETTING_NUMBER, .offset = offsetof(Config, database_connections), .fallback = "16",       .min = 2, .max = 1000, .help = "connections to a database server that read; those that write are 4 more" },
    { .name = "from",              .type = SETTING_TEXT,   .offset = offsetof(Config, from),              .fallback = "",                .help = "copy: what is read, a data directory that nobody works on or a database's URL (with a password: in the environment); it stays as it is" },
    { .name = "to",                .type = SETTING_TEXT,   .offset = offsetof(Config, to),                .fallback = "",                .help = "copy: where it goes, a directory or a database's URL; without records" },
    { .name = "read-database",     .type = SETTING_LIST,   .offset = offsetof(Config, read_database),     .fallback = "",                .help = "URL of a read replica of the database server; may be given several times, or with commas between them" },
    { .name = "replica-lag-ms",    .type = SETTING_NUMBER, .offset = offsetof(Config, replica_lag_ms),    .fallback = "1000",            .min = 100, .max = 600000, .help = "milliseconds that a read replica may be behind; beyond it takes no reads" },
    { .name = "listen",            .type = SETTING_TEXT,   .offset = offsetof(Config, listen),            .fallback = "127.0.0.1:8080",  .help = "address and port; port 0 takes a free one" },
    { .name = "demo",              .type = SETTING_FLAG,   .offset = offsetof(Config, is_demo),           .fallback = "false",           .help = "a demo catalogue and the login admin/admin, on this machine only" },
    { .name = "admin-password",    .type = SETTING_TEXT,   .offset = offsetof(Config, admin_password),    .fallback = "",                .help = "password of the first administrator", .is_secret = true },
    { .name = "io-threads",        .type = SETTING_NUMBER, .offset = offsetof(Config, io_threads),        .fallback = "0",               .min = 0, .max = 256, .help = "threads that read requests; 0 = twice the processors, at least 4" },
    { .name = "max-connections",   .type = SETTING_NUMBER, .offset = offsetof(Config, max_connections),   .fallback = "12000",           .min = 16, .max = 1000000, .help = "open connections" },
    { .name = "body-mib",          .type = SETTING_NUMBER, .offset = offsetof(Config, body_mib),          .fallback = "64",              .min = 1, .max = 1024, .help = "MiB of one JSON body" },
    { .name = "max-list-size",     .type = SETTING_NUMBER, .offset = offsetof(Config, max_list_size),     .fallback = "10000",           .min = 1, .max = 30000, .help = "records of one page at most" },
    { .name = "upsert-max-items",  .type = SETTING_NUMBER, .offset = offsetof(Config, upsert_max_items),  .fallback = "10000",           .min = 1, .max = 100000, .help = "items of one upsert" },
    { .name = "history-days",      .type = SETTING_NUMBER, .offset = offsetof(Config, history_days),      .fallback = "90",              .min = 0, .max = 36500, .help = "days that the history of records is kept; 0 = for ever" },
    { .name = "mass-max-direct",   .type = SETTING_NUMBER, .offset = offsetof(Config, mass_max_direct),   .fallback = "200",             .min = 0, .max = 10000, .help = "records that a mass action changes in the request; more become a job" },
    { .name = "job-threads",       .type = SETTING_NUMBER, .offset = offsetof(Config, job_threads),       .fallback = "2",               .min = 0, .max = 50, .help = "jobs that this process runs at a time" },
    { .name = "query-seconds",     .type = SETTING_NUMBER, .offset = offsetof(Config, query_seconds),     .fallback = "10",              .min = 1, .max = 600, .help = "seconds that one read may work" },
    { .name = "page-cache-mib",    .type = SETTING_NUMBER, .offset = offsetof(Config, page_cache_mib),    .fallback = "48",              .min = 1, .max = 65536, .help = "MiB of page cache of the writing connection; a reading one has an eighth" },
    { .name = "log-level",         .type = SETTING_TEXT,   .offset = offsetof(Config, log_level),         .fallback = "info",            .help = "debug, info, warning, error or off" },
};
/* clang-format on */

#define SETTING_COUNT (sizeof settings / sizeof *settings)

static const Setting *find_setting(Str name)
{
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (str_equal(name, str_from(settings[i].name)))
            return &settings[i];
    return NULL;
}

static Error *set_number(Arena *arena, const Setting *setting, Str value, int64_t *out)
{
    int64_t number;
    if (!str_parse_int(value, &number) || number < setting->min || number > setting->max)
        return error_new(arena, ERROR_INVALID,
                         "The setting '%s' must be a number from %lld to %lld", setting->name,
                         (long long)setting->min, (long long)setting->max);
    *out = number;
    return NULL;
}

static Error *set(Arena *arena, const Setting *setting, Str value, Config *config)
{
    void *target = (char *)config + setting->offset;
    if (setting->type == SETTING_NUMBER)
        return set_number(arena, setting, value, target);
    if (setting->type == SETTING_TEXT || setting->type == SETTING_LIST) {
        Str copy = str_copy(arena, value);
        memcpy(target, &copy, sizeof copy);
        return NULL;
    }
    bool is_on = str_equal(value, STR("true")) || str_equal(value, STR("1"));
    if (!is_on && !str_equal(value, STR("false")) && !str_equal(value, STR("0")))
        return error_new(arena, ERROR_INVALID, "The setting '%s' must be true or false",
                         setting->name);
    memcpy(target, &is_on, sizeof is_on);
    return NULL;
}

static Error *read_line(Arena *arena, Str line, Config *config)
{
    line = str_trim(str_slice(line, 0, str_find(line, '#', 0)));
    if (line.len == 0)
        return NULL;
    size_t equals = str_find(line, '=', 0);
    const Setting *setting = find_setting(str_trim(str_slice(line, 0, equals)));
    if (setting == NULL || equals == line.len)
        return error_new(arena, ERROR_INVALID, "%s: '%.*s' is no line of the form name = value",
                         CONFIG_FILE, STR_ARGS(line));
    return set(arena, setting, str_trim(str_slice(line, equals + 1, line.len)), config);
}

static Error *read_file(Arena *arena, Config *config)
{
    char *data = arena_alloc(arena, CONFIG_FILE_MAX_BYTES);
    FILE *file = fopen(CONFIG_FILE, "re");
    if (file == NULL)
        return NULL;
    Str rest = { data, fread(data, 1, CONFIG_FILE_MAX_BYTES, file) };
    Str line;
    fclose(file);
    while (str_next_part(&rest, '\n', &line))
        TRY(read_line(arena, line, config));
    return NULL;
}

static Error *read_environment(Arena *arena, Config *config)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char name[64];
        snprintf(name, sizeof name, "PIMENTO_%s", settings[i].name);
        for (char *c = name; *c != '\0'; c++)
            *c = *c == '-' ? '_' : (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
        /* A directory of test data has this name, and is not the directory to work in. */
        if (str_equal(str_from(settings[i].name), STR("data")))
            continue;
        const char *value = getenv(name);
        if (value != NULL)
            TRY(set(arena, &settings[i], str_from(value), config));
    }
    return NULL;
}

static Error *unknown_flag(Arena *arena, Str flag)
{
    return error_new(arena, ERROR_INVALID, "There is no flag '%.*s'; --help lists them",
                     STR_ARGS(flag));
}

/* The first flag of a list takes the place of what the environment or the file says. */
static Error *set_by_flag(Arena *arena, const Setting *setting, Str value, bool *is_given,
                          Config *config)
{
    if (*is_given && setting->type == SETTING_LIST) {
        Str before;
        memcpy(&before, (const char *)config + setting->offset, sizeof before);
        value = str_concat(arena, str_concat(arena, before, STR(",")), value);
    }
    *is_given = true;
    return set(arena, setting, value, config);
}

/* `--name value`, `--name=value`, `--flag`. */
static Error *read_flag(Arena *arena, int count, char **arguments, int *at, bool *is_given,
                        Config *config)
{
    Str whole = str_from(arguments[*at]);
    Str word = str_slice(whole, 2, whole.len);
    size_t equals = str_find(word, '=', 0);
    const Setting *setting = find_setting(str_slice(word, 0, equals));
    if (setting == NULL || setting->is_secret)
        return unknown_flag(arena, whole);
    is_given += setting - settings;
    if (equals < word.len)
        return set_by_flag(arena, setting, str_slice(word, equals + 1, word.len), is_given, config);
    if (setting->type == SETTING_FLAG)
        return set(arena, setting, STR("true"), config);
    if (*at + 1 >= count)
        return error_new(arena, ERROR_INVALID, "The flag '%.*s' needs a value", STR_ARGS(whole));
    return set_by_flag(arena, setting, str_from(arguments[++*at]), is_given, config);
}

Error *config_read(Arena *arena, int count, char **arguments, Config *out, Str *out_rest)
{
    bool is_given[SETTING_COUNT] = { false }; /* by a flag */
    *out_rest = STR_NONE;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        TRY(set(arena, &settings[i], str_from(settings[i].fallback), out));
    TRY(read_file(arena, out));
    TRY(read_environment(arena, out));
    for (int i = 0; i < count; i++) {
        Str word = str_from(arguments[i]);
        if (str_starts_with(word, STR("--")) && word.len > 2) {
            TRY(read_flag(arena, count, arguments, &i, is_given, out));
            continue;
        }
        if (!str_is_none(*out_rest))
            return error_new(arena, ERROR_INVALID, "'%.*s' is one word too many", STR_ARGS(word));
        *out_rest = word;
    }
    return NULL;
}

/* A new URL begins behind a comma where a scheme follows: letters and `://`. */
static bool begins_url(Str rest)
{
    size_t colon = 0;
    while (colon < rest.len && rest.data[colon] >= 'a' && rest.data[colon] <= 'z')
        colon++;
    return colon > 0 && str_starts_with(str_slice(rest, colon, rest.len), STR("://"));
}

void config_split_urls(Arena *arena, Str list, const Str **out, size_t *out_count)
{
    Str *urls = NULL;
    size_t count = 0;
    for (size_t from = 0; from < list.len;) {
        size_t comma = str_find(list, ',', from);
        while (comma < list.len && !begins_url(str_trim(str_slice(list, comma + 1, list.len))))
            comma = str_find(list, ',', comma + 1);
        Str url = str_trim(str_slice(list, from, comma));
        from = comma + 1;
        if (url.len == 0)
            continue;
        urls = arena_grow(arena, urls, count * sizeof *urls, count * sizeof *urls,
                          (count + 1) * sizeof *urls);
        urls[count++] = url;
    }
    *out = urls;
    *out_count = count;
}

void config_write_help(Buf *out)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const Setting *setting = &settings[i];
        buf_format(out, "  %s%-18s %s%s%s%s\n", setting->is_secret ? "  " : "--", setting->name,
                   setting->help, setting->is_secret ? " (environment PIMENTO_ADMIN_PASSWORD)" : "",
                   setting->fallback[0] != '\0' && setting->type != SETTING_FLAG ? "; default "
                                                                                 : "",
                   setting->type != SETTING_FLAG ? setting->fallback : "");
    }
}
