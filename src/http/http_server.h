#pragma once
/* The listening server (libmicrohttpd inside, and nowhere else): epoll, a pool of I/O threads.
 *
 * `handle` runs on an I/O thread when a request is complete (body read, limits kept). It either
 * fills the response and returns HTTP_ANSWERED, or calls `http_exchange_suspend`, hands the
 * exchange to another thread and returns HTTP_LATER; that thread calls `http_exchange_send` once,
 * after which the exchange is no longer its own. Responses are compressed and turned into bytes on
 * the I/O thread, so the sender pays for a wake-up only. Kept here: framing rules (400, 501 and
 * close), 408/413/414/431/503 of the transport, deadlines, gzip, HEAD, `Cache-Control: no-store`
 * and `Pragma: no-cache` unless the owner set Cache-Control. What the library answers by itself (a
 * malformed request line, header or chunk) is a short HTML 400/414/431 and never reaches the hooks.
 *
 * Stop: `http_server_stop` refuses new connections, waits for running exchanges, then closes. An
 * exchange that is still with another thread after the grace may be sent later: it goes nowhere,
 * and `finished` is called there. So the start's arena must outlive the last `http_exchange_send`.
 */

#include "http/http.h"

typedef enum HttpOutcome { HTTP_ANSWERED, HTTP_LATER } HttpOutcome;

/* What the owner of the server does; a table given at boot. */
typedef struct HttpHooks {
    HttpOutcome (*handle)(void *owner, HttpExchange *exchange);
    /* Writes body and headers of the answer to a request that never reaches `handle`. The status is
     * ours (also 431 and 501, which no error kind has), and so are `Connection: close` and, after
     * `error->retry_after_s`, Retry-After where it is missing. The body of the request is empty,
     * and its headers and method may be. */
    void (*refuse)(void *owner, HttpExchange *exchange, Error *error);
    /* The answer is out or the connection is gone; the exchange's memory goes next. Once for each
     * exchange that `handle` or `refuse` saw. May be NULL. */
    void (*finished)(void *owner, HttpExchange *exchange);
} HttpHooks;

typedef struct HttpServerOptions {
    Str listen; /* "127.0.0.1:8080", "[::1]:0", "localhost:80", ":80"; port 0 takes a free one */
    unsigned threads;
    unsigned max_connections;             /* shared out evenly over the threads */
    unsigned max_connections_per_address; /* 0 = no limit */
    size_t max_body_bytes;                /* of one request: 413 */
    size_t max_bodies_in_flight;          /* bytes held for all together: 503 */
    size_t max_answers_in_flight;         /* memory of large answers on their way, together: 503 */
    size_t max_answer_bytes;              /* of response.body */
    size_t max_arena_bytes;               /* soft limit of an exchange's arena */
    int head_timeout_ms;                  /* before the first byte, and to the end of the headers */
    int idle_timeout_ms;                  /* between requests */
    int request_timeout_ms;               /* request line to the end of the body */
    int stalled_timeout_ms;               /* client does not read */
    unsigned min_body_rate;               /* bytes a second, in each stretch of head_timeout_ms */
    const HttpHooks *hooks;
    void *owner;
} HttpServerOptions;

typedef struct HttpServer HttpServer;

/* The defaults; the caller sets listen, hooks and owner. */
HttpServerOptions http_server_defaults(void);
/* INVALID: `listen` is no address. UNAVAILABLE: it is in use or not ours, or no threads. */
Error *http_server_start(Arena *arena, const HttpServerOptions *options,
                         HttpServer **out) must_check;
/* The port in use. */
unsigned http_server_port(const HttpServer *server);
/* Waits up to `grace_ms` for running exchanges. */
void http_server_stop(HttpServer *server, int grace_ms);

/* Only inside `handle`, before the exchange is handed to another thread. */
void http_exchange_suspend(HttpExchange *exchange);
/* From any thread, once for each suspended exchange; never inside `handle`. */
void http_exchange_send(HttpExchange *exchange);
