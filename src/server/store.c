#include "server/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/login.h"
#include "access/password.h"
#include "base/log.h"
#include "feature/language/language.h"
#include "feature/user/user.h"
#include "record/commit.h"
#include "record/model_change.h"
#include "schema/model.h"
#include "server/wiring.h"

#define STORE_MAX_WAITING_WRITES 4096

static Error *make_directory(Arena *arena, Str path)
{
    char *name = str_copy_c(arena, path);
    if (path.len == 0)
        return error_new(arena, ERROR_INVALID, "Say which directory holds the data: --data DIR");
    for (char *slash = strchr(name + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(name, 0755); /* the last step tells whether it worked */
        *slash = '/';
    }
    if (mkdir(name, 0700) == 0 || errno == EEXIST)
        return NULL;
    return error_new(arena, ERROR_UNAVAILABLE, "The directory '%s' can't be made: %s", name,
                     strerror(errno));
}

static Error *check_replicas(Arena *arena, const Config *config)
{
    if (config->read_database.len == 0 || config->database.len > 0)
        return NULL;
    return error_new(arena, ERROR_INVALID,
                     "--read-database is a replica of a database server: say of which with "
                     "--database");
}

Error *store_read_model(Arena *arena, SqlDatabase *database, Schema **out)
{
    SqlConnection *connection = NULL;
    TRY(sql_writer_open(arena, database, &connection));
    Error *error = sql_begin_long_read(connection);
    if (error == NULL)
        error = model_read(connection, out);
    sql_end_read(connection);
    sql_connection_close(connection);
    return error;
}

/* Kept for its owner to read once, beside the line on the screen. */
static void keep_password(Arena *arena, Str directory, Str password)
{
    char *path = str_copy_c(arena, str_concat(arena, directory, STR("/admin-password")));
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return;
    if (write(file, password.data, password.len) != (ssize_t)password.len)
        unlink(path);
    close(file);
}

/* Before the lane starts, whose commits then tell their position; and after the tables are up to
 * date, so that a replica without them is behind. */
static Error *open_replicas(Arena *arena, const Config *config, Instance *instance)
{
    ReplicaOptions options = { .max_lag_ms = config->replica_lag_ms };
    config_split_urls(arena, config->read_database, &options.urls, &options.count);
    if (options.count == 0)
        return NULL;
    TRY(replica_set_open(arena, instance->database, &options, &instance->replicas));
    instance->fresh_writes = fresh_writes_new(config->replica_lag_ms * 1000);
    return NULL;
}

static Error *make_first_languages(Arena *arena, Instance *instance)
{
    Task task;
    task_begin(&task, arena, instance);
    task.caller = &user_system_caller;
    Error *error = language_make_first(&task);
    task_end(&task);
    return error;
}

static Error *make_first_users(Arena *arena, const Config *config, Instance *instance,
                               Str *out_password)
{
    Task task;
    Str wanted = config->is_demo ? STR("admin") : config->admin_password;
    task_begin(&task, arena, instance);
    task.caller = &user_system_caller;
    Error *error = user_make_first(&task, wanted.len > 0 ? wanted : STR_NONE, out_password);
    task_end(&task);
    if (error == NULL && !str_is_none(*out_password) && wanted.len == 0)
        keep_password(arena, config->data, *out_password);
    return error;
}

/* `machine:/the/directory`: the lock of the directory makes it one process' name at a time. */
static Str name_home(Arena *arena, Str directory)
{
    char machine[256] = "";
    char path[PATH_MAX];
    gethostname(machine, sizeof machine - 1);
    if (realpath(str_copy_c(arena, directory), path) == NULL)
        return STR_NONE;
    return str_format(arena, "%s:%s", machine, path);
}

Error *store_open(Arena *arena, const Config *config, Instance *instance, Str *out_password)
{
    SqlOptions options = { .location = config->database.len > 0 ? config->database : config->data,
                           .statement_limit_ms = (int)config->query_seconds * 1000,
                           .page_cache_kib = (unsigned)config->page_cache_mib * 1024,
                           .max_readers = config->database.len > 0
                                              ? (unsigned)config->database_connections
                                              : 0 };
    instance_init(instance);
    instance->max_body_mib = config->body_mib;
    instance->upsert_max_items = (size_t)config->upsert_max_items;
    instance->mass_max_direct = (size_t)config->mass_max_direct;
    instance->max_list_size = config->max_list_size;
    instance->hooks = wiring_hooks;
    TRY(check_replicas(arena, config));
    TRY(password_init(arena));
    TRY(make_directory(arena, config->data));
    instance->home = name_home(arena, config->data);
    TRY(sql_database_open(arena, &options, &instance->database));
    TRY(model_open(arena, instance));
    TRY(open_replicas(arena, config, instance));
    instance->login = login_new();
    instance->totals = total_cache_new();
    TRY(announcement_follow(arena, instance->database, record_commit_hear, instance));
    TRY(lane_start(arena, instance->database, &record_commit_hooks, instance,
                   STORE_MAX_WAITING_WRITES, &instance->lane));
    TRY(make_first_languages(arena, instance));
    return make_first_users(arena, config, instance, out_password);
}

Error *store_lock(Arena *arena, Str directory)
{
    TRY(make_directory(arena, directory));
    char *path = str_copy_c(arena, str_concat(arena, directory, STR("/pimento.lock")));
    /* Open as long as the process lives: the lock goes with it, also after a kill. */
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return error_new(arena, ERROR_UNAVAILABLE, "'%s' can't be opened: %s", path,
                         strerror(errno));
    if (flock(file, LOCK_EX | LOCK_NB) == 0)
        return NULL;
    close(file);
    return error_new(arena, ERROR_UNAVAILABLE, "A server, a load or a copy works on '%.*s' already",
                     STR_ARGS(directory));
}

void store_close(Instance *instance)
{
    if (instance->lane != NULL) {
        uint64_t commits;
        uint64_t jobs;
        lane_counts(instance->lane, &commits, &jobs);
        LOG_EVENT(LOG_INFO, "lane", { "commits", STR_NONE, (int64_t)commits },
                  { "jobs", STR_NONE, (int64_t)jobs });
    }
    lane_stop(instance->lane);
    replica_set_close(instance->replicas);
    sql_database_close(instance->database); /* it may tell of announcements until here */
    login_free(instance->login);
    total_cache_free(instance->totals);
    fresh_writes_free(instance->fresh_writes);
    instance_deinit(instance);
}
