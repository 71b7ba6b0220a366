#include "support/test_instance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "access/login.h"
#include "access/password.h"
#include "query/row_statement.h"
#include "schema/metadata.h"
#include "schema/migration.h"

#define ARENA_BYTES ((size_t)64 << 10)
#define ARENA_MAX_BYTES ((size_t)64 << 20)
#define MAX_WAITING_JOBS 1000

static void succeed(const Error *error)
{
    if (error != NULL)
        fail_msg("%.*s (%.*s) at %s:%d", STR_ARGS(error->reason), STR_ARGS(error->detail),
                 error->file, error->line);
}

static Schema *compile_schema(void)
{
    Arena *arena = arena_new(ARENA_BYTES, ARENA_MAX_BYTES);
    const JsonValue *metadata = NULL;
    Schema *schema = NULL;
    succeed(metadata_load(arena, &metadata));
    succeed(schema_compile(arena, metadata, &schema));
    return schema;
}

static Error *migrate(void *context, SqlConnection *connection)
{
    TestInstance *test = context;
    Migration migration = { 0 };
    return migration_run(connection, test->instance.schema, SQL_WAITS, &migration);
}

void test_instance_open_schema(TestInstance *out, const LaneHooks *hooks, Schema *schema)
{
    Instance *instance = &out->instance;
    memset(out, 0, sizeof *out);
    out->arena = arena_new(ARENA_BYTES, ARENA_MAX_BYTES);
    test_location_make(&out->location, out->arena);
    instance_init(instance);
    succeed(password_init(out->arena));
    instance->login = login_new();
    instance->totals = total_cache_new();
    instance->upsert_max_items = 1000;
    instance->max_list_size = 1000;
    instance_set_schema(instance, schema);
    SqlOptions options = { .location = out->location.location,
                           .statement_limit_ms = 30000,
                           .page_cache_kib = 1024 };
    succeed(sql_database_open(out->arena, &options, &instance->database));
    succeed(lane_start(out->arena, instance->database, hooks, instance, MAX_WAITING_JOBS,
                       &instance->lane));
    succeed(lane_run(instance->lane, out->arena, migrate, out));
}

void test_instance_open(TestInstance *out, const LaneHooks *hooks)
{
    test_instance_open_schema(out, hooks, compile_schema());
}

void test_instance_close(TestInstance *test)
{
    Instance *instance = &test->instance;
    lane_stop(instance->lane);
    sql_database_close(instance->database);
    total_cache_free(instance->totals);
    login_free(instance->login);
    instance_deinit(instance);
    test_location_remove(&test->location);
    arena_free(test->arena);
}

void test_instance_begin_task(TestInstance *test, Task *out)
{
    task_begin(out, arena_new(ARENA_BYTES, ARENA_MAX_BYTES), &test->instance);
}

void test_instance_end_task(Task *task)
{
    task_end(task);
    arena_free(task->arena);
}

typedef struct Write {
    const Entity *entity;
    const char *id;
    const TestValue *values;
} Write;

/* Into the row `row`; marks the columns in `is_changed`. */
static void set_values(const Write *write, SqlValue *row, bool *is_changed)
{
    for (const TestValue *value = write->values; value->field != NULL; value++) {
        const Field *field = entity_find_field(write->entity, str_from(value->field));
        if (field == NULL || field->column == NULL)
            fail_msg("'%s' is no stored field", value->field);
        row[field->column->index] = value->value;
        is_changed[field->column->index] = true;
    }
}

static Error *insert(void *context, SqlConnection *connection)
{
    const Write *write = context;
    const Entity *entity = write->entity;
    SqlValue *row = ARENA_ARRAY(sql_arena(connection), SqlValue, entity->column_count);
    bool *is_changed = ARENA_ARRAY(sql_arena(connection), bool, entity->column_count);
    int64_t row_id;
    bool is_added;
    row[entity->deleted->column->index] = sql_int(0);
    set_values(write, row, is_changed);
    TRY(row_insert(connection, entity, row, &is_added, &row_id));
    if (!is_added)
        return error_new(sql_arena(connection), ERROR_INVALID, "A unique value is there already");
    return NULL;
}

static Error *update(void *context, SqlConnection *connection)
{
    const Write *write = context;
    const Entity *entity = write->entity;
    bool *is_changed = ARENA_ARRAY(sql_arena(connection), bool, entity->column_count);
    SqlValue *row = NULL;
    int64_t row_id;
    TRY(row_find(connection, entity, str_from(write->id), true, &row_id, &row));
    if (row == NULL)
        return error_new(sql_arena(connection), ERROR_NOT_FOUND, "No row '%s'", write->id);
    set_values(write, row, is_changed);
    return row_update(connection, entity, row_id, row, is_changed);
}

static void run_write(TestInstance *test, const char *entity, Write *write,
                      Error *(*run)(void *context, SqlConnection *connection))
{
    write->entity = schema_find_entity(test->instance.schema, str_from(entity));
    if (write->entity == NULL)
        fail_msg("'%s' is no entity", entity);
    succeed(lane_run(test->instance.lane, test->arena, run, write));
}

void test_instance_insert(TestInstance *test, const char *entity, const TestValue *values)
{
    Write write = { .values = values };
    run_write(test, entity, &write, insert);
}

void test_instance_update(TestInstance *test, const char *entity, const char *id,
                          const TestValue *values)
{
    Write write = { .id = id, .values = values };
    run_write(test, entity, &write, update);
}
