#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/error.h"
#include "http/http_server.h"
#include "support/raw_client.h"

#define MAX_BODY 100000
#define HOST "Host: a\r\n"

typedef struct Fixture {
    Arena *arena;
    HttpServer *server;
    RawClient client;
} Fixture;

/* The body when there is one, else "path|query". */
static HttpOutcome handle(void *owner, HttpExchange *exchange)
{
    (void)owner;
    exchange->response.status = 200;
    buf_append(&exchange->response.body, exchange->request.body);
    if (exchange->request.body.len > 0 || exchange->request.method == HTTP_POST)
        return HTTP_ANSWERED;
    buf_append(&exchange->response.body, exchange->request.path);
    buf_append(&exchange->response.body, STR("|"));
    buf_append(&exchange->response.body, exchange->request.query);
    return HTTP_ANSWERED;
}

static void refuse(void *owner, HttpExchange *exchange, Error *error)
{
    (void)owner;
    buf_append(&exchange->response.body, STR("refused: "));
    buf_append(&exchange->response.body, error->reason);
}

static const HttpHooks hooks = { .handle = handle, .refuse = refuse };

static int set_up(void **state)
{
    Fixture *fixture = calloc(1, sizeof *fixture);
    fixture->arena = arena_new(4096, 1 << 20);
    HttpServerOptions options = http_server_defaults();
    options.listen = STR("127.0.0.1:0");
    options.threads = 2;
    options.max_body_bytes = MAX_BODY;
    options.max_bodies_in_flight = (size_t)3 * MAX_BODY;
    options.hooks = &hooks;
    assert_null(http_server_start(fixture->arena, &options, &fixture->server));
    raw_client_open(&fixture->client, http_server_port(fixture->server));
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    raw_client_close(&fixture->client);
    http_server_stop(fixture->server, 2000);
    arena_free(fixture->arena);
    free(fixture);
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

/* clang-format off */
typedef struct FramingCase { const char *name; Str request; int status; bool closes; } FramingCase;
static const FramingCase framing_cases[] = {
    { "plain",                  STR("GET / HTTP/1.1\r\n" HOST "\r\n"),                                                      200, false },
    { "close asked",            STR("GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"),                                 200, true },
    { "1.0 without host",       STR("GET / HTTP/1.0\r\n\r\n"),                                                              200, true },
    { "unknown method",         STR("BREW / HTTP/1.1\r\n" HOST "\r\n"),                                                     200, false },
    { "no host",                STR("GET / HTTP/1.1\r\n\r\n"),                                                              400, true },
    { "two hosts",              STR("GET / HTTP/1.1\r\n" HOST "host: b\r\n\r\n"),                                           400, true },
    { "length twice",           STR("POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),         400, true },
    { "same length twice",      STR("POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\na"),          400, true },
    { "length list",            STR("POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\na"),                            400, true },
    { "length word",            STR("POST / HTTP/1.1\r\n" HOST "Content-Length: one\r\n\r\na"),                             400, true },
    { "length signed",          STR("POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\na"),                              400, true },
    { "length negative",        STR("POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\na"),                              400, true },
    { "length empty",           STR("POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\na"),                                 400, true },
    { "length hex",             STR("POST / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\na"),                             400, true },
    { "length beyond 2^64",     STR("POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\na"),            413, true },
    { "length beyond 2^63",     STR("POST / HTTP/1.1\r\n" HOST "Content-Length: 9999999999999999999\r\n\r\na"),             400, true },
    { "length over the limit",  STR("POST / HTTP/1.1\r\n" HOST "Content-Length: 100001\r\n\r\n"),                           413, true },
    { "length and chunked",     STR("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400, true },
    { "chunked and length",     STR("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"), 400, true },
    { "unknown coding",         STR("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n"),                          501, true },
    { "coding list",            STR("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),        501, true },
    { "identity",               STR("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n"),                      501, true },
    { "coding twice",           STR("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 501, true },
    { "chunked in 1.0",         STR("POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),              400, true },
    { "space before colon",     STR("POST / HTTP/1.1\r\n" HOST "Content-Length : 1\r\n\r\na"),                              400, true },
    { "tab in name",            STR("GET / HTTP/1.1\r\n" HOST "A\tb: 1\r\n\r\n"),                                           400, true },
    { "no colon",               STR("GET / HTTP/1.1\r\n" HOST "nonsense\r\n\r\n"),                                          400, true },
    { "NUL in path",            STR("GET /a\0b HTTP/1.1\r\n" HOST "\r\n"),                                                  400, true },
    { "NUL before query",       STR("GET /a\0b?c=d&e HTTP/1.1\r\n" HOST "\r\n"),                                            400, true },
    { "NUL, false version",     STR("GET /a\0HTTP/1.1?c=d HTTP/1.1\r\n" HOST "\r\n"),                                       400, true },
    { "space in path",          STR("GET /a b HTTP/1.1\r\n" HOST "\r\n"),                                                   0,   true },
    { "no version",             STR("GET /\r\n\r\n"),                                                                       400, true },
    { "version 2",              STR("GET / HTTP/2.0\r\n" HOST "\r\n"),                                                      505, true },
    { "TLS hello",              STR("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\n\n"),                                            0,   true },
    { "chunk size word",        STR("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"),                400, true },
    { "chunk size negative",    STR("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n-1\r\n"),                 400, true },
    { "chunk size huge",        STR("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n"),  413, true },
    { "chunk end missing",      STR("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n"),  400, true },
};
/* clang-format on */

static void test_framing_is_checked(void **state)
{
    Fixture *fixture = *state;
    for (size_t i = 0; i < sizeof framing_cases / sizeof framing_cases[0]; i++) {
        const FramingCase *each = &framing_cases[i];
        RawClient client;
        raw_client_open(&client, http_server_port(fixture->server));
        RawAnswer answer = raw_client_ask(&client, each->request);
        if (answer.status != each->status)
            fail_msg("%s: %d, wanted %d", each->name, answer.status, each->status);
        if (raw_client_is_ended(&client, each->closes ? 3000 : 0) != each->closes)
            fail_msg("%s: connection %s", each->name, each->closes ? "kept" : "closed");
        raw_client_close(&client);
    }
}

static void test_long_request_lines_and_headers_are_refused(void **state)
{
    Fixture *fixture = *state;
    /* clang-format off */
    static const struct { const char *before; size_t count; const char *after; int status; } cases[] = {
        { "GET /?",                            11000, " HTTP/1.1\r\n" HOST "\r\n",      200 },
        { "GET /",                             12200, " HTTP/1.1\r\n" HOST "\r\n",      200 },
        { "GET /",                             12300, " HTTP/1.1\r\n" HOST "\r\n",      414 },
        { "GET /?",                            12300, " HTTP/1.1\r\n" HOST "\r\n",      414 },
        { "GET /",                             17000, " HTTP/1.1\r\n" HOST "\r\n",      414 },
        { "GET /",                             90000, " HTTP/1.1\r\n" HOST "\r\n",      414 },
        { "GET / HTTP/1.1\r\n" HOST "A: ",     12000, "\r\n\r\n",                       200 },
        { "GET / HTTP/1.1\r\n" HOST "A: ",     12300, "\r\n\r\n",                       431 },
        { "GET / HTTP/1.1\r\n" HOST "A: ",     17000, "\r\n\r\n",                       431 },
        { "GET / HTTP/1.1\r\n" HOST "Cookie: ", 9000, "\r\n\r\n",                       431 },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        RawClient client;
        raw_client_open(&client, http_server_port(fixture->server));
        RawAnswer answer = raw_client_ask(
            &client, padded(fixture, cases[i].before, cases[i].count, cases[i].after));
        if (answer.status != cases[i].status)
            fail_msg("%s + %zu: %d", cases[i].before, cases[i].count, answer.status);
        raw_client_close(&client);
    }
}

static void test_no_size_of_head_goes_unanswered(void **state)
{
    Fixture *fixture = *state;
    ArenaMark mark = arena_mark(fixture->arena);
    Buf request;
    for (int i = 0; i < 4 * 400; i++) {
        static const unsigned counts[] = { 0, 10, 50, 95 };
        unsigned count = counts[i % 4];
        RawClient client;
        buf_init(&request, fixture->arena, 1 << 20);
        buf_format(&request, "GET /?%0*d HTTP/1.1\r\n" HOST, 8000 + i / 4 * 19, 0);
        for (unsigned j = 0; j < count; j++)
            buf_format(&request, i % 3 ? "H: %u\r\n" : "Cookie: a; b; %u\r\n", j);
        buf_append(&request, STR("\r\n"));
        raw_client_open(&client, http_server_port(fixture->server));
        RawAnswer answer = raw_client_ask(&client, buf_str(&request));
        if (answer.status != 200 && answer.status != 414 && answer.status != 431)
            fail_msg("%d for %zu bytes with %u headers", answer.status, request.len, count);
        raw_client_close(&client);
        arena_reset_to(fixture->arena, mark);
    }
}

static RawAnswer ask_with_headers(Fixture *fixture, unsigned count)
{
    Buf request;
    buf_init(&request, fixture->arena, 1 << 20);
    buf_append(&request, STR("GET / HTTP/1.1\r\n" HOST));
    for (unsigned i = 1; i < count; i++)
        buf_format(&request, "H%u: %u\r\n", i, i);
    buf_append(&request, STR("\r\n"));
    return raw_client_ask(&fixture->client, buf_str(&request));
}

static void test_more_than_100_headers_are_refused(void **state)
{
    assert_int_equal(ask_with_headers(*state, 100).status, 200);
    assert_int_equal(ask_with_headers(*state, 101).status, 431);
}

static void test_every_length_of_query_is_answered_and_the_connection_goes_on(void **state)
{
    Fixture *fixture = *state;
    ArenaMark mark = arena_mark(fixture->arena);
    for (size_t len = 0; len < 12000; len += 97) {
        Str both = padded(fixture, "GET /a?b=", len,
                          "&c&d HTTP/1.1\r\n" HOST "\r\n"
                          "GET /next HTTP/1.1\r\n" HOST "\r\n");
        RawAnswer answer = raw_client_ask(&fixture->client, both);
        assert_int_equal(answer.status, 200);
        assert_text(answer.body,
                    str_concat(fixture->arena, STR("/a|b="), padded(fixture, "", len, "&c&d")));
        assert_text(raw_client_read(&fixture->client, false).body, STR("/next|"));
        arena_reset_to(fixture->arena, mark);
    }
}

static void test_bodies_arrive_whole(void **state)
{
    Fixture *fixture = *state;
    static const size_t sizes[] = { 0, 1, 8192, 8193, 70000, MAX_BODY };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        Str head = str_format(
            fixture->arena, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n", sizes[i]);
        Str body = padded(fixture, "", sizes[i], "");
        RawAnswer answer = raw_client_ask(&fixture->client, str_concat(fixture->arena, head, body));
        assert_text(answer.body, body);
    }
}

static void test_chunked_bodies_arrive_whole(void **state)
{
    Fixture *fixture = *state;
    Buf request;
    buf_init(&request, fixture->arena, 1 << 20);
    buf_append(&request, STR("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n"));
    for (unsigned i = 0; i < 3000; i++)
        buf_format(&request, "%x;ext=1\r\n%.*s\r\n", i % 31 + 1, (int)(i % 31 + 1),
                   "abcdefghijklmnopqrstuvwxyz0123456789");
    buf_append(&request, STR("0\r\nTrailer: x\r\n\r\n"));
    RawAnswer answer = raw_client_ask(&fixture->client, buf_str(&request));
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body.len, 47916);
    assert_text(str_slice(answer.body, 0, 6), STR("aababc"));
    assert_int_equal(raw_client_ask(&fixture->client, STR("GET / HTTP/1.1\r\n" HOST "\r\n")).status,
                     200);
}

static void test_continue_is_said_before_the_body(void **state)
{
    Fixture *fixture = *state;
    RawAnswer answer =
        raw_client_ask(&fixture->client, STR("POST /echo HTTP/1.1\r\n" HOST
                                             "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
    assert_int_equal(answer.status, 100);
    assert_text(raw_client_ask(&fixture->client, STR("ab")).body, STR("ab"));
    answer = raw_client_ask(&fixture->client,
                            STR("POST /echo HTTP/1.1\r\n" HOST
                                "Content-Length: 200000\r\nExpect: 100-continue\r\n\r\n"));
    assert_int_equal(answer.status, 413);
}

static void test_chunked_body_over_the_limit_is_refused_at_its_end(void **state)
{
    Fixture *fixture = *state;
    Str request = padded(
        fixture, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n186a1\r\n",
        MAX_BODY + 1, "\r\n0\r\n\r\n");
    assert_int_equal(raw_client_ask(&fixture->client, request).status, 413);
    assert_true(raw_client_is_ended(&fixture->client, 3000));
}

static void test_chunked_body_without_end_is_cut(void **state)
{
    Fixture *fixture = *state;
    Str chunk = padded(fixture, "1000\r\n", 4096, "\r\n");
    raw_client_send(&fixture->client,
                    STR("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"));
    unsigned sent = 0;
    while (raw_client_send(&fixture->client, chunk) && sent < 100000)
        sent++;
    assert_in_range(sent, 48, 99999);
}

static void test_refusal_reaches_a_client_that_goes_on_sending(void **state)
{
    Fixture *fixture = *state;
    Str body = padded(fixture, "", 500000, "");
    for (int i = 0; i < 20; i++) {
        RawClient client;
        raw_client_open(&client, http_server_port(fixture->server));
        raw_client_send(&client,
                        STR("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 500000\r\n\r\n"));
        raw_client_send(&client, body);
        RawAnswer answer = raw_client_read(&client, false);
        assert_int_equal(answer.status, 413);
        assert_true(str_starts_with(answer.body, STR("refused: ")));
        raw_client_close(&client);
    }
}

static void test_bodies_in_flight_have_a_limit_together(void **state)
{
    Fixture *fixture = *state;
    RawClient clients[3];
    Str most = padded(fixture,
                      "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n"
                      "Expect: 100-continue\r\n\r\n",
                      0, "");
    for (int i = 0; i < 3; i++) {
        raw_client_open(&clients[i], http_server_port(fixture->server));
        assert_int_equal(raw_client_ask(&clients[i], most).status, 100);
    }
    RawAnswer answer = raw_client_ask(&fixture->client, most);
    assert_int_equal(answer.status, 503);
    assert_text(raw_answer_header(&answer, STR("Retry-After")), STR("5"));
    for (int i = 0; i < 3; i++) {
        Str body = padded(fixture, "", MAX_BODY, "");
        assert_int_equal(raw_client_ask(&clients[i], body).status, 200);
        raw_client_close(&clients[i]);
    }
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        SERVED(test_framing_is_checked),
        SERVED(test_long_request_lines_and_headers_are_refused),
        SERVED(test_no_size_of_head_goes_unanswered),
        SERVED(test_more_than_100_headers_are_refused),
        SERVED(test_every_length_of_query_is_answered_and_the_connection_goes_on),
        SERVED(test_bodies_arrive_whole),
        SERVED(test_chunked_bodies_arrive_whole),
        SERVED(test_continue_is_said_before_the_body),
        SERVED(test_chunked_body_over_the_limit_is_refused_at_its_end),
        SERVED(test_chunked_body_without_end_is_cut),
        SERVED(test_refusal_reaches_a_client_that_goes_on_sending),
        SERVED(test_bodies_in_flight_have_a_limit_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
