#include "server/copy.h"

#include <stdio.h>
#include <sys/stat.h>

#include "access/password.h"
#include "base/clock.h"
#include "base/log.h"
#include "feature/copy/transfer.h"
#include "server/data_files.h"
#include "server/store.h"

#define COPY_ARENA_BYTES ((size_t)8 << 20)
#define COPY_ARENA_MAX_BYTES ((size_t)1 << 30)
#define COPY_SOURCE_CACHE_KIB 2048 /* it is read in order, no page twice */
#define COPY_PROGRESS_US 1000000

/* One end: a data directory, or a database with a URL. */
typedef struct CopyPlace {
    Str location;
    bool is_directory;
    SqlDatabase *database;
} CopyPlace;

typedef struct Copy {
    Arena *arena;
    CopyPlace from;
    CopyPlace to;
    Schema *schema;
    Transfer transfer;
    DataFiles files;
    const Entity *entity; /* whose table is worked on; NULL = none */
    int64_t rows;
    size_t differing;
    int64_t started_us;
    int64_t told_us;
} Copy;

/* ---- opening ---- */

static Error *open_database(Copy *copy, CopyPlace *place, const Config *config, bool must_exist)
{
    SqlOptions options = { .location = place->location,
                           .statement_limit_ms = (int)config->query_seconds * 1000,
                           .page_cache_kib = must_exist ? COPY_SOURCE_CACHE_KIB
                                                        : (unsigned)config->page_cache_mib * 1024,
                           .must_exist = must_exist };
    return sql_database_open(copy->arena, &options, &place->database);
}

static bool is_same_directory(Arena *arena, Str a, Str b)
{
    struct stat first;
    struct stat second;
    return stat(str_copy_c(arena, a), &first) == 0 && stat(str_copy_c(arena, b), &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static Error *check_places(Copy *copy, Str rest)
{
    if (!str_is_none(rest))
        return error_new(copy->arena, ERROR_INVALID, "'%.*s' is one word too many", STR_ARGS(rest));
    if (copy->from.location.len == 0 || copy->to.location.len == 0)
        return error_new(copy->arena, ERROR_INVALID,
                         "Say from where and to where: --from URL|DIR --to URL|DIR");
    if (str_equal(copy->from.location, copy->to.location) ||
        is_same_directory(copy->arena, copy->from.location, copy->to.location))
        return error_new(copy->arena, ERROR_INVALID, "Source and target are the same");
    return NULL;
}

/* The source first: nothing is made at the target when there is nothing to copy. */
static Error *open_places(Copy *copy, const Config *config)
{
    TRY(password_init(copy->arena)); /* the library that makes the checksums */
    TRY(open_database(copy, &copy->from, config, true));
    if (copy->from.is_directory)
        TRY(store_lock(copy->arena, copy->from.location));
    TRY(store_read_model(copy->arena, copy->from.database, &copy->schema));
    if (copy->to.is_directory)
        TRY(store_lock(copy->arena, copy->to.location));
    TRY(open_database(copy, &copy->to, config, false));
    return transfer_begin(copy->arena, copy->from.database, copy->to.database, copy->schema,
                          &copy->transfer);
}

static void close_places(Copy *copy)
{
    transfer_end(&copy->transfer);
    sql_database_close(copy->from.database);
    sql_database_close(copy->to.database);
    schema_unref(copy->schema);
}

/* ---- moving ---- */

static void tell_progress(Copy *copy, const TransferTable *table)
{
    int64_t now_us = clock_monotonic_us();
    if (now_us - copy->told_us < COPY_PROGRESS_US)
        return;
    copy->told_us = now_us;
    fprintf(stderr, "%.*s: %lld rows\n", STR_ARGS(table->entity->name), (long long)table->rows);
}

static Error *move_table(Copy *copy, const Entity *entity)
{
    TransferTable table = { .entity = entity };
    copy->entity = entity;
    while (!table.is_done) {
        TRY(transfer_page(&copy->transfer, &table));
        tell_progress(copy, &table);
    }
    copy->rows += table.rows;
    copy->entity = NULL;
    return NULL;
}

/* Files before the commit: whoever finds records at the target finds their files too. */
static Error *move_all(Copy *copy)
{
    for (size_t i = 0; i < copy->schema->entity_count; i++)
        TRY(move_table(copy, &copy->schema->entities[i]));
    if (copy->from.is_directory && copy->to.is_directory)
        TRY(data_files_copy(copy->arena, copy->from.location, copy->to.location, &copy->files));
    fprintf(stderr, "%lld rows are there; now indexes and search\n", (long long)copy->rows);
    return transfer_commit(&copy->transfer);
}

static void tell_proof(Copy *copy, const Entity *entity, const TransferProof *proof)
{
    Str sum = table_digest_text(copy->arena, &proof->from);
    printf("%-24.*s %10lld  %.*s\n", STR_ARGS(entity->name), (long long)proof->from.rows,
           STR_ARGS(sum));
    if (table_digest_equal(&proof->from, &proof->to))
        return;
    Str other = table_digest_text(copy->arena, &proof->to);
    fprintf(stderr,
            "pimento: copy: %.*s differs: the target has %lld rows with the checksum %.*s\n",
            STR_ARGS(entity->name), (long long)proof->to.rows, STR_ARGS(other));
    copy->differing++;
}

static Error *compare_all(Copy *copy)
{
    for (size_t i = 0; i < copy->schema->entity_count; i++) {
        TransferProof proof;
        copy->entity = &copy->schema->entities[i];
        TRY(transfer_compare(&copy->transfer, &copy->schema->entities[i], &proof));
        tell_proof(copy, &copy->schema->entities[i], &proof);
    }
    return NULL;
}

/* ---- what is said ---- */

static void tell_left_behind(const MigrationExtras *extras)
{
    for (size_t i = 0; i < extras->count; i++) {
        const MigrationExtra *extra = &extras->items[i];
        if (str_is_none(extra->column))
            printf("not copied: the table %.*s, which no entity has\n", STR_ARGS(extra->table));
        else
            printf("not copied: %.*s.%.*s, which no field has\n", STR_ARGS(extra->table),
                   STR_ARGS(extra->column));
    }
}

static void tell_files(const Copy *copy)
{
    Str from = copy->from.location;
    Str to = copy->to.location;
    if (copy->from.is_directory && copy->to.is_directory)
        printf("files: %lld with %lld bytes copied\n", (long long)copy->files.count,
               (long long)copy->files.bytes);
    else if (copy->from.is_directory)
        printf("files and secrets stay in %.*s: serve the target with --database URL --data %.*s\n",
               STR_ARGS(from), STR_ARGS(from));
    else if (copy->to.is_directory)
        printf("files and secrets are in the directory that the source is served with (--data): "
               "copy them into %.*s\n",
               STR_ARGS(to));
    else
        printf("files and secrets are in the directory that the source is served with: serve the "
               "target with --database URL and the same --data DIR\n");
}

static int tell_summary(const Copy *copy)
{
    double seconds = (double)(clock_monotonic_us() - copy->started_us) / 1e6;
    if (copy->differing > 0) {
        fprintf(stderr,
                "pimento: copy: %zu of %zu tables differ; don't use the target: empty it "
                "and copy again\n",
                copy->differing, copy->schema->entity_count);
        return 1;
    }
    tell_left_behind(&copy->transfer.left_behind);
    tell_files(copy);
    printf("%lld rows of %zu entities copied and found equal in %.1f s\n", (long long)copy->rows,
           copy->schema->entity_count, seconds);
    return 0;
}

static int fail(const Copy *copy, const Error *error)
{
    Str name = copy->entity != NULL ? copy->entity->name : STR("");
    fprintf(stderr, "pimento: copy: %.*s%s%.*s\n", STR_ARGS(name), name.len > 0 ? ": " : "",
            STR_ARGS(error->reason));
    if (!str_is_none(error->detail))
        log_error(LOG_ERROR, "copy failed", error);
    return 2;
}

static int run(Copy *copy, const Config *config, Str rest)
{
    Error *error = check_places(copy, rest);
    if (error == NULL)
        error = open_places(copy, config);
    if (error == NULL)
        error = move_all(copy);
    if (error != NULL)
        return fail(copy, error);
    error = compare_all(copy);
    if (error == NULL)
        return tell_summary(copy);
    fail(copy, error);
    fprintf(stderr, "pimento: copy: everything was stored, but could not be compared\n");
    return 1;
}

static CopyPlace place_of(Str location)
{
    return (CopyPlace){ .location = location, .is_directory = sql_location_is_directory(location) };
}

int copy_run(Arena *arena, const Config *config, Str rest)
{
    (void)arena;
    Copy copy = { .arena = arena_new(COPY_ARENA_BYTES, COPY_ARENA_MAX_BYTES),
                  .from = place_of(config->from),
                  .to = place_of(config->to),
                  .started_us = clock_monotonic_us() };
    copy.told_us = copy.started_us;
    int code = run(&copy, config, rest);
    close_places(&copy);
    arena_free(copy.arena);
    return code;
}
