/* Replicas of a database that has none; those of a server play in tests/engine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sql/replica_set.h"
#include "support/test_database.h"

static void test_replica_set_refuses_a_database_without_replicas(void **unused)
{
    TestDatabase base;
    ReplicaSet *set = NULL;
    Str url = STR("postgresql:///elsewhere");
    ReplicaOptions options = { .urls = &url, .count = 1, .max_lag_ms = 1000 };
    (void)unused;
    test_database_open(&base);
    const Error *error = replica_set_open(base.arena, base.database, &options, &set);
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_INVALID);
    assert_null(set);
    replica_set_close(set);
    test_database_close(&base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replica_set_refuses_a_database_without_replicas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
