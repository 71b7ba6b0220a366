#include "feature/idempotency/idempotency.h"

#include "access/digest.h"
#include "base/clock.h"
#include "query/row_statement.h"

/* The row of a key while it is being changed. */
typedef struct KeyRow {
    const Entity *entity;
    int64_t row_id;
    SqlValue *values;
    bool *is_changed;
} KeyRow;

static unsigned index_of(const KeyRow *row, const char *field)
{
    return entity_find_field(row->entity, str_from(field))->column->index;
}

static const SqlValue *get(const KeyRow *row, const char *field)
{
    return &row->values[index_of(row, field)];
}

static bool is_text(const KeyRow *row, const char *field, Str text)
{
    const SqlValue *value = get(row, field);
    return value->kind == SQL_TEXT && str_equal(value->text, text);
}

static void set(KeyRow *row, const char *field, SqlValue value)
{
    row->values[index_of(row, field)] = value;
    row->is_changed[index_of(row, field)] = true;
}

static void begin_row(Task *task, KeyRow *out)
{
    const Entity *entity = schema_find_entity(task->schema, STR("IdempotencyKey"));
    *out = (KeyRow){ .entity = entity };
    out->values = ARENA_ARRAY(task->arena, SqlValue, entity->column_count);
    out->is_changed = ARENA_ARRAY(task->arena, bool, entity->column_count);
}

static Error *find_row(Task *task, Str id, KeyRow *out)
{
    begin_row(task, out);
    return row_find(task->sql, out->entity, id, false, &out->row_id, &out->values);
}

static Error *write_row(Task *task, const KeyRow *row)
{
    return row_update(task->sql, row->entity, row->row_id, row->values, row->is_changed);
}

/* From now on it is ours to answer. */
static void set_claimed(Task *task, KeyRow *row)
{
    set(row, "claimedAt", sql_text(task_now_text(task)));
    set(row, "boot", sql_text((Str){ task->instance->boot, ID_LEN }));
    set(row, "runner", sql_text(task->instance->home));
}

static void set_new(Task *task, KeyRow *row, Str request, IdempotencyClaim *claim)
{
    claim->seed = id_new(task->arena);
    set(row, "createdAt", sql_text(task_now_text(task)));
    set(row, "request", sql_text(request));
    set(row, "seed", sql_text(claim->seed));
    set(row, "status", sql_null());
    set(row, "answer", sql_null());
    set_claimed(task, row);
}

static int64_t age_s(const Task *task, const KeyRow *row, const char *field)
{
    const SqlValue *value = get(row, field);
    int64_t since_us = 0;
    if (value->kind != SQL_TEXT || !clock_read_text(value->text, &since_us))
        return INT64_MAX;
    return (task->now_us - since_us) / 1000000;
}

static bool is_abandoned(const Task *task, const KeyRow *row)
{
    Str boot = { task->instance->boot, ID_LEN };
    bool is_of_earlier_start =
        is_text(row, "runner", task->instance->home) && !is_text(row, "boot", boot);
    return is_of_earlier_start || age_s(task, row, "claimedAt") > IDEMPOTENCY_LOST_S;
}

static Error *conflict(Task *task, const char *code, const char *reason)
{
    Error *error = error_new_code(task->arena, ERROR_CONFLICT, code, "%s", reason);
    error->field = STR("Idempotency-Key");
    return error;
}

static Error *take_found(Task *task, KeyRow *row, Str request, IdempotencyClaim *out)
{
    if (age_s(task, row, "createdAt") > IDEMPOTENCY_HOURS * 3600) {
        set_new(task, row, request, out);
        return write_row(task, row);
    }
    if (!is_text(row, "request", request))
        return conflict(task, "idempotencyKeyReused", "This key was used for another request");
    const SqlValue *status = get(row, "status");
    const SqlValue *answer = get(row, "answer");
    out->seed = get(row, "seed")->text;
    if (status->kind == SQL_INT) {
        out->is_answered = true;
        out->status = (int)status->integer;
        out->answer = answer->kind == SQL_TEXT ? answer->text : STR("");
        return NULL;
    }
    if (!is_abandoned(task, row)) {
        Error *error =
            conflict(task, "idempotencyKeyInUse", "The request of this key is being worked on");
        error->retry_after_s = 1;
        return error;
    }
    set_claimed(task, row);
    return write_row(task, row);
}

Error *idempotency_claim(Task *task, Str key, Str request, IdempotencyClaim *out)
{
    Str parts[] = { task->caller->user_id, key };
    KeyRow row;
    bool is_added = false;
    *out = (IdempotencyClaim){ .id = digest_of(task->arena, parts, 2) };
    begin_row(task, &row);
    row.values[row.entity->id->column->index] = sql_text(out->id);
    row.values[row.entity->deleted->column->index] = sql_int(0);
    set_new(task, &row, request, out);
    /* Of two at the same time the second one waits here for the first. */
    TRY(row_insert(task->sql, row.entity, row.values, &is_added, &row.row_id));
    if (is_added)
        return NULL;
    TRY(find_row(task, out->id, &row));
    if (row.values == NULL)
        return conflict(task, "idempotencyKeyInUse", "The request of this key is being worked on");
    return take_found(task, &row, request, out);
}

Error *idempotency_answer(Task *task, const IdempotencyClaim *claim, int status, Str answer)
{
    KeyRow row;
    TRY(find_row(task, claim->id, &row));
    if (row.values == NULL)
        return NULL;
    set(&row, "status", sql_int(status));
    set(&row, "answer", sql_text(answer));
    return write_row(task, &row);
}

Error *idempotency_release(Task *task, const IdempotencyClaim *claim)
{
    KeyRow row;
    TRY(find_row(task, claim->id, &row));
    return row.values == NULL ? NULL : row_delete(task->sql, row.entity, row.row_id);
}
