#pragma once
/* Test location: where a test's database is - a temporary directory, or with
 * PIMENTO_TEST_ENGINE=server a schema of its own in the database of PIMENTO_TEST_DATABASE
 * (tests/support/database_cluster.py). A program that is to run there and finds none is skipped.
 * Whatever goes wrong fails the test. */

#include "sql/sql.h"

typedef struct TestLocation {
    char directory[64]; /* there with either engine */
    char schema[64];    /* empty with the embedded engine */
    Str location;       /* for SqlOptions; in the arena */
} TestLocation;

bool test_location_is_server(void);
void test_location_make(TestLocation *out, Arena *arena);
/* Every database there must be closed. */
void test_location_remove(const TestLocation *test);
