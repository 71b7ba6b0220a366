/* Deadlines: the library's own timer starts again with every byte, so a thread of ours looks over
 * all connections a few times a second and shuts the sockets of those whose time is up; the I/O
 * thread then sees the end of the stream and cleans up. The I/O threads only store where they are.
 * A socket is shut under the lock under which a closing connection leaves the list, so its number
 * can't belong to somebody else. */

#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "http/http_private.h"

#define SWEEP_MAX_MS 500
#define SWEEP_MIN_MS 10
#define LINGER_MS 2000
#define LINGER_MAX 256

static const char late_answer[] = "HTTP/1.1 408 Request Timeout\r\n"
                                  "Connection: close\r\n"
                                  "Content-Length: 0\r\n\r\n";

int64_t http_deadline_now_ms(void)
{
    return clock_monotonic_us() / 1000;
}

void http_deadline_add(HttpConnection *connection)
{
    HttpServer *server = connection->server;
    connection->seen_since_ms = http_deadline_now_ms();
    pthread_mutex_lock(&server->lock);
    connection->next = server->connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    server->connections = connection;
    pthread_mutex_unlock(&server->lock);
}

/* Closing with unread input sends a reset, which may overtake the refusal on its way. So the
 * socket stays open under another number until the client has seen the end of our stream. */
static void linger(HttpServer *server, int socket)
{
    if (server->lingerer_count >= LINGER_MAX)
        return;
    int copy = fcntl(socket, F_DUPFD_CLOEXEC, 3);
    if (copy < 0)
        return;
    HttpLingerer *lingerer = memory_alloc(sizeof(HttpLingerer));
    lingerer->socket = copy;
    lingerer->until_ms = http_deadline_now_ms() + LINGER_MS;
    lingerer->next = server->lingerers;
    server->lingerers = lingerer;
    server->lingerer_count++;
}

void http_deadline_remove(HttpConnection *connection)
{
    HttpServer *server = connection->server;
    pthread_mutex_lock(&server->lock);
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        server->connections = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    if (connection->is_refused && !server->sweeper_stops)
        linger(server, connection->socket);
    pthread_mutex_unlock(&server->lock);
}

static bool read_tcp_info(int socket, struct tcp_info *out)
{
    socklen_t len = sizeof *out;
    memset(out, 0, sizeof *out);
    return getsockopt(socket, IPPROTO_TCP, TCP_INFO, out, &len) == 0;
}

static void cut(HttpConnection *connection)
{
    shutdown(connection->socket, SHUT_RDWR);
}

/* The request is incomplete: says so, unless the I/O thread has just gone on. */
static void cut_request(HttpConnection *connection)
{
    unsigned expected = connection->seen_progress;
    unsigned wanted = (expected & ~7U) | HTTP_PHASE_CUT;
    if (!atomic_compare_exchange_strong(&connection->progress, &expected, wanted))
        return;
    ssize_t sent =
        send(connection->socket, late_answer, sizeof late_answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent; /* who does not read it is cut all the same */
    cut(connection);
}

static void check_body(HttpConnection *connection, int64_t now_ms)
{
    const HttpServerOptions *options = &connection->server->options;
    int64_t window_ms = now_ms - connection->window_since_ms;
    if (now_ms - connection->seen_since_ms >= options->request_timeout_ms) {
        cut_request(connection);
        return;
    }
    if (window_ms < options->head_timeout_ms)
        return;
    uint64_t bytes = atomic_load_explicit(&connection->body_bytes, memory_order_relaxed);
    uint64_t wanted = (uint64_t)options->min_body_rate * (uint64_t)window_ms / 1000;
    if (bytes - connection->window_bytes < wanted) {
        cut_request(connection);
        return;
    }
    connection->window_since_ms = now_ms;
    connection->window_bytes = bytes;
}

static void check_answer(HttpConnection *connection, int64_t now_ms)
{
    struct tcp_info info;
    int64_t stalled_ms = connection->server->options.stalled_timeout_ms;
    if (now_ms - connection->seen_since_ms < stalled_ms / 4)
        return;
    if (!read_tcp_info(connection->socket, &info))
        return;
    if (info.tcpi_bytes_acked != connection->window_bytes) {
        connection->window_bytes = info.tcpi_bytes_acked;
        connection->window_since_ms = now_ms;
    } else if (now_ms - connection->window_since_ms >= stalled_ms) {
        /* What it does not read must not stay in the kernel's memory either. */
        struct linger none = { .l_onoff = 1, .l_linger = 0 };
        setsockopt(connection->socket, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        cut(connection);
    }
}

/* The library says nothing before a request line is whole. So look now and then whether bytes came
 * since the last answer; two looks later the line must be there. */
static void check_idle(HttpConnection *connection, int64_t now_ms)
{
    struct tcp_info info;
    const HttpServerOptions *options = &connection->server->options;
    int64_t idle_ms = now_ms - connection->seen_since_ms;
    if (idle_ms >= options->idle_timeout_ms) {
        cut(connection);
        return;
    }
    if (now_ms - connection->window_since_ms < options->head_timeout_ms)
        return;
    connection->window_since_ms = now_ms;
    if (connection->is_partial)
        cut(connection);
    else if (read_tcp_info(connection->socket, &info))
        connection->is_partial = info.tcpi_last_data_recv < idle_ms;
}

static void check(HttpConnection *connection, int64_t now_ms)
{
    const HttpServerOptions *options = &connection->server->options;
    unsigned progress = atomic_load_explicit(&connection->progress, memory_order_acquire);
    if (progress != connection->seen_progress) {
        /* The head of the first request shares the time of the wait before it. */
        if (progress != (1U << 3 | HTTP_PHASE_HEAD) || connection->seen_progress != HTTP_PHASE_NEW)
            connection->seen_since_ms = now_ms;
        connection->seen_progress = progress;
        connection->window_since_ms = now_ms;
        connection->window_bytes = 0;
        connection->is_partial = false;
    }
    switch (progress & 7U) {
    case HTTP_PHASE_NEW:
        if (now_ms - connection->seen_since_ms >= options->head_timeout_ms)
            cut(connection);
        break;
    case HTTP_PHASE_HEAD:
        if (now_ms - connection->seen_since_ms >= options->head_timeout_ms)
            cut_request(connection);
        break;
    case HTTP_PHASE_BODY:
        check_body(connection, now_ms);
        break;
    case HTTP_PHASE_ANSWERING:
        check_answer(connection, now_ms);
        break;
    case HTTP_PHASE_IDLE:
        check_idle(connection, now_ms);
        break;
    default:
        break;
    }
}

/* True while the client is still there and its time is not up. */
static bool drain(const HttpLingerer *lingerer, int64_t now_ms)
{
    char waste[16384];
    ssize_t count = 0;
    for (int i = 0; i < 64; i++) {
        count = recv(lingerer->socket, waste, sizeof waste, MSG_DONTWAIT);
        if (count <= 0)
            break;
    }
    bool is_open = count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
    return is_open && now_ms < lingerer->until_ms;
}

static void sweep_lingerers(HttpServer *server, int64_t now_ms)
{
    HttpLingerer **link = &server->lingerers;
    while (*link != NULL) {
        HttpLingerer *lingerer = *link;
        if (drain(lingerer, now_ms)) {
            link = &lingerer->next;
            continue;
        }
        *link = lingerer->next;
        close(lingerer->socket);
        memory_free(lingerer);
        server->lingerer_count--;
    }
}

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

static int sweep_interval_ms(const HttpServerOptions *options)
{
    int shortest = min_int(min_int(options->head_timeout_ms, options->idle_timeout_ms),
                           min_int(options->request_timeout_ms, options->stalled_timeout_ms));
    int interval = min_int(shortest / 4, SWEEP_MAX_MS);
    return interval > SWEEP_MIN_MS ? interval : SWEEP_MIN_MS;
}

/* With the lock held; gives it up while waiting. */
static void wait_for_next(HttpServer *server, int interval_ms)
{
    int64_t at_us = clock_monotonic_us() + (int64_t)interval_ms * 1000;
    struct timespec at = { .tv_sec = at_us / 1000000, .tv_nsec = at_us % 1000000 * 1000 };
    pthread_cond_timedwait(&server->wake, &server->lock, &at);
}

static void *sweep(void *arg)
{
    HttpServer *server = arg;
    int interval_ms = sweep_interval_ms(&server->options);
    pthread_mutex_lock(&server->lock);
    while (!server->sweeper_stops) {
        wait_for_next(server, interval_ms);
        int64_t now_ms = http_deadline_now_ms();
        for (HttpConnection *each = server->connections; each != NULL; each = each->next)
            check(each, now_ms);
        sweep_lingerers(server, now_ms);
    }
    sweep_lingerers(server, INT64_MAX);
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

Error *http_deadline_start(Arena *arena, HttpServer *server)
{
    if (pthread_create(&server->sweeper, NULL, sweep, server) == 0)
        return NULL;
    return error_new(arena, ERROR_UNAVAILABLE, "No thread could be started");
}

void http_deadline_stop(HttpServer *server)
{
    pthread_mutex_lock(&server->lock);
    server->sweeper_stops = true;
    pthread_cond_signal(&server->wake);
    pthread_mutex_unlock(&server->lock);
    pthread_join(server->sweeper, NULL);
}
