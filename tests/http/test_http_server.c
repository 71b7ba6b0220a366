#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/error.h"
#include "http/http_server.h"
#include "support/raw_client.h"

#define WORKERS 4
#define HOST "Host: a\r\n"

/* Exchanges on their way to another thread. */
typedef struct Handover {
    pthread_mutex_t lock;
    pthread_cond_t added;
    HttpExchange *waiting[256];
    unsigned count;
    bool is_over;
} Handover;

typedef struct Fixture {
    Arena *arena;
    HttpServer *server;
    RawClient client;
    Handover handover;
    pthread_t workers[WORKERS];
    atomic_int shown;
    atomic_int finished;
} Fixture;

static void handover_put(Handover *handover, HttpExchange *exchange)
{
    pthread_mutex_lock(&handover->lock);
    handover->waiting[handover->count++] = exchange;
    pthread_cond_signal(&handover->added);
    pthread_mutex_unlock(&handover->lock);
}

/* NULL when it is over. */
static HttpExchange *handover_get(Handover *handover)
{
    HttpExchange *exchange = NULL;
    pthread_mutex_lock(&handover->lock);
    while (handover->count == 0 && !handover->is_over)
        pthread_cond_wait(&handover->added, &handover->lock);
    if (handover->count > 0)
        exchange = handover->waiting[--handover->count];
    pthread_mutex_unlock(&handover->lock);
    return exchange;
}

static void *work(void *handover)
{
    HttpExchange *exchange;
    while ((exchange = handover_get(handover)) != NULL) {
        buf_append(&exchange->response.body, exchange->request.query);
        http_exchange_send(exchange);
    }
    return NULL;
}

static void fill(HttpExchange *exchange, size_t bytes)
{
    while (exchange->response.body.len < bytes && !exchange->response.body.is_over)
        buf_append(&exchange->response.body, STR("[\"all work and no play\"]\n"));
}

static void answer_query(HttpExchange *exchange)
{
    buf_append(&exchange->response.body, exchange->request.path);
    buf_append(&exchange->response.body, STR("|"));
    buf_append(&exchange->response.body, exchange->request.query);
}

static void answer_remote(HttpExchange *exchange)
{
    buf_append(&exchange->response.body, http_method_name(exchange->request.method));
    buf_append(&exchange->response.body, STR(" "));
    buf_append(&exchange->response.body, exchange->request.remote_address);
    buf_append(&exchange->response.body, http_request_header(&exchange->request, STR("x-trimmed")));
}

static void answer_long(HttpExchange *exchange)
{
    fill(exchange, 20000);
}

static void answer_secret(HttpExchange *exchange)
{
    answer_long(exchange);
    exchange->response.is_secret = true;
}

static void answer_huge(HttpExchange *exchange)
{
    fill(exchange, (size_t)1 << 30);
}

static void answer_large(HttpExchange *exchange)
{
    fill(exchange, 900000);
}

static void answer_encoded(HttpExchange *exchange)
{
    fill(exchange, 20000);
    http_response_header(exchange, STR("Content-Encoding"), STR("br"));
}

static void answer_unchanged(HttpExchange *exchange)
{
    exchange->response.status = 304;
    buf_append(&exchange->response.body, STR("must not be sent"));
}

static void answer_empty(HttpExchange *exchange)
{
    exchange->response.status = 204;
}

static void answer_last(HttpExchange *exchange)
{
    exchange->response.closes_connection = true;
}

static void answer_borrowed(HttpExchange *exchange)
{
    exchange->response.borrowed_body = STR("made at build time");
    http_response_header(exchange, STR("Cache-Control"), STR("max-age=60"));
}

static void answer_file(HttpExchange *exchange)
{
    exchange->response.file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    exchange->response.file_offset = 1;
    exchange->response.file_bytes = 3;
}

/* clang-format off */
static const struct { Str path; void (*answer)(HttpExchange *exchange); } pages[] = {
    { STR("/remote"),    answer_remote },
    { STR("/long"),      answer_long },
    { STR("/secret"),    answer_secret },
    { STR("/large"),      answer_large },
    { STR("/huge"),      answer_huge },
    { STR("/encoded"),   answer_encoded },
    { STR("/unchanged"), answer_unchanged },
    { STR("/empty"),     answer_empty },
    { STR("/last"),      answer_last },
    { STR("/borrowed"),  answer_borrowed },
    { STR("/file"),      answer_file },
};
/* clang-format on */

static HttpOutcome handle(void *owner, HttpExchange *exchange)
{
    Fixture *fixture = owner;
    atomic_fetch_add(&fixture->shown, 1);
    exchange->context = fixture;
    exchange->response.status = 200;
    http_response_header(exchange, STR("Content-Type"), STR("application/json"));
    if (str_equal(exchange->request.path, STR("/later"))) {
        http_exchange_suspend(exchange);
        handover_put(&fixture->handover, exchange);
        return HTTP_LATER;
    }
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (str_equal(exchange->request.path, pages[i].path)) {
            pages[i].answer(exchange);
            return HTTP_ANSWERED;
        }
    }
    answer_query(exchange);
    return HTTP_ANSWERED;
}

static void refuse(void *owner, HttpExchange *exchange, Error *error)
{
    if (exchange->context == NULL) /* else its answer was too long */
        atomic_fetch_add(&((Fixture *)owner)->shown, 1);
    buf_append(&exchange->response.body, STR("refused: "));
    buf_append(&exchange->response.body, error->reason);
}

static void finished(void *owner, HttpExchange *exchange)
{
    atomic_fetch_add(&((Fixture *)owner)->finished, exchange != NULL);
}

static const HttpHooks hooks = { .handle = handle, .refuse = refuse, .finished = finished };

static HttpServerOptions options_for(Fixture *fixture)
{
    HttpServerOptions options = http_server_defaults();
    options.listen = STR("127.0.0.1:0");
    options.threads = 2;
    options.max_answer_bytes = 1 << 20;
    options.hooks = &hooks;
    options.owner = fixture;
    return options;
}

static Fixture *start(const HttpServerOptions *options, unsigned workers)
{
    Fixture *fixture = options->owner;
    assert_null(http_server_start(fixture->arena, options, &fixture->server));
    for (unsigned i = 0; i < workers; i++)
        pthread_create(&fixture->workers[i], NULL, work, &fixture->handover);
    raw_client_open(&fixture->client, http_server_port(fixture->server));
    return fixture;
}

static Fixture *fixture_new(void)
{
    Fixture *fixture = calloc(1, sizeof *fixture);
    fixture->arena = arena_new(4096, 1 << 20);
    pthread_mutex_init(&fixture->handover.lock, NULL);
    pthread_cond_init(&fixture->handover.added, NULL);
    return fixture;
}

static Fixture *started(unsigned workers)
{
    Fixture *fixture = fixture_new();
    HttpServerOptions options = options_for(fixture);
    return start(&options, workers);
}

static void end_workers(Fixture *fixture)
{
    pthread_mutex_lock(&fixture->handover.lock);
    fixture->handover.is_over = true;
    pthread_cond_broadcast(&fixture->handover.added);
    pthread_mutex_unlock(&fixture->handover.lock);
    for (unsigned i = 0; i < WORKERS && fixture->workers[i] != 0; i++)
        pthread_join(fixture->workers[i], NULL);
}

/* After the server was stopped. */
static void fixture_free(Fixture *fixture)
{
    end_workers(fixture);
    raw_client_close(&fixture->client);
    assert_int_equal(fixture->shown, fixture->finished);
    arena_free(fixture->arena);
    free(fixture);
}

static int set_up(void **state)
{
    *state = started(WORKERS);
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    http_server_stop(fixture->server, 2000);
    fixture_free(fixture);
    return 0;
}

static void assert_text(Str got, Str wanted)
{
    if (!str_equal(got, wanted))
        fail_msg("got '%.*s', wanted '%.*s'", STR_ARGS(got), STR_ARGS(wanted));
}

/* `count` bytes 'x' between two texts. */
static Str padded(Fixture *fixture, const char *before, size_t count, const char *after)
{
    size_t before_len = strlen(before);
    size_t after_len = strlen(after);
    char *data = arena_alloc(fixture->arena, before_len + count + after_len);
    memcpy(data, before, before_len);
    memset(data + before_len, 'x', count);
    memcpy(data + before_len + count, after, after_len);
    return (Str){ data, before_len + count + after_len };
}

static void test_pipelined_requests_are_answered_in_order(void **state)
{
    Fixture *fixture = *state;
    Buf requests;
    buf_init(&requests, fixture->arena, 1 << 20);
    for (int i = 0; i < 1000; i++)
        buf_format(&requests, "GET /%s?%d HTTP/1.1\r\n" HOST "\r\n", i % 7 ? "p" : "later", i);
    assert_true(raw_client_send(&fixture->client, buf_str(&requests)));
    for (int i = 0; i < 1000; i++) {
        RawAnswer answer = raw_client_read(&fixture->client, false);
        Str wanted = str_format(fixture->arena, i % 7 ? "/p|%d" : "%d", i);
        assert_text(answer.body, wanted);
    }
}

static void test_answers_are_not_stored(void **state)
{
    Fixture *fixture = *state;
    RawAnswer answer = raw_client_ask(&fixture->client, STR("GET / HTTP/1.1\r\n" HOST "\r\n"));
    assert_text(raw_answer_header(&answer, STR("Cache-Control")), STR("no-store"));
    assert_text(raw_answer_header(&answer, STR("Pragma")), STR("no-cache"));
    assert_true(str_is_none(raw_answer_header(&answer, STR("Server"))));
    answer = raw_client_ask(&fixture->client, STR("GET /borrowed HTTP/1.1\r\n" HOST "\r\n"));
    assert_text(raw_answer_header(&answer, STR("Cache-Control")), STR("max-age=60"));
    assert_true(str_is_none(raw_answer_header(&answer, STR("Pragma"))));
    assert_text(answer.body, STR("made at build time"));
}

static void test_remote_address_method_and_headers_are_seen(void **state)
{
    Fixture *fixture = *state;
    RawAnswer answer = raw_client_ask(
        &fixture->client, STR("PATCH /remote HTTP/1.1\r\n" HOST "X-Trimmed: \t !  \r\n\r\n"));
    assert_text(answer.body, STR("PATCH 127.0.0.1!"));
}

static void test_head_has_the_length_and_no_body(void **state)
{
    Fixture *fixture = *state;
    RawAnswer answer = raw_client_ask(&fixture->client, STR("HEAD /p HTTP/1.1\r\n" HOST "\r\n"));
    assert_int_equal(answer.status, 200);
    assert_text(raw_answer_header(&answer, STR("Content-Length")), STR("3"));
    answer = raw_client_ask(&fixture->client, STR("GET /p HTTP/1.1\r\n" HOST "\r\n"));
    assert_text(answer.body, STR("/p|"));
}

static void test_304_and_204_have_no_body(void **state)
{
    Fixture *fixture = *state;
    RawAnswer answer =
        raw_client_ask(&fixture->client, STR("GET /unchanged HTTP/1.1\r\n" HOST "\r\n"));
    assert_int_equal(answer.status, 304);
    answer = raw_client_ask(&fixture->client, STR("GET /empty HTTP/1.1\r\n" HOST "\r\n"));
    assert_int_equal(answer.status, 204);
    assert_true(str_is_none(raw_answer_header(&answer, STR("Content-Length"))));
    answer = raw_client_ask(&fixture->client, STR("GET /p HTTP/1.1\r\n" HOST "\r\n"));
    assert_text(answer.body, STR("/p|"));
}

static void test_file_is_sent_from_its_offset(void **state)
{
    Fixture *fixture = *state;
    RawAnswer answer = raw_client_ask(&fixture->client, STR("GET /file HTTP/1.1\r\n" HOST "\r\n"));
    assert_text(answer.body, STR("ELF"));
    answer = raw_client_ask(&fixture->client, STR("HEAD /file HTTP/1.1\r\n" HOST "\r\n"));
    assert_text(raw_answer_header(&answer, STR("Content-Length")), STR("3"));
}

static void test_answer_may_close_the_connection(void **state)
{
    Fixture *fixture = *state;
    RawAnswer answer = raw_client_ask(&fixture->client, STR("GET /last HTTP/1.1\r\n" HOST "\r\n"));
    assert_text(raw_answer_header(&answer, STR("Connection")), STR("close"));
    assert_true(raw_client_is_ended(&fixture->client, 3000));
}

static void test_answer_over_the_limit_is_refused(void **state)
{
    Fixture *fixture = *state;
    RawAnswer answer = raw_client_ask(&fixture->client, STR("GET /huge HTTP/1.1\r\n" HOST "\r\n"));
    assert_int_equal(answer.status, 413);
}

static size_t unpacked_len(Str packed)
{
    static unsigned char plain[65536];
    z_stream stream = { .avail_in = (unsigned)packed.len, .avail_out = sizeof plain };
    memcpy(&stream.next_in, &packed.data, sizeof stream.next_in);
    stream.next_out = plain;
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    inflateEnd(&stream);
    return sizeof plain - stream.avail_out;
}

static void test_long_texts_are_compressed_for_those_who_ask(void **state)
{
    Fixture *fixture = *state;
    /* clang-format off */
    static const struct { const char *page; const char *accept; bool is_packed; } cases[] = {
        { "/long",    "gzip, deflate", true },
        { "/long",    "gzip",          true },
        { "/long",    "gzip;q=0",      false },
        { "/long",    "br",            false },
        { "/p",       "gzip",          false },
        { "/secret",  "gzip",          false },
        { "/encoded", "gzip",          false },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        RawAnswer answer = raw_client_ask(
            &fixture->client,
            str_format(fixture->arena, "GET %s HTTP/1.1\r\n" HOST "Accept-Encoding: %s\r\n\r\n",
                       cases[i].page, cases[i].accept));
        Str encoding = raw_answer_header(&answer, STR("Content-Encoding"));
        assert_int_equal(str_equal(encoding, STR("gzip")), cases[i].is_packed);
        if (!cases[i].is_packed)
            continue;
        assert_text(raw_answer_header(&answer, STR("Vary")), STR("Accept-Encoding"));
        assert_in_range(answer.body.len, 50, 2000);
        assert_in_range(unpacked_len(answer.body), 20000, 20100);
    }
}

typedef struct Customer {
    unsigned port;
    pthread_t thread;
    int wrong;
    RawClient client; /* where it must be open before the server may stop */
} Customer;

static void *ask_often(void *arg)
{
    Customer *customer = arg;
    RawClient client;
    raw_client_open(&client, customer->port);
    for (int i = 0; i < 100; i++) {
        char request[64];
        char wanted[16];
        snprintf(request, sizeof request, "GET /later?%d HTTP/1.1\r\n" HOST "\r\n", i);
        snprintf(wanted, sizeof wanted, "%d", i);
        RawAnswer answer = raw_client_ask(&client, str_from(request));
        customer->wrong += !str_equal(answer.body, str_from(wanted));
    }
    raw_client_close(&client);
    return NULL;
}

static void test_many_exchanges_are_answered_by_other_threads(void **state)
{
    Fixture *fixture = *state;
    Customer customers[64] = { 0 };
    for (int i = 0; i < 64; i++) {
        customers[i].port = http_server_port(fixture->server);
        pthread_create(&customers[i].thread, NULL, ask_often, &customers[i]);
    }
    for (int i = 0; i < 64; i++) {
        pthread_join(customers[i].thread, NULL);
        assert_int_equal(customers[i].wrong, 0);
    }
}

static void test_client_may_leave_while_its_exchange_is_elsewhere(void **state)
{
    Fixture *fixture = *state;
    for (int i = 0; i < 200; i++) {
        RawClient client;
        raw_client_open(&client, http_server_port(fixture->server));
        raw_client_send(&client, STR("GET /later?1 HTTP/1.1\r\n" HOST "\r\n"));
        raw_client_close(&client);
    }
    assert_int_equal(raw_client_ask(&fixture->client, STR("GET / HTTP/1.1\r\n" HOST "\r\n")).status,
                     200);
}

static void test_address_in_use_is_said(void **state)
{
    Fixture *fixture = *state;
    HttpServer *second;
    HttpServerOptions options = options_for(fixture);
    options.listen = str_format(fixture->arena, "127.0.0.1:%u", http_server_port(fixture->server));
    Error *error = http_server_start(fixture->arena, &options, &second);
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_UNAVAILABLE);
    assert_true(str_find(error->reason, ';', 0) < error->reason.len);
}

static void test_one_address_gets_so_many_connections(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new();
    HttpServerOptions options = options_for(fixture);
    options.max_connections_per_address = 2;
    start(&options, 0);
    RawClient more[2];
    raw_client_open(&more[0], http_server_port(fixture->server));
    raw_client_open(&more[1], http_server_port(fixture->server));
    Str request = STR("GET / HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(raw_client_ask(&fixture->client, request).status, 200);
    assert_int_equal(raw_client_ask(&more[0], request).status, 200);
    assert_int_equal(raw_client_ask(&more[1], request).status, 0);
    raw_client_close(&more[0]);
    raw_client_close(&more[1]);
    http_server_stop(fixture->server, 0);
    fixture_free(fixture);
}

static void test_large_answers_together_are_bounded(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new();
    HttpServerOptions options = options_for(fixture);
    options.max_answers_in_flight = 1 << 19;
    start(&options, 0);
    Str large = STR("GET /large HTTP/1.1\r\n" HOST "\r\n");
    RawAnswer answer = raw_client_ask(&fixture->client, large);
    assert_int_equal(answer.status, 503);
    assert_true(raw_answer_header(&answer, STR("Retry-After")).len > 0);
    /* what was refused is given back: another one is refused for itself, a small one is answered */
    RawClient another;
    raw_client_open(&another, http_server_port(fixture->server));
    assert_int_equal(raw_client_ask(&another, STR("GET /long HTTP/1.1\r\n" HOST "\r\n")).status,
                     200);
    raw_client_close(&another);
    http_server_stop(fixture->server, 0);
    fixture_free(fixture);
}

static void wait_for_waiting(Fixture *fixture, unsigned count)
{
    bool is_there = false;
    while (!is_there) {
        pthread_mutex_lock(&fixture->handover.lock);
        is_there = fixture->handover.count >= count;
        pthread_mutex_unlock(&fixture->handover.lock);
        usleep(1000);
    }
}

static void *stop_soon(void *fixture)
{
    http_server_stop(((Fixture *)fixture)->server, 10000);
    return NULL;
}

static void test_stop_waits_for_running_exchanges(void **state)
{
    (void)state;
    pthread_t stopper;
    Fixture *fixture = started(0);
    raw_client_send(&fixture->client, STR("GET /later?a HTTP/1.1\r\n" HOST "\r\n"));
    wait_for_waiting(fixture, 1);
    pthread_create(&stopper, NULL, stop_soon, fixture);
    pthread_create(&fixture->workers[0], NULL, work, &fixture->handover);
    assert_text(raw_client_read(&fixture->client, false).body, STR("a"));
    assert_true(raw_client_is_ended(&fixture->client, 3000));
    pthread_join(stopper, NULL);
    fixture_free(fixture);
}

static void test_exchange_left_at_the_stop_may_be_sent_later(void **state)
{
    (void)state;
    Fixture *fixture = started(0);
    RawClient others[10];
    for (int i = 0; i < 10; i++) {
        raw_client_open(&others[i], http_server_port(fixture->server));
        raw_client_send(&others[i],
                        STR("POST /later?a HTTP/1.1\r\n" HOST "Content-Length: 9000\r\n\r\n"));
        raw_client_send(&others[i], padded(fixture, "", 9000, ""));
    }
    wait_for_waiting(fixture, 10);
    http_server_stop(fixture->server, 20);
    assert_int_equal(fixture->finished, 0);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(raw_client_read(&others[i], false).status, 0);
        raw_client_close(&others[i]);
    }
    pthread_create(&fixture->workers[0], NULL, work, &fixture->handover);
    fixture_free(fixture);
}

static void *ask_until_gone(void *arg)
{
    RawClient *client = &((Customer *)arg)->client;
    Str request = STR("GET /later?1 HTTP/1.1\r\n" HOST "\r\n"
                      "GET /p HTTP/1.1\r\n" HOST "\r\n");
    while (raw_client_ask(client, request).status == 200)
        raw_client_read(client, false);
    raw_client_close(client);
    return NULL;
}

static void test_stop_under_load_ends_cleanly(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        Customer customers[16] = { 0 };
        Fixture *fixture = started(WORKERS);
        for (int i = 0; i < 16; i++) {
            raw_client_open(&customers[i].client, http_server_port(fixture->server));
            pthread_create(&customers[i].thread, NULL, ask_until_gone, &customers[i]);
        }
        while (atomic_load(&fixture->shown) < 100)
            usleep(100);
        http_server_stop(fixture->server, round % 2 == 0 ? 0 : 1000);
        for (int i = 0; i < 16; i++)
            pthread_join(customers[i].thread, NULL);
        fixture_free(fixture);
    }
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        SERVED(test_pipelined_requests_are_answered_in_order),
        SERVED(test_answers_are_not_stored),
        SERVED(test_remote_address_method_and_headers_are_seen),
        SERVED(test_head_has_the_length_and_no_body),
        SERVED(test_304_and_204_have_no_body),
        SERVED(test_file_is_sent_from_its_offset),
        SERVED(test_answer_may_close_the_connection),
        SERVED(test_answer_over_the_limit_is_refused),
        SERVED(test_long_texts_are_compressed_for_those_who_ask),
        SERVED(test_many_exchanges_are_answered_by_other_threads),
        SERVED(test_client_may_leave_while_its_exchange_is_elsewhere),
        SERVED(test_address_in_use_is_said),
        cmocka_unit_test(test_one_address_gets_so_many_connections),
        cmocka_unit_test(test_large_answers_together_are_bounded),
        cmocka_unit_test(test_stop_waits_for_running_exchanges),
        cmocka_unit_test(test_exchange_left_at_the_stop_may_be_sent_later),
        cmocka_unit_test(test_stop_under_load_ends_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
