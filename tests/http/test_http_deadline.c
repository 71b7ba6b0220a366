#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "http/http_server.h"
#include "support/raw_client.h"

#define HOST "Host: a\r\n"
#define HEAD_MS 200
#define IDLE_MS 700
#define REQUEST_MS 1000
#define STALLED_MS 300

typedef struct Fixture {
    Arena *arena;
    HttpServer *server;
    RawClient client;
    int64_t started_us;
    atomic_int finished;
} Fixture;

static HttpOutcome handle(void *owner, HttpExchange *exchange)
{
    (void)owner;
    exchange->response.status = 200;
    if (str_equal(exchange->request.path, STR("/large")))
        while (exchange->response.body.len < ((size_t)32 << 20))
            buf_append(&exchange->response.body, STR("all work and no play makes a dull boy\n"));
    if (str_equal(exchange->request.path, STR("/slow")))
        usleep((HEAD_MS + IDLE_MS) * 1000);
    return HTTP_ANSWERED;
}

static void refuse(void *owner, HttpExchange *exchange, Error *error)
{
    (void)owner;
    buf_append(&exchange->response.body, error->reason);
}

static void finished(void *owner, HttpExchange *exchange)
{
    (void)exchange;
    atomic_fetch_add(&((Fixture *)owner)->finished, 1);
}

static const HttpHooks hooks = { .handle = handle, .refuse = refuse, .finished = finished };

static int set_up(void **state)
{
    Fixture *fixture = calloc(1, sizeof *fixture);
    fixture->arena = arena_new(4096, 1 << 20);
    HttpServerOptions options = http_server_defaults();
    options.listen = STR("127.0.0.1:0");
    options.threads = 2;
    options.head_timeout_ms = HEAD_MS;
    options.idle_timeout_ms = IDLE_MS;
    options.request_timeout_ms = REQUEST_MS;
    options.stalled_timeout_ms = STALLED_MS;
    options.min_body_rate = 100;
    options.hooks = &hooks;
    options.owner = fixture;
    assert_null(http_server_start(fixture->arena, &options, &fixture->server));
    raw_client_open(&fixture->client, http_server_port(fixture->server));
    fixture->started_us = clock_monotonic_us();
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    raw_client_close(&fixture->client);
    http_server_stop(fixture->server, 100);
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

/* The connection ends, and not before `after_ms`. */
static void assert_cut_after(Fixture *fixture, int after_ms)
{
    assert_true(raw_client_is_ended(&fixture->client, 8000));
    assert_in_range((clock_monotonic_us() - fixture->started_us) / 1000, after_ms, 8000);
}

static void ask_well(Fixture *fixture)
{
    RawAnswer answer = raw_client_ask(&fixture->client, STR("GET / HTTP/1.1\r\n" HOST "\r\n"));
    assert_int_equal(answer.status, 200);
    fixture->started_us = clock_monotonic_us();
}

/* A piece at a time until the other side has had enough, `patience_ms` at most. */
static void drip(Fixture *fixture, Str piece, int patience_ms)
{
    int64_t until_us = clock_monotonic_us() + (int64_t)patience_ms * 1000;
    while (clock_monotonic_us() < until_us && raw_client_send(&fixture->client, piece) &&
           !raw_client_is_ended(&fixture->client, 50))
        continue;
}

static void test_silent_connection_is_cut(void **state)
{
    assert_cut_after(*state, HEAD_MS - 50);
}

static void test_half_a_request_line_is_cut(void **state)
{
    Fixture *fixture = *state;
    raw_client_send(&fixture->client, STR("GET /"));
    assert_cut_after(fixture, HEAD_MS - 50);
}

static void test_slow_headers_are_cut_with_408(void **state)
{
    Fixture *fixture = *state;
    raw_client_send(&fixture->client, STR("GET / HTTP/1.1\r\n" HOST));
    drip(fixture, STR("A: b\r\n"), 5000);
    assert_int_equal(raw_client_read(&fixture->client, false).status, 408);
    assert_cut_after(fixture, HEAD_MS - 50);
}

static void test_idle_connection_is_cut_later(void **state)
{
    Fixture *fixture = *state;
    ask_well(fixture);
    assert_cut_after(fixture, IDLE_MS - 50);
}

static void test_slow_request_line_after_an_answer_is_cut(void **state)
{
    Fixture *fixture = *state;
    ask_well(fixture);
    usleep(HEAD_MS * 1000 / 2);
    raw_client_send(&fixture->client, STR("GE"));
    assert_true(raw_client_is_ended(&fixture->client, 3 * HEAD_MS));
}

static void test_slow_body_is_cut_with_408(void **state)
{
    Fixture *fixture = *state;
    raw_client_send(&fixture->client,
                    STR("POST / HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\n"));
    drip(fixture, STR("x"), 5000);
    assert_int_equal(raw_client_read(&fixture->client, false).status, 408);
    assert_in_range((clock_monotonic_us() - fixture->started_us) / 1000, HEAD_MS, REQUEST_MS - 100);
}

static void test_body_without_end_is_cut_with_408(void **state)
{
    Fixture *fixture = *state;
    raw_client_send(&fixture->client,
                    STR("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"));
    drip(fixture,
         STR("64\r\n0123456789012345678901234567890123456789012345678901234567890123456789"
             "012345678901234567890123456789\r\n"),
         5000);
    assert_int_equal(raw_client_read(&fixture->client, false).status, 408);
    assert_cut_after(fixture, REQUEST_MS - 50);
}

static void test_client_that_does_not_read_is_cut(void **state)
{
    Fixture *fixture = *state;
    raw_client_send(&fixture->client, STR("GET /large HTTP/1.1\r\n" HOST "\r\n"));
    for (int i = 0; i < 1000 && atomic_load(&fixture->finished) == 0; i++)
        usleep(10 * 1000);
    assert_int_equal(fixture->finished, 1);
    assert_int_equal(raw_client_read(&fixture->client, false).status, 0);
}

static void test_client_that_reads_slowly_is_kept(void **state)
{
    Fixture *fixture = *state;
    static char part[1 << 20];
    size_t total = 0;
    int64_t until_us = clock_monotonic_us() + 4 * STALLED_MS * 1000;
    raw_client_send(&fixture->client, STR("GET /large HTTP/1.1\r\n" HOST "\r\n"));
    while (clock_monotonic_us() < until_us) {
        ssize_t count = read(fixture->client.socket, part, sizeof part);
        assert_true(count > 0);
        total += (size_t)count;
        usleep(STALLED_MS * 1000 / 5);
    }
    RawAnswer rest = raw_client_read(&fixture->client, false);
    (void)rest; /* the head is gone; what counts is that all bytes came */
    assert_true(total > 0);
    assert_true(total + fixture->client.input_len > ((size_t)32 << 20));
}

static void test_slow_handler_has_no_deadline(void **state)
{
    Fixture *fixture = *state;
    RawAnswer answer = raw_client_ask(&fixture->client, STR("GET /slow HTTP/1.1\r\n" HOST "\r\n"));
    assert_int_equal(answer.status, 200);
    ask_well(fixture);
}

static void test_steady_client_is_never_cut(void **state)
{
    Fixture *fixture = *state;
    for (int i = 0; i < 20; i++) {
        ask_well(fixture);
        usleep(HEAD_MS * 1000 / 2);
    }
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        SERVED(test_silent_connection_is_cut),
        SERVED(test_half_a_request_line_is_cut),
        SERVED(test_slow_headers_are_cut_with_408),
        SERVED(test_idle_connection_is_cut_later),
        SERVED(test_slow_request_line_after_an_answer_is_cut),
        SERVED(test_slow_body_is_cut_with_408),
        SERVED(test_body_without_end_is_cut_with_408),
        SERVED(test_client_that_does_not_read_is_cut),
        SERVED(test_client_that_reads_slowly_is_kept),
        SERVED(test_slow_handler_has_no_deadline),
        SERVED(test_steady_client_is_never_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
