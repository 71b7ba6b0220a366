/* When a replica may be read, by times and positions that are handed in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sql/replica_state.h"

#define LAG_US 1000
#define NEVER INT64_MIN

typedef struct Look {
    int64_t at_us;
    uint64_t primary;
    uint64_t replayed;
} Look;

#define MAX_LOOKS 8

typedef struct Case {
    const char *name;
    Look looks[MAX_LOOKS]; /* ends with one at 0 */
    int64_t readable_until_us;
} Case;

/* clang-format off */
static const Case cases[] = {
    { .name = "nothing noted",               .readable_until_us = NEVER },
    { .name = "has it all",                  .looks = { { 100, 50, 50 } }, .readable_until_us = 1100 },
    { .name = "is further than was asked",   .looks = { { 100, 50, 60 } }, .readable_until_us = 1100 },
    { .name = "was never far enough",        .looks = { { 100, 50, 49 }, { 200, 60, 49 } }, .readable_until_us = NEVER },
    { .name = "has what the first look saw", .looks = { { 100, 50, 40 }, { 300, 60, 59 } }, .readable_until_us = 1100 },
    { .name = "stands still",                .looks = { { 100, 50, 50 }, { 300, 60, 50 }, { 900, 70, 50 } }, .readable_until_us = 1100 },
    { .name = "nobody writes",               .looks = { { 100, 50, 50 }, { 300, 50, 50 }, { 900, 50, 50 } }, .readable_until_us = 1900 },
    { .name = "caught up",                   .looks = { { 100, 50, 50 }, { 300, 60, 50 }, { 900, 70, 70 } }, .readable_until_us = 1900 },
    { .name = "came back with less",         .looks = { { 100, 50, 50 }, { 300, 60, 45 } }, .readable_until_us = NEVER },
    { .name = "another primary, not yet",    .looks = { { 100, 50, 50 }, { 300, 40, 39 } }, .readable_until_us = NEVER },
    { .name = "another primary",             .looks = { { 100, 50, 50 }, { 300, 40, 40 } }, .readable_until_us = 1300 },
    { .name = "looks that are close together count as the earlier one",
      .looks = { { 100, 50, 50 }, { 150, 60, 50 }, { 200, 70, 60 } }, .readable_until_us = 1100 },
};
/* clang-format on */

static void play(ReplicaState *state, const Look *look)
{
    replica_state_note_primary(state, look->at_us, look->primary);
    replica_state_note_replayed(state, look->replayed);
}

static void test_replica_may_be_read_until_the_limit_after_what_it_has(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ReplicaState state;
        replica_state_init(&state, LAG_US);
        for (const Look *look = cases[i].looks; look->at_us != 0; look++)
            play(&state, look);
        if (state.readable_until_us != cases[i].readable_until_us)
            fail_msg("%s: until %lld, expected %lld", cases[i].name,
                     (long long)state.readable_until_us, (long long)cases[i].readable_until_us);
    }
}

static void test_replica_answers_for_what_it_has_replayed_only(void **unused)
{
    ReplicaState state;
    (void)unused;
    replica_state_init(&state, LAG_US);
    play(&state, &(Look){ 100, 50, 55 });
    assert_true(replica_state_may_read(&state, 1100, 0));
    assert_true(replica_state_may_read(&state, 1100, 55));
    assert_false(replica_state_may_read(&state, 1100, 56));
    assert_false(replica_state_may_read(&state, 1100, UINT64_MAX));
    assert_false(replica_state_may_read(&state, 1101, 0));
}

static void test_replica_left_out_comes_back_with_the_next_look(void **unused)
{
    ReplicaState state;
    (void)unused;
    replica_state_init(&state, LAG_US);
    play(&state, &(Look){ 100, 50, 50 });
    replica_state_leave_out(&state);
    assert_false(replica_state_may_read(&state, 101, 0));
    play(&state, &(Look){ 300, 50, 50 });
    assert_true(replica_state_may_read(&state, 301, 0));
}

/* A long limit and many looks: what the replica has is known for longer than the marks of the
 * first hour alone would tell. */
static void test_replica_marks_cover_the_limit_whatever_the_number_of_looks(void **unused)
{
    ReplicaState state;
    (void)unused;
    replica_state_init(&state, LAG_US);
    for (int64_t at_us = 1; at_us <= 20 * LAG_US; at_us++) {
        uint64_t behind = at_us <= LAG_US / 2 ? 0 : (uint64_t)(at_us - LAG_US / 2);
        play(&state, &(Look){ at_us, (uint64_t)at_us, behind });
        if (at_us > LAG_US)
            assert_true(replica_state_may_read(&state, at_us, 0));
    }
    play(&state, &(Look){ 20 * LAG_US + 1, 20 * LAG_US + 1, 18 * LAG_US });
    assert_false(replica_state_may_read(&state, 20 * LAG_US + 1, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replica_may_be_read_until_the_limit_after_what_it_has),
        cmocka_unit_test(test_replica_answers_for_what_it_has_replayed_only),
        cmocka_unit_test(test_replica_left_out_comes_back_with_the_next_look),
        cmocka_unit_test(test_replica_marks_cover_the_limit_whatever_the_number_of_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
