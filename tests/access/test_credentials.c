#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "access/credentials.h"

static Arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096, (size_t)1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

typedef struct Case {
    const char *authorization;
    const char *authorization_token;
    bool is_refused;
    bool is_given;
    bool may_be_password;
    const char *user_name;
    const char *secret;
} Case;

/* clang-format off */
static const Case cases[] = {
    { .authorization = NULL },
    { .authorization = "Basic bWlhOnNlY3JldA==", .is_given = true, .may_be_password = true, .user_name = "mia", .secret = "secret" },
    { .authorization = "basic   bWlhOnNlY3JldA==", .is_given = true, .may_be_password = true, .user_name = "mia", .secret = "secret" },
    { .authorization = " BASIC bWlhOnNlY3JldA== ", .is_given = true, .may_be_password = true, .user_name = "mia", .secret = "secret" },
    { .authorization = "Bearer bWlhOnNlY3JldA==", .is_given = true, .user_name = "mia", .secret = "secret" },
    { .authorization = "bearer bWlhOnNlY3JldA", .is_given = true, .user_name = "mia", .secret = "secret" },
    { .authorization_token = "bWlhOnNlY3JldA==", .is_given = true, .user_name = "mia", .secret = "secret" },
    { .authorization_token = "bWlhOnNlY3JldA", .is_given = true, .user_name = "mia", .secret = "secret" },
    { .authorization_token = "bWlhOg==", .is_given = true, .user_name = "mia", .secret = "" },
    { .authorization_token = "bWlhOmE6Yg==", .is_given = true, .user_name = "mia", .secret = "a:b" },
    { .authorization_token = "w4RubjpQw6Rzcw==", .is_given = true, .user_name = "Änn", .secret = "Päss" },
    { .authorization_token = "bWlhOv8=", .is_given = true, .user_name = "mia", .secret = "\xff" },
    /* Authorization-Token wins, whatever the other one holds. */
    { .authorization = "Basic Ym9iOnB3", .authorization_token = "bWlhOnNlY3JldA==", .is_given = true, .user_name = "mia", .secret = "secret" },
    { .authorization = "Digest x", .authorization_token = "bWlhOnNlY3JldA==", .is_given = true, .user_name = "mia", .secret = "secret" },
    { .authorization = "Basic bWlhOnNlY3JldA==", .authorization_token = "?", .is_refused = true },
    { .authorization = "", .is_refused = true },
    { .authorization = "Basic", .is_refused = true },
    { .authorization = "Basic ", .is_refused = true },
    { .authorization = "Basicx bWlhOnNlY3JldA==", .is_refused = true },
    { .authorization = "bWlhOnNlY3JldA==", .is_refused = true },
    { .authorization = "Digest bWlhOnNlY3JldA==", .is_refused = true },
    { .authorization = "Basic bWlhOnNlY3JldA== x", .is_refused = true },
    { .authorization_token = "", .is_refused = true },
    { .authorization_token = "=", .is_refused = true },
    { .authorization_token = "====", .is_refused = true },
    { .authorization_token = "bWlhOnNlY3JldA===", .is_refused = true },
    { .authorization_token = "bWlhOnNl\nY3JldA==", .is_refused = true },
    { .authorization_token = "bWlhOnNlY3JldB", .is_refused = true }, /* bits behind the end */
    { .authorization_token = "bWlhOnNlY3Jld", .is_refused = true },
    { .authorization_token = "bWlh", .is_refused = true },         /* no colon */
    { .authorization_token = "OnNlY3JldA==", .is_refused = true }, /* no name */
    { .authorization_token = "/zpzZWNyZXQ=", .is_refused = true }, /* a name that is not UTF-8 */
    { .authorization_token = "YQBiOnNlY3JldA==", .is_refused = true }, /* a NUL in it */
};
/* clang-format on */

static void check_case(const Case *wanted)
{
    Credentials credentials = { .user_name = STR("untouched") };
    Error *error =
        credentials_read(arena, str_from(wanted->authorization),
                         str_from(wanted->authorization_token), STR("192.0.2.1"), &credentials);
    if (wanted->is_refused) {
        assert_non_null(error);
        assert_int_equal(error->kind, ERROR_UNAUTHENTICATED);
        assert_true(str_equal(credentials.user_name, STR("untouched")));
        return;
    }
    assert_null(error);
    assert_int_equal(credentials.is_given, wanted->is_given);
    assert_int_equal(credentials.may_be_password, wanted->may_be_password);
    assert_true(str_equal(credentials.user_name, str_from(wanted->user_name)));
    assert_true(str_equal(credentials.secret, str_from(wanted->secret)));
    assert_true(str_equal(credentials.remote_address, STR("192.0.2.1")));
}

static void test_credentials_come_in_three_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        print_message("case %zu\n", i);
        check_case(&cases[i]);
    }
}

static void test_credentials_to_text_can_be_read_again(void **state)
{
    (void)state;
    static const char *const names[] = { "a", "ab", "abc", "abcd", "Ärger" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        Credentials credentials = { 0 };
        Str text = credentials_to_text(arena, str_from(names[i]), STR("0123"));
        assert_int_equal(text.len % 4, 0);
        assert_null(credentials_read(arena, STR_NONE, text, STR_NONE, &credentials));
        assert_true(str_equal(credentials.user_name, str_from(names[i])));
        assert_true(str_equal(credentials.secret, STR("0123")));
    }
    assert_true(
        str_equal(credentials_to_text(arena, STR("mia"), STR("secret")), STR("bWlhOnNlY3JldA==")));
}

/* Every header of one to three bytes behind the scheme, and random longer ones, in blocks of their
 * exact size: the sanitizers see a read beyond the end. */
static void test_credentials_survive_any_bytes(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        ArenaMark mark = arena_mark(arena);
        size_t len = (size_t)(round % 24);
        char *bytes = malloc(len > 0 ? len : 1);
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] =
                round % 2 == 0 ? (char)(seed >> 24) : "Basic Qm9iOnB3=:/+"[(seed >> 24) % 18];
        }
        Credentials credentials;
        Str header = { bytes, len };
        error_ignore(credentials_read(arena, header, STR_NONE, STR_NONE, &credentials));
        error_ignore(credentials_read(arena, STR_NONE, header, STR_NONE, &credentials));
        free(bytes);
        arena_reset_to(arena, mark);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_credentials_come_in_three_forms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_credentials_to_text_can_be_read_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_credentials_survive_any_bytes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
