#include "record/change.h"

#include "json/json_writer.h"

static bool is_told(const Entity *entity, const Key *key)
{
    bool is_stored = key->column != NULL && (key->role == KEY_VALUE || key->role == KEY_SECRET);
    return is_stored && key->field != entity->id && !key->field->is_system;
}

static bool has_changed(const Change *change, const Column *column)
{
    if (change->kind == CHANGE_UPDATED)
        return change->is_changed[column->index];
    const SqlValue *values = change->after != NULL ? change->after : change->before;
    return values[column->index].kind != SQL_NULL;
}

static void write_value(JsonWriter *writer, const Column *column, const SqlValue *values)
{
    const SqlValue *value = values == NULL ? NULL : &values[column->index];
    if (value == NULL || value->kind == SQL_NULL)
        json_write_null(writer);
    else if (value->kind == SQL_REAL)
        json_write_real(writer, value->real);
    else if (value->kind == SQL_INT && column->type == SQL_TYPE_BOOL)
        json_write_bool(writer, value->integer != 0);
    else if (value->kind == SQL_INT)
        json_write_int(writer, value->integer);
    else if (column->type == SQL_TYPE_JSON)
        json_write_raw(writer, value->text);
    else
        json_write_text(writer, value->text);
}

static void write_what(const Change *change, JsonWriter *writer)
{
    json_begin_object(writer);
    for (size_t i = 0; i < change->entity->key_count; i++) {
        const Key *key = &change->entity->keys[i];
        if (!is_told(change->entity, key) || !has_changed(change, key->column))
            continue;
        json_write_quoted_key(writer, key->quoted);
        if (key->field->is_internal || key->role == KEY_SECRET) {
            json_write_null(writer);
            continue;
        }
        json_begin_list(writer);
        write_value(writer, key->column, change->before);
        write_value(writer, key->column, change->after);
        json_end_list(writer);
    }
    json_end_object(writer);
}

static Str end_id(const SqlValue *values, const Field *end)
{
    const SqlValue *value = &values[end->column->index];
    return value->kind == SQL_TEXT ? value->text : STR("");
}

/* `values` say which ends a relation row has. */
static ChangeRow row_of(const Task *task, const Change *change, const SqlValue *values)
{
    const Entity *entity = change->entity;
    ChangeRow row = { .entity = entity->name,
                      .subject_id = change->id,
                      .other_id = STR_NONE,
                      .relation_id = STR_NONE,
                      .kind = change->kind,
                      .at_us = task->now_us,
                      .by_id = task->caller->user_id,
                      .what = STR_NONE };
    if (entity->first_end == NULL)
        return row;
    row.relation_id = change->id;
    if (change->is_aside)
        return row;
    row.subject_id = end_id(values, entity->first_end);
    row.other_id = end_id(values, entity->second_end);
    return row;
}

static bool moves_an_end(const Change *change)
{
    const Entity *entity = change->entity;
    return change->kind == CHANGE_UPDATED && entity->first_end != NULL &&
           (change->is_changed[entity->first_end->column->index] ||
            change->is_changed[entity->second_end->column->index]);
}

Error *change_write(Task *task, const Change *change)
{
    Buf what;
    JsonWriter writer;
    ChangeRow row = row_of(task, change, change->after != NULL ? change->after : change->before);
    if (change->kind != CHANGE_DELETED && change->kind != CHANGE_RESTORED) {
        buf_init(&what, task->arena, CHANGE_LOG_MAX_BYTES);
        json_writer_init(&writer, &what);
        write_what(change, &writer);
        TRY(buf_check(&what));
        row.what = buf_str(&what);
    }
    TRY(change_log_add(task->sql, &row));
    if (!moves_an_end(change))
        return NULL;
    row = row_of(task, change, change->before);
    row.kind = CHANGE_MOVED;
    return change_log_add(task->sql, &row);
}
