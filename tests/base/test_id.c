#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/id.h"

#define THREADS 4
#define IDS 5000 /* a thread */

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

static int64_t digit_of(char c)
{
    const char *at = c == '\0' ? NULL : strchr(alphabet, c);
    return at == NULL ? -1 : at - alphabet;
}

/* The first ten characters after the `a`: two zero bits and 48 bits of milliseconds. */
static int64_t milliseconds_of(Str id)
{
    int64_t value = 0;
    for (size_t i = 1; i <= 10; i++)
        value = value * 32 + digit_of(id.data[i]);
    return value;
}

static void test_id_has_the_form_of_the_contract(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char id[ID_LEN];
        id_write(id);
        assert_int_equal(id[0], 'a');
        for (size_t j = 1; j < ID_LEN; j++)
            assert_in_range(digit_of(id[j]), 0, 31);
        assert_in_range(digit_of(id[1]), 0, 7); /* 128 bits in 26 digits */
        assert_true(id_is_valid((Str){ id, ID_LEN }));
    }
}

/* The bits of the number behind the `a`, from the left; version and variant stand at 48 and 64. */
static unsigned bits_of(Str id, unsigned from, unsigned count)
{
    unsigned value = 0;
    for (unsigned bit = from + 2; bit < from + 2 + count; bit++)
        value = value * 2 + ((unsigned)(digit_of(id.data[1 + bit / 5]) >> (4 - bit % 5)) & 1u);
    return value;
}

static void test_id_is_a_uuid_of_version_seven(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        char id[ID_LEN];
        id_write(id);
        assert_int_equal(bits_of((Str){ id, ID_LEN }, 48, 4), 7);
        assert_int_equal(bits_of((Str){ id, ID_LEN }, 64, 2), 2);
    }
}

static void test_id_tells_when_it_was_made(void **state)
{
    (void)state;
    char id[ID_LEN];
    int64_t before_ms = clock_wall_us() / 1000;
    id_write(id);
    int64_t after_ms = clock_wall_us() / 1000;
    assert_in_range(milliseconds_of((Str){ id, ID_LEN }), before_ms - 1, after_ms);
}

static void test_id_rises_always(void **state)
{
    (void)state;
    char before[ID_LEN];
    id_write(before);
    for (int i = 0; i < 100000; i++) {
        char id[ID_LEN];
        id_write(id);
        assert_true(memcmp(before, id, ID_LEN) < 0);
        memcpy(before, id, ID_LEN);
    }
}

static void *write_ids(void *context)
{
    char(*ids)[ID_LEN] = context;
    for (size_t i = 0; i < IDS; i++)
        id_write(ids[i]);
    return NULL;
}

static int compare_ids(const void *left, const void *right)
{
    return memcmp(left, right, ID_LEN);
}

static void test_id_is_never_given_twice(void **state)
{
    (void)state;
    static char ids[THREADS * IDS][ID_LEN];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_ids, ids + i * IDS), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < THREADS; i++)
        for (size_t j = 1; j < IDS; j++)
            assert_true(memcmp(ids[i * IDS + j - 1], ids[i * IDS + j], ID_LEN) < 0);
    qsort(ids, THREADS * IDS, ID_LEN, compare_ids);
    for (size_t i = 1; i < THREADS * IDS; i++)
        assert_true(memcmp(ids[i - 1], ids[i], ID_LEN) != 0);
}

static void test_id_of_a_client_must_be_a_plain_word(void **state)
{
    (void)state;
    static const char *const good[] = { "1",       "usd", "system", "5f2b1c9a0d3e4",
                                        "A.b_c-d", "0..", "actions" };
    static const char *const bad[] = { NULL,       "",          "_a",     ".a",
                                       "-a",       "a b",       "a/b",    "a%",
                                       "\xC3\xA9", "a\xC3\xA9", "a\n",    "action",
                                       "layout",   "relation",  "stream", "subscription" };
    char longest[ID_MAX_LEN + 1];
    memset(longest, 'a', sizeof longest);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(id_is_valid(str_from(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(id_is_valid(str_from(bad[i])));
    assert_true(id_is_valid((Str){ longest, ID_MAX_LEN }));
    assert_false(id_is_valid((Str){ longest, ID_MAX_LEN + 1 }));
    assert_false(id_is_valid(STR("a\0b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_id_has_the_form_of_the_contract),
        cmocka_unit_test(test_id_is_a_uuid_of_version_seven),
        cmocka_unit_test(test_id_tells_when_it_was_made),
        cmocka_unit_test(test_id_rises_always),
        cmocka_unit_test(test_id_is_never_given_twice),
        cmocka_unit_test(test_id_of_a_client_must_be_a_plain_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
