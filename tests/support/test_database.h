#pragma once
/* Test database: an empty database of its own (test_location.h), for the tests of `sql/` and of
 * what stands directly on it. Whatever goes wrong while it is opened or closed fails the test. */

#include "support/test_location.h"

typedef struct TestDatabase {
    Arena *arena;
    SqlDatabase *database;
    SqlConnection *reader; /* a reading connection of the test's own */
    TestLocation location;
} TestDatabase;

void test_database_open(TestDatabase *out);
/* Connections that the test opened itself must be closed before. */
void test_database_close(TestDatabase *test);

/* Fails the test when there is an error. */
void assert_no_error(const Error *error);

/* Runs one statement without values; for set-up. */
Error *test_database_run(SqlConnection *connection, const char *statement) must_check;
/* The first column of the first row; fails the test when there is none. */
int64_t test_database_number(SqlConnection *connection, const char *statement);
