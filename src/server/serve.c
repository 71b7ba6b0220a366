#include "server/serve.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "access/login.h"
#include "api/route.h"
#include "base/log.h"
#include "feature/demo/demo.h"
#include "feature/job/job_runner.h"
#include "feature/token/token.h"
#include "feature/user/user.h"
#include "record/history.h"
#include "record/model_change.h"
#include "server/store.h"
#include "server/wiring.h"
#include "server/worker.h"

#define SERVE_STOP_MS 8000
#define SERVE_USES_EVERY_S 60
#define SERVE_FORGET_EVERY_S 600
#define SERVE_DAY_US ((int64_t)86400 * 1000000)
#define SERVE_FIRST_DAILY_US ((int64_t)60 * 1000000)
#define SERVE_DAILY_FROM_US ((int64_t)2 * 3600 * 1000000)
#define SERVE_READS_WAITING 4096
#define SERVE_HEAVY_WAITING 256
#define SERVE_HASH_WAITING 64

typedef struct Serve {
    const Config *config;
    Instance instance;
    Worker worker;
    HttpServer *http;
    JobRunner *jobs;
    Str password; /* of the administrator that this start made, else none */
} Serve;

static unsigned processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (unsigned)count;
}

static bool is_loopback(Str listen)
{
    return str_starts_with(listen, STR("127.")) || str_starts_with(listen, STR("localhost:")) ||
           str_starts_with(listen, STR("[::1]:"));
}

/* A default password is for the own machine only (reliability §4). */
static Error *check_exposure(Arena *arena, Serve *serve)
{
    bool is_known = false;
    Task task;
    if (is_loopback(serve->config->listen))
        return NULL;
    if (serve->config->is_demo)
        return error_new(arena, ERROR_INVALID,
                         "--demo listens on this machine only: use 127.0.0.1");
    task_begin(&task, arena, &serve->instance);
    Error *error = user_has_known_password(&task, &is_known);
    task_end(&task);
    TRY(error);
    if (!is_known)
        return NULL;
    return error_new(
        arena, ERROR_INVALID,
        "The administrator still has the password 'admin': change it before listening on %.*s",
        STR_ARGS(serve->config->listen));
}

static Error *run_for_demo(Arena *arena, Serve *serve, Error *(*run)(Task *task))
{
    Task task;
    task_begin(&task, arena, &serve->instance);
    task.caller = &user_system_caller;
    Error *error = run(&task);
    task_end(&task);
    return error;
}

static Error *load_demo(Arena *arena, Serve *serve)
{
    if (!serve->config->is_demo)
        return NULL;
    TRY(run_for_demo(arena, serve, demo_add_language));
    return run_for_demo(arena, serve, demo_load);
}

static Error *start_http(Arena *arena, Serve *serve)
{
    const Config *config = serve->config;
    unsigned threads = processors() * 2 < 4 ? 4 : processors() * 2;
    HttpServerOptions options = http_server_defaults();
    options.listen = config->listen;
    options.threads = config->io_threads > 0 ? (unsigned)config->io_threads : threads;
    options.max_connections = (unsigned)config->max_connections;
    options.max_body_bytes = (size_t)config->body_mib << 20;
    options.hooks = &worker_hooks;
    options.owner = &serve->worker;
    return http_server_start(arena, &options, &serve->http);
}

/* Every thread that reads finds a connection, so that a request waits in one queue only. */
static Error *start_pools(Arena *arena, Serve *serve)
{
    Worker *worker = &serve->worker;
    unsigned heavy = processors();
    unsigned connections = (unsigned)serve->config->database_connections;
    unsigned reads = connections > heavy + 1 ? connections - heavy : 1;
    worker->instance = &serve->instance;
    if (sql_reads_wait(serve->instance.database))
        TRY(pool_start(arena, reads, SERVE_READS_WAITING, &worker->reads));
    TRY(pool_start(arena, heavy, SERVE_HEAVY_WAITING, &worker->heavy));
    return pool_start(arena, processors(), SERVE_HASH_WAITING, &worker->hash);
}

static Error *start_jobs(Arena *arena, Serve *serve)
{
    JobRunnerOptions options = { .types = wiring_job_types,
                                 .threads = (unsigned)serve->config->job_threads,
                                 .first_daily_us = SERVE_FIRST_DAILY_US,
                                 .daily_from_us = SERVE_DAILY_FROM_US };
    return job_runner_start(arena, &serve->instance, &options, &serve->jobs);
}

static Error *start(Arena *arena, Serve *serve)
{
    TRY(route_check_tables(arena));
    TRY(store_lock(arena, serve->config->data));
    TRY(store_open(arena, serve->config, &serve->instance, &serve->password));
    TRY(check_exposure(arena, serve));
    TRY(load_demo(arena, serve));
    TRY(start_pools(arena, serve));
    TRY(start_jobs(arena, serve));
    return start_http(arena, serve);
}

static void stop(Serve *serve)
{
    if (serve->http != NULL)
        http_server_stop(serve->http, SERVE_STOP_MS);
    if (serve->instance.database != NULL)
        sql_stop_reads(serve->instance.database);
    if (serve->instance.replicas != NULL)
        replica_set_stop_reads(serve->instance.replicas);
    pool_stop(serve->worker.reads);
    pool_stop(serve->worker.hash);
    pool_stop(serve->worker.heavy);
    job_runner_stop(serve->jobs);
    store_close(&serve->instance);
}

static void announce(const Serve *serve)
{
    Str listen = serve->config->listen;
    size_t colon = listen.len;
    while (colon > 0 && listen.data[colon - 1] != ':')
        colon--;
    Str host = colon > 1 ? str_slice(listen, 0, colon - 1) : STR("127.0.0.1");
    unsigned port = http_server_port(serve->http);
    if (!str_is_none(serve->password) && !serve->config->is_demo &&
        serve->config->admin_password.len == 0)
        printf("The administrator is 'admin', the password (shown once, also in "
               "%.*s/admin-password): %.*s\n",
               STR_ARGS(serve->config->data), STR_ARGS(serve->password));
    printf("listening on http://%.*s:%u\n", STR_ARGS(host), port);
    if (serve->config->is_demo)
        printf("Demo: log in as admin / admin, on this machine only. Try:\n"
               "  TOKEN=$(curl -s -u admin:admin -H 'Authorization-Token-Only: true' "
               "http://%.*s:%u/api/v1/App/user | cut -d'\"' -f4)\n"
               "  curl -s -H \"Authorization-Token: $TOKEN\" "
               "'http://%.*s:%u/api/v1/Product?select=id,name,sku&maxSize=5'\n"
               "  curl -s -H \"Authorization-Token: $TOKEN\" -H 'Content-Type: application/json' "
               "-d '{\"name\":\"My first product\"}' http://%.*s:%u/api/v1/Product\n",
               STR_ARGS(host), port, STR_ARGS(host), port, STR_ARGS(host), port);
    fflush(stdout);
}

static void write_token_uses(Serve *serve)
{
    Arena *arena = arena_new(4096, (size_t)16 << 20);
    TokenUse *uses = NULL;
    size_t count = login_take_uses(serve->instance.login, arena, &uses);
    if (count > 0) {
        Task task;
        task_begin(&task, arena, &serve->instance);
        task.caller = &user_system_caller;
        Error *error = token_write_uses(&task, uses, count);
        if (error != NULL)
            log_error(LOG_WARNING, "the last use of tokens could not be written", error);
        task_end(&task);
    }
    arena_free(arena);
}

static void forget_history(Serve *serve)
{
    int64_t days = serve->config->history_days;
    if (days == 0)
        return;
    Task task;
    Arena *arena = arena_new(4096, (size_t)16 << 20);
    task_begin(&task, arena, &serve->instance);
    task.caller = &user_system_caller;
    Error *error = history_forget(&task, task.now_us - days * SERVE_DAY_US);
    if (error != NULL)
        log_error(LOG_WARNING, "old history could not be removed", error);
    task_end(&task);
    arena_free(arena);
}

/* Until a signal; writes what is due meanwhile. */
static void wait_for_signal(Serve *serve, int signals)
{
    struct pollfd poller = { .fd = signals, .events = POLLIN };
    for (int seconds = 1; poll(&poller, 1, 1000) <= 0; seconds++) {
        log_flush();
        model_change_hear_missed(&serve->instance);
        if (seconds % SERVE_USES_EVERY_S == 0)
            write_token_uses(serve);
        if (seconds % SERVE_FORGET_EVERY_S == 0)
            forget_history(serve);
    }
}

/* Blocked before any thread starts, so that the signals come here and nowhere else. */
static int take_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log_write(LOG_WARNING, "the limit of open files can't be raised", NULL, 0);
}

int serve_run(Arena *arena, const Config *config)
{
    Serve serve = { .config = config, .password = STR_NONE };
    int signals = take_signals();
    raise_descriptor_limit();
    Error *error = start(arena, &serve);
    if (error == NULL) {
        announce(&serve);
        wait_for_signal(&serve, signals);
    } else {
        fprintf(stderr, "pimento: %.*s\n", STR_ARGS(error->reason));
        log_error(LOG_ERROR, "start failed", error);
    }
    stop(&serve);
    close(signals);
    log_flush();
    return error == NULL ? 0 : 1;
}
