#pragma once
/* Test instance: what a process holds, on a database of its own (test_location.h) - the
 * shipped model, migrated, with the write lane running and nobody in it. Whatever goes wrong fails
 * the test. Values lie in its arena until it is closed; tasks get an arena of their own. */

#include "access/task.h"
#include "support/test_location.h"

typedef struct TestInstance {
    Instance instance; /* `login` and `totals` are there as well */
    Arena *arena;
    TestLocation location;
} TestInstance;

/* `hooks` may be NULL; their owner is the Instance. */
void test_instance_open(TestInstance *out, const LaneHooks *hooks);
/* The same on another model; takes the schema. */
void test_instance_open_schema(TestInstance *out, const LaneHooks *hooks, Schema *schema);
void test_instance_close(TestInstance *test);

/* A task with an arena of its own. */
void test_instance_begin_task(TestInstance *test, Task *out);
void test_instance_end_task(Task *task);

/* A stored field's name and its value. */
typedef struct TestValue {
    const char *field;
    SqlValue value;
} TestValue;

/* Writes the row as it is, committed when this returns: no defaults but `deleted`, no checks. The
 * list of values ends with a NULL field. */
void test_instance_insert(TestInstance *test, const char *entity, const TestValue *values);
void test_instance_update(TestInstance *test, const char *entity, const char *id,
                          const TestValue *values);
