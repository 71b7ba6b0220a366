#include "record/row.h"

#include "base/id.h"
#include "query/row_statement.h"
#include "query/sequence.h"
#include "record/change.h"
#include "record/known.h"
#include "record/record_check.h"
#include "schema/field_type.h"

#define ALL_TEXT UINT64_MAX

static void note(Task *task, const RecordDraft *draft, SqlChangeKind kind, uint64_t new_text)
{
    sql_note_change(task->sql,
                    (SqlChange){ .subject = draft->entity,
                                 .row_id = draft->row_id,
                                 .kind = kind,
                                 .new_text = draft->entity->side_index_count > 0 ? new_text : 0 });
    known_note(task, draft, kind);
}

static void set_system(RecordDraft *draft, const Field *field, SqlValue value, bool *is_changed)
{
    if (field == NULL)
        return;
    draft->values[field->column->index] = value;
    if (is_changed != NULL)
        is_changed[field->column->index] = true;
}

static void set_modified(Task *task, RecordDraft *draft, bool *is_changed)
{
    set_system(draft, draft->entity->modified_at, sql_text(task_now_text(task)), is_changed);
    set_system(draft, draft->entity->modified_by, sql_text(task->caller->user_id), is_changed);
}

/* Numbers that the database gives. A row that is not added after all leaves a gap. */
static Error *assign_numbers(Task *task, RecordDraft *draft)
{
    for (size_t i = 0; i < draft->entity->column_count; i++) {
        const Field *field = draft->entity->columns[i].field;
        int64_t number;
        if (!field->type->is_assigned)
            continue;
        TRY(sequence_next(task->sql, field, &number));
        draft->values[i] = sql_int(number);
    }
    return NULL;
}

static Error *make_room(Task *task, RecordDraft *draft)
{
    int64_t row_id;
    SqlValue *values = NULL;
    TRY(row_find(task->sql, draft->entity, draft->id, true, &row_id, &values));
    if (values == NULL)
        return NULL;
    if (values[draft->entity->deleted->column->index].integer == 0) {
        Error *error =
            error_new_code(task->arena, ERROR_CONFLICT, "duplicate",
                           "A record of '%.*s' with this id exists", STR_ARGS(draft->entity->name));
        error->field = STR("id");
        error->entity = draft->entity->name;
        return error;
    }
    return row_purge(task, draft->entity, draft->id);
}

static Error *explain_clash(Task *task, RecordDraft *draft)
{
    TRY(record_check_unique(task, draft));
    TRY(error_from_problems(&draft->problems, task->arena, draft->entity->name));
    return error_new_code(task->arena, ERROR_INVALID, "notUnique",
                          "A record with the same unique value exists");
}

/* The side indexes whose text is among the changed columns; of a new row, among its values. */
static uint64_t find_new_text(const RecordDraft *draft, const bool *is_changed)
{
    uint64_t found = 0;
    for (size_t i = 0; i < draft->entity->column_count; i++) {
        const SideIndex *index = draft->entity->columns[i].field->side_index;
        bool is_new = is_changed == NULL ? draft->values[i].kind != SQL_NULL : is_changed[i];
        if (index != NULL && is_new)
            found |= index->bit;
    }
    return found;
}

Error *row_add(Task *task, RecordDraft *draft)
{
    const Entity *entity = draft->entity;
    bool is_given_id = !str_is_none(draft->id);
    bool is_added = false;
    if (!is_given_id)
        draft->id = id_new(task->arena);
    set_system(draft, entity->id, sql_text(draft->id), NULL);
    set_system(draft, entity->deleted, sql_int(0), NULL);
    set_system(draft, entity->created_at, sql_text(task_now_text(task)), NULL);
    set_system(draft, entity->created_by, sql_text(task->caller->user_id), NULL);
    set_modified(task, draft, NULL);
    TRY(assign_numbers(task, draft));
    /* Clashes are rare: the row is tried first, and only then looked up what stood in the way. */
    TRY(row_insert(task->sql, entity, draft->values, &is_added, &draft->row_id));
    if (!is_added && is_given_id) {
        TRY(make_room(task, draft));
        TRY(row_insert(task->sql, entity, draft->values, &is_added, &draft->row_id));
    }
    if (!is_added)
        return explain_clash(task, draft);
    /* The main index has a row for every record. */
    note(task, draft, SQL_ROW_ADDED, find_new_text(draft, NULL) | 1);
    return change_write(task, &(Change){ .kind = CHANGE_CREATED,
                                         .entity = entity,
                                         .id = draft->id,
                                         .after = draft->values });
}

static bool changes_unique(const RecordDraft *draft, const bool *is_changed)
{
    const Entity *entity = draft->entity;
    for (size_t i = 0; i < entity->column_count; i++)
        if (is_changed[i] && entity->columns[i].field->is_unique)
            return true;
    for (size_t i = 0; i < entity->tuple_count; i++)
        for (size_t j = 0; j < entity->tuples[i].count; j++)
            if (is_changed[entity->tuples[i].fields[j]->column->index])
                return true;
    return false;
}

Error *row_change(Task *task, RecordDraft *draft, bool *is_changed)
{
    if (changes_unique(draft, is_changed)) {
        TRY(record_check_unique(task, draft));
        TRY(error_from_problems(&draft->problems, task->arena, draft->entity->name));
    }
    uint64_t new_text = find_new_text(draft, is_changed);
    set_modified(task, draft, is_changed);
    TRY(row_update(task->sql, draft->entity, draft->row_id, draft->values, is_changed));
    note(task, draft, SQL_ROW_CHANGED, new_text);
    return change_write(task, &(Change){ .kind = CHANGE_UPDATED,
                                         .entity = draft->entity,
                                         .id = draft->id,
                                         .before = draft->stored,
                                         .after = draft->values,
                                         .is_changed = is_changed });
}

Error *row_touch(Task *task, RecordDraft *draft)
{
    bool *is_changed = ARENA_ARRAY(task->arena, bool, draft->entity->column_count);
    set_modified(task, draft, is_changed);
    if (draft->entity->modified_at == NULL)
        return NULL;
    TRY(row_update(task->sql, draft->entity, draft->row_id, draft->values, is_changed));
    note(task, draft, SQL_ROW_CHANGED, 0);
    return NULL;
}

static Error *set_deleted(Task *task, RecordDraft *draft, bool is_deleted)
{
    bool *is_changed = ARENA_ARRAY(task->arena, bool, draft->entity->column_count);
    set_system(draft, draft->entity->deleted, sql_int(is_deleted), is_changed);
    set_modified(task, draft, is_changed);
    TRY(row_update(task->sql, draft->entity, draft->row_id, draft->values, is_changed));
    note(task, draft, is_deleted ? SQL_ROW_GONE : SQL_ROW_ADDED, ALL_TEXT);
    return change_write(task, &(Change){ .kind = is_deleted ? CHANGE_DELETED : CHANGE_RESTORED,
                                         .entity = draft->entity,
                                         .id = draft->id,
                                         .after = draft->values });
}

Error *row_trash(Task *task, const Entity *entity, Str id)
{
    RecordDraft draft;
    TRY(draft_begin_update(task, entity, id, &draft));
    return set_deleted(task, &draft, true);
}

Error *row_restore(Task *task, RecordDraft *draft)
{
    TRY(record_check_unique(task, draft));
    TRY(error_from_problems(&draft->problems, task->arena, draft->entity->name));
    return set_deleted(task, draft, false);
}

static bool is_live(const Entity *entity, const SqlValue *values)
{
    return values[entity->deleted->column->index].integer == 0;
}

/* A relation row that was in the trash linked nothing any more. */
static Error *write_purged(Task *task, const Entity *entity, const SqlValue *values)
{
    return change_write(task, &(Change){ .kind = CHANGE_PURGED,
                                         .entity = entity,
                                         .id = values[entity->id->column->index].text,
                                         .before = values,
                                         .is_aside = !is_live(entity, values) });
}

/* The rows that have the record at this end. */
static Error *purge_end(Task *task, const Entity *relation, const Field *end, Str id)
{
    RowRef *refs = NULL;
    size_t count = 0;
    RecordDraft row = { .entity = relation };
    TRY(row_delete_by(task->sql, relation, end->column, id, &refs, &count));
    for (size_t i = 0; i < count; i++) {
        row.row_id = refs[i].row_id;
        bool was_live = is_live(relation, refs[i].values);
        note(task, &row, was_live ? SQL_ROW_GONE : SQL_ROW_CHANGED, ALL_TEXT);
        TRY(write_purged(task, relation, refs[i].values));
    }
    return NULL;
}

static Error *purge_relations(Task *task, const Entity *entity, Str id)
{
    for (size_t i = 0; i < entity->link_count; i++)
        if (entity->links[i].type == LINK_MANY_TO_MANY)
            TRY(purge_end(task, entity->links[i].relation, entity->links[i].near, id));
    /* The children of a single parent are no such link, but have rows as well. */
    if (entity->hierarchy == NULL || entity->hierarchy->own_parent == NULL)
        return NULL;
    return purge_end(task, entity->hierarchy->relation, entity->hierarchy->parent, id);
}

Error *row_purge(Task *task, const Entity *entity, Str id)
{
    RecordDraft draft;
    SqlValue *values = NULL;
    draft_begin_new(task, entity, &draft);
    TRY(row_find(task->sql, entity, id, true, &draft.row_id, &values));
    if (values == NULL)
        return NULL;
    if (task->known != NULL)
        known_forget(task->known); /* which records its relation rows were is not read */
    TRY(row_delete(task->sql, entity, draft.row_id));
    TRY(purge_relations(task, entity, id));
    note(task, &draft, is_live(entity, values) ? SQL_ROW_GONE : SQL_ROW_CHANGED, ALL_TEXT);
    return write_purged(task, entity, values);
}
