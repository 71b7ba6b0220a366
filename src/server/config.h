#pragma once
/* Config: the settings of the program - flags over environment (PIMENTO_…) over
 * /etc/pimento/pimento.conf over defaults. One row a setting in config.c: name, type, range,
 * default, help. */

#include "base/buf.h"
#include "base/error.h"

typedef struct Config {
    Str data;
    Str database;                 /* empty = the embedded one, in `data` */
    int64_t database_connections; /* that read from a database server */
    Str from;                     /* of `copy`: a directory or a URL */
    Str to;
    Str read_database; /* URLs with commas between them */
    int64_t replica_lag_ms;
    Str listen;
    bool is_demo;
    Str admin_password; /* environment only, never a flag: flags show in process lists */
    int64_t io_threads; /* 0 = twice the processors, at least 4 */
    int64_t max_connections;
    int64_t body_mib;
    int64_t max_list_size;
    int64_t upsert_max_items;
    int64_t mass_max_direct;
    int64_t job_threads;
    int64_t query_seconds;
    int64_t history_days; /* 0 = for ever */
    int64_t page_cache_mib;
    Str log_level;
} Config;

/* `arguments` are what follows the command's name; words that are no flags are given to `out_rest`
 * (at most one). INVALID: an unknown flag, a bad value, with what would be right. */
Error *config_read(Arena *arena, int count, char **arguments, Config *out,
                   Str *out_rest) must_check;
/* The URLs of a list. A comma between hosts of one URL stays. */
void config_split_urls(Arena *arena, Str list, const Str **out, size_t *out_count);
/* The help text of all settings. */
void config_write_help(Buf *out);
