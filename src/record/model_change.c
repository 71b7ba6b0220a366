#include "record/model_change.h"

#include "base/log.h"
#include "query/counter.h"
#include "query/search_index.h"
#include "schema/migration.h"
#include "schema/model.h"

#define HEAR_ARENA_BYTES ((size_t)64 << 10)
#define HEAR_ARENA_MAX_BYTES ((size_t)64 << 20)

static Error *migrate(SqlConnection *connection, const Schema *schema, SqlPatience patience,
                      Migration *out)
{
    TRY(migration_run(connection, schema, patience, out));
    for (size_t i = 0; i < out->refilled_count; i++)
        TRY(search_index_refill(connection, out->refilled[i]));
    return NULL;
}

static void take_snapshot(Task *task, Schema *schema)
{
    schema_unref(task->made_schema); /* of a run before this one */
    task->made_schema = schema;
}

Error *model_change(Task *task)
{
    Schema *schema = NULL;
    Migration migration;
    TRY(model_lock(task->sql));
    TRY(model_read(task->sql, &schema));
    take_snapshot(task, schema);
    TRY(model_write_version(task->sql, schema));
    TRY(migrate(task->sql, schema, SQL_GIVES_WAY, &migration));
    sql_note_change(task->sql, (SqlChange){ .subject = schema, .kind = SQL_MODEL_CHANGED });
    return NULL;
}

/* ---- at the start ---- */

/* Whole tables were looked at anyway. */
static Error *rebuild_counters(SqlConnection *connection, const Migration *migration)
{
    for (size_t i = 0; i < migration->refilled_count; i++)
        if (!migration->refilled[i]->is_partial)
            TRY(counter_rebuild(connection, migration->refilled[i]->entity));
    return NULL;
}

static Error *open_in(SqlConnection *connection, Schema **out_schema, size_t *out_changes)
{
    Migration migration;
    TRY(sql_prepare_schema(connection, SQL_WAITS));
    TRY(model_read(connection, out_schema));
    TRY(migrate(connection, *out_schema, SQL_WAITS, &migration));
    TRY(rebuild_counters(connection, &migration));
    *out_changes = migration.changes;
    return sql_commit(connection);
}

Error *model_open(Arena *arena, Instance *instance)
{
    SqlConnection *connection = NULL;
    Schema *schema = NULL;
    size_t changes = 0;
    TRY(sql_writer_open(arena, instance->database, &connection));
    Error *error = sql_begin(connection);
    if (error == NULL)
        error = open_in(connection, &schema, &changes);
    sql_rollback(connection); /* nothing to do after a commit */
    sql_connection_close(connection);
    if (error != NULL) {
        schema_unref(schema);
        return error;
    }
    instance_set_schema(instance, schema);
    if (changes > 0)
        LOG_EVENT(LOG_INFO, "schema migrated", { "statements", STR_NONE, (int64_t)changes });
    return NULL;
}

/* ---- other processes ---- */

static Error *read_newer(SqlConnection *connection, int64_t known, Schema **out)
{
    int64_t version;
    TRY(sql_begin_read(connection, 0));
    TRY(model_read_version(connection, &version));
    return version > known ? model_read(connection, out) : NULL;
}

static Error *look(Arena *arena, Instance *instance)
{
    SqlConnection *reader = NULL;
    Schema *newer = NULL;
    Schema *schema = instance_take_schema(instance);
    int64_t known = schema->version;
    schema_unref(schema);
    TRY(sql_take_reader(arena, instance->database, &reader));
    Error *error = read_newer(reader, known, &newer);
    sql_give_reader(reader);
    if (newer != NULL)
        instance_set_schema(instance, newer);
    return error;
}

void model_change_hear(Instance *instance)
{
    Arena *arena = arena_new(HEAR_ARENA_BYTES, HEAR_ARENA_MAX_BYTES);
    Error *error = look(arena, instance);
    __atomic_store_n(&instance->may_miss_schema, error != NULL, __ATOMIC_RELAXED);
    if (error != NULL)
        log_error(LOG_WARNING, "a change of the model could not be read", error);
    arena_free(arena);
}

void model_change_hear_missed(Instance *instance)
{
    if (__atomic_load_n(&instance->may_miss_schema, __ATOMIC_RELAXED))
        model_change_hear(instance);
}
