#include "http/http_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/http_private.h"

HttpServerOptions http_server_defaults(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return (HttpServerOptions){
        .threads = cores > 2 ? (unsigned)cores * 2 : 4,
        .max_connections = 12000,
        .max_connections_per_address = 0,
        .max_body_bytes = (size_t)64 << 20,
        .max_bodies_in_flight = (size_t)256 << 20,
        .max_answers_in_flight = (size_t)512 << 20,
        .max_answer_bytes = (size_t)64 << 20,
        .max_arena_bytes = (size_t)128 << 20,
        .head_timeout_ms = 10 * 1000,
        .idle_timeout_ms = 75 * 1000,
        .request_timeout_ms = 300 * 1000,
        .stalled_timeout_ms = 30 * 1000,
        .min_body_rate = 1024,
    };
}

static Error *socket_failed(Arena *arena, Str listen_text, int reason)
{
    Str text = listen_text;
    if (reason == EADDRINUSE)
        return error_new(arena, ERROR_UNAVAILABLE,
                         "%.*s is in use by another program; stop it or choose another port",
                         STR_ARGS(text));
    if (reason == EADDRNOTAVAIL)
        return error_new(arena, ERROR_UNAVAILABLE, "%.*s is no address of this machine",
                         STR_ARGS(text));
    if (reason == EACCES)
        return error_new(arena, ERROR_UNAVAILABLE,
                         "%.*s may not be used; ports below 1024 need the right to do so",
                         STR_ARGS(text));
    return error_new(arena, ERROR_UNAVAILABLE, "Can't listen on %.*s: %s", STR_ARGS(text),
                     strerror(reason));
}

static int bind_socket(const HttpAddress *address)
{
    int yes = 1;
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (const struct sockaddr *)&address->storage, address->len) == 0 &&
        listen(fd, HTTP_BACKLOG) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

static Error *open_socket(Arena *arena, HttpServer *server, int *out)
{
    HttpAddress address;
    TRY(http_address_parse(arena, server->options.listen, &address));
    int fd = bind_socket(&address);
    if (fd < 0)
        return socket_failed(arena, server->options.listen, errno);
    getsockname(fd, (struct sockaddr *)&address.storage, &address.len);
    server->port = http_address_port(&address);
    *out = fd;
    return NULL;
}

static void __attribute__((format(printf, 2, 0)))
log_library(void *server, const char *format, va_list args)
{
    (void)server;
    char text[256];
    int len = vsnprintf(text, sizeof text, format, args);
    if (len <= 0)
        return;
    size_t shown = (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    LOG_EVENT(LOG_DEBUG, "http", { "text", str_trim((Str){ text, shown }), 0 });
}

/* Paths go up as they were sent. */
static size_t keep_escapes(void *server, struct MHD_Connection *library, char *text)
{
    (void)server;
    (void)library;
    return strlen(text);
}

static enum MHD_Result admit(void *cls, const struct sockaddr *address, socklen_t len)
{
    (void)address;
    (void)len;
    HttpServer *server = cls;
    return atomic_load_explicit(&server->is_stopping, memory_order_relaxed) ? MHD_NO : MHD_YES;
}

static struct MHD_Daemon *start_daemon(HttpServer *server, int fd)
{
    const HttpServerOptions *options = &server->options;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    if (log_is_on(LOG_DEBUG))
        flags |= MHD_USE_ERROR_LOG;
    /* clang-format off */
    struct MHD_OptionItem more[3] = {
        { MHD_OPTION_END, 0, NULL }, { MHD_OPTION_END, 0, NULL }, { MHD_OPTION_END, 0, NULL },
    };
    int count = 0;
    if (options->threads > 1) /* a pool of one is refused */
        more[count++] = (struct MHD_OptionItem){ MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)options->threads, NULL };
    if (options->max_connections_per_address > 0)
        more[count] = (struct MHD_OptionItem){ MHD_OPTION_PER_IP_CONNECTION_LIMIT, (intptr_t)options->max_connections_per_address, NULL };
    return MHD_start_daemon(flags, 0, admit, server, http_connection_access, server,
        MHD_OPTION_EXTERNAL_LOGGER, log_library, (void *)server,
        MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_LIMIT, options->max_connections,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_NOTIFY_CONNECTION, http_connection_notify, (void *)server,
        MHD_OPTION_URI_LOG_CALLBACK, http_connection_begin, (void *)server,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, (void *)server,
        MHD_OPTION_NOTIFY_COMPLETED, http_connection_completed, (void *)server,
        MHD_OPTION_ARRAY, more,
        MHD_OPTION_END);
    /* clang-format on */
}

static HttpServer *server_new(Arena *arena, const HttpServerOptions *options)
{
    HttpServer *server = ARENA_NEW(arena, HttpServer);
    pthread_condattr_t monotonic;
    server->options = *options;
    server->options.listen = str_copy(arena, options->listen);
    pthread_mutex_init(&server->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return server;
}

Error *http_server_start(Arena *arena, const HttpServerOptions *options, HttpServer **out)
{
    int fd = -1;
    HttpServer *server = server_new(arena, options);
    TRY(open_socket(arena, server, &fd));
    Error *error = http_deadline_start(arena, server);
    if (error != NULL) {
        close(fd);
        return error;
    }
    server->daemon = start_daemon(server, fd);
    if (server->daemon == NULL) { /* the library has closed the socket */
        http_deadline_stop(server);
        return error_new(
            arena, ERROR_UNAVAILABLE,
            "The HTTP server could not start; are there enough descriptors and threads?");
    }
    *out = server;
    return NULL;
}

unsigned http_server_port(const HttpServer *server)
{
    return server->port;
}

typedef struct Activity {
    unsigned running;
    unsigned handling;
} Activity;

static Activity count_activity(HttpServer *server)
{
    Activity activity = { 0 };
    pthread_mutex_lock(&server->lock);
    for (HttpThread *thread = server->threads; thread != NULL; thread = thread->next) {
        activity.running += atomic_load(&thread->running);
        activity.handling += atomic_load(&thread->handling);
    }
    pthread_mutex_unlock(&server->lock);
    return activity;
}

static void pause_shortly(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
}

void http_server_stop(HttpServer *server, int grace_ms)
{
    /* The library's own quiesce may abort when it meets a busy thread, so connections are refused
     * by `admit` until the socket is closed. */
    int64_t until_ms = http_deadline_now_ms() + grace_ms;
    atomic_store(&server->is_stopping, true);
    while (count_activity(server).running > 0 && http_deadline_now_ms() < until_ms)
        pause_shortly();
    atomic_store(&server->is_closing, true);
    /* The library aborts when a connection is suspended at its end. */
    while (count_activity(server).handling > 0 || atomic_load(&server->senders) > 0) {
        http_connection_abandon_waiting(server);
        pause_shortly();
    }
    MHD_stop_daemon(server->daemon);
    http_deadline_stop(server);
    http_threads_free(server);
    pthread_cond_destroy(&server->wake);
    pthread_mutex_destroy(&server->lock);
}
