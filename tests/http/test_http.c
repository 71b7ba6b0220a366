#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "http/http.h"
#include "http/http_private.h"

typedef struct Fixture {
    Arena *arena;
    HttpServer server;
    HttpSlot slot;
} Fixture;

static int set_up(void **state)
{
    static Fixture fixture;
    fixture = (Fixture){ .arena = arena_new(4096, 1 << 20) };
    fixture.slot.server = &fixture.server;
    fixture.slot.exchange.arena = fixture.arena;
    fixture.slot.exchange.response.file = -1;
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    arena_free(((Fixture *)*state)->arena);
    return 0;
}

static void assert_text(Str got, Str wanted)
{
    assert_int_equal(got.len, wanted.len);
    assert_memory_equal(got.data, wanted.data, wanted.len);
}

static void test_request_header_is_found_in_any_case(void **state)
{
    (void)state;
    HttpHeader second = { STR("X-Two"), STR("2"), NULL };
    HttpHeader first = { STR("X-One"), STR("1"), &second };
    HttpRequest request = { .headers = &first };
    assert_text(http_request_header(&request, STR("x-two")), STR("2"));
    assert_true(str_is_none(http_request_header(&request, STR("x-three"))));
}

static void test_methods_map_to_their_names(void **state)
{
    (void)state;
    for (HttpMethod method = HTTP_GET; method < HTTP_OTHER; method++)
        assert_int_equal(http_framing_method(http_method_name(method).data), method);
    assert_int_equal(http_framing_method("BREW"), HTTP_OTHER);
    assert_int_equal(http_framing_method("get"), HTTP_OTHER);
}

static void test_response_header_can_not_start_a_line(void **state)
{
    HttpExchange *exchange = &((Fixture *)*state)->slot.exchange;
    http_response_header(exchange, STR("Location"), STR("/a\r\nSet-Cookie: b\0c"));
    http_response_header(exchange, STR("Empty"), STR(""));
    assert_text(exchange->response.headers->value, STR("/a  Set-Cookie: b c"));
    assert_int_equal(exchange->response.headers->name.data[8], '\0');
    assert_null(exchange->response.headers->next);
}

static void test_response_clear_drops_what_was_written(void **state)
{
    HttpExchange *exchange = &((Fixture *)*state)->slot.exchange;
    buf_init(&exchange->response.body, exchange->arena, 100);
    buf_append(&exchange->response.body, STR("half an answer"));
    http_response_header(exchange, STR("A"), STR("b"));
    http_response_clear(exchange);
    assert_int_equal(exchange->response.body.len, 0);
    assert_null(exchange->response.headers);
}

static void test_uri_is_split_into_path_and_query(void **state)
{
    HttpSlot *slot = &((Fixture *)*state)->slot;
    /* clang-format off */
    static const struct { Str uri; Str path; Str query; } cases[] = {
        { STR("/a/b"),                  STR("/a/b"), STR("") },
        { STR("/a?b=c?d"),              STR("/a"),   STR("b=c?d") },
        { STR("/a?"),                   STR("/a"),   STR("") },
        { STR("/a%3Fb"),                STR("/a%3Fb"), STR("") },
        { STR("*"),                     STR("*"),    STR("") },
        { STR("http://host:80/a?b"),    STR("/a"),   STR("b") },
        { STR("http://host"),           STR("/"),    STR("") },
        { STR("http://host?q"),         STR("/"),    STR("q") },
        { STR("host:80"),               STR("host:80"), STR("") },
        { STR("x:/"),                   STR("x:/"),  STR("") },
        { STR("/a://b/c"),              STR("/a://b/c"), STR("") },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        http_framing_split_uri(slot, cases[i].uri);
        assert_text(slot->exchange.request.path, cases[i].path);
        assert_text(slot->exchange.request.query, cases[i].query);
    }
}

static void test_gzip_is_taken_when_the_client_wants_it(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { Str header; bool is_accepted; } cases[] = {
        { { NULL, 0 },                      false },
        { STR(""),                          false },
        { STR("gzip"),                      true },
        { STR("GZIP"),                      true },
        { STR("deflate, gzip;q=0.5, br"),   true },
        { STR("gzip;q=0"),                  false },
        { STR("gzip; q=0.000"),             false },
        { STR("gzip;Q=0.001"),              true },
        { STR("*"),                         true },
        { STR("*;q=0"),                     false },
        { STR("gzip;q=0, *"),               false },
        { STR("gzipped"),                   false },
        { STR("identity, br"),              false },
        { STR(",,;,gzip"),                  true },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(http_gzip_is_accepted(cases[i].header), cases[i].is_accepted);
}

static void test_gzip_is_worth_it_for_text_only(void **state)
{
    (void)state;
    assert_true(http_gzip_is_worthwhile(STR("application/json; charset=utf-8")));
    assert_true(http_gzip_is_worthwhile(STR("Text/HTML")));
    assert_true(http_gzip_is_worthwhile(STR("image/svg+xml")));
    assert_false(http_gzip_is_worthwhile(STR("image/png")));
    assert_false(http_gzip_is_worthwhile(STR("text")));
}

static void test_addresses_are_parsed(void **state)
{
    Arena *arena = ((Fixture *)*state)->arena;
    /* clang-format off */
    static const struct { Str text; int family; unsigned port; Str shown; } cases[] = {
        { STR("127.0.0.1:8080"),        AF_INET,  8080, STR("127.0.0.1") },
        { STR("localhost:1"),           AF_INET,  1,    STR("127.0.0.1") },
        { STR(":0"),                    AF_INET,  0,    STR("0.0.0.0") },
        { STR("[::1]:443"),             AF_INET6, 443,  STR("::1") },
        { STR("[::ffff:10.1.2.3]:65535"), AF_INET6, 65535, STR("10.1.2.3") },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        HttpAddress address;
        char shown[46];
        assert_null(http_address_parse(arena, cases[i].text, &address));
        assert_int_equal(address.storage.ss_family, cases[i].family);
        assert_int_equal(http_address_port(&address), cases[i].port);
        size_t len = http_address_write((struct sockaddr *)&address.storage, shown);
        assert_text((Str){ shown, len }, cases[i].shown);
    }
}

static void test_malformed_addresses_are_refused(void **state)
{
    Arena *arena = ((Fixture *)*state)->arena;
    static const char *const cases[] = {
        "",           "8080",           "127.0.0.1",
        "127.0.0.1:", "127.0.0.1:x",    "127.0.0.1:65536",
        "1.2:1",      "127.0.0.1:-1",   "::1:80",
        "[::1:80",    "[]:80",          "[127.0.0.1]:80",
        "[::1]",      "example.org:80", "[1111:2222:3333:4444:5555:6666:7777:8888:9999]:1",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        HttpAddress address;
        Error *error = http_address_parse(arena, str_from(cases[i]), &address);
        assert_non_null(error);
        assert_int_equal(error->kind, ERROR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_header_is_found_in_any_case),
        cmocka_unit_test(test_methods_map_to_their_names),
        cmocka_unit_test_setup_teardown(test_response_header_can_not_start_a_line, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_response_clear_drops_what_was_written, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_uri_is_split_into_path_and_query, set_up, tear_down),
        cmocka_unit_test(test_gzip_is_taken_when_the_client_wants_it),
        cmocka_unit_test(test_gzip_is_worth_it_for_text_only),
        cmocka_unit_test_setup_teardown(test_addresses_are_parsed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_malformed_addresses_are_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
