#include "record/record_check.h"

#include "query/lookup.h"
#include "schema/field_type.h"

/* Of a list of ids that don't exist, so many are named. */
#define MAX_TOLD_IDS 100

void record_check_required(Task *task, RecordDraft *draft)
{
    const Entity *entity = draft->entity;
    for (size_t i = 0; i < entity->column_count; i++) {
        const Field *field = entity->columns[i].field;
        if (field->is_required && !field->is_internal && sql_value_is_empty(&draft->values[i]))
            field_problems_add(&draft->problems, task->arena, "fieldRequired", field->name,
                               "Field '%.*s' is required.", STR_ARGS(field->label));
    }
}

static Str overlay_key(Arena *arena, const Field *field, const SqlValue *value)
{
    Str text = value->text;
    if (value->kind == SQL_INT)
        text = str_format(arena, "%lld", (long long)value->integer);
    if (value->kind == SQL_REAL)
        text = str_format(arena, "%.17g", value->real);
    return str_format(arena, "%.*s\n%.*s\n%.*s", STR_ARGS(field->entity->name),
                      STR_ARGS(field->name), STR_ARGS(text));
}

Str record_overlay_find(const RecordOverlay *overlay, Arena *arena, const Field *field,
                        const SqlValue *value)
{
    const OverlayRecord *record =
        overlay == NULL ? NULL : map_find(&overlay->made, overlay_key(arena, field, value));
    return record == NULL ? STR_NONE : record->id;
}

const OverlayRecord *record_overlay_get(const RecordOverlay *overlay, Arena *arena,
                                        const Entity *entity, Str id)
{
    SqlValue value = sql_text(id);
    return overlay == NULL ? NULL
                           : map_find(&overlay->made, overlay_key(arena, entity->id, &value));
}

void record_overlay_add(RecordOverlay *overlay, Arena *arena, const RecordDraft *draft)
{
    OverlayRecord *record = ARENA_NEW(arena, OverlayRecord);
    size_t count = draft->entity->column_count;
    record->id = str_copy(arena, draft->id);
    record->values = ARENA_ARRAY(arena, SqlValue, count);
    for (size_t i = 0; i < count; i++) {
        const Field *field = draft->entity->columns[i].field;
        SqlValue value = field == draft->entity->id ? sql_text(record->id) : draft->values[i];
        record->values[i] = sql_value_copy(arena, value);
        if ((field->is_unique || field == draft->entity->id) && !sql_value_is_empty(&value))
            map_put(&overlay->made, arena, overlay_key(arena, field, &value), record);
    }
}

Error *record_find_by(Task *task, const Field *field, SqlValue value, const RecordOverlay *overlay,
                      Str *out_id)
{
    LookupMatch match = { .column = field->column, .value = value };
    TRY(lookup_find_id(task->sql, field->entity, &match, 1, out_id));
    if (str_is_none(*out_id))
        *out_id = record_overlay_find(overlay, task->arena, field, &value);
    return NULL;
}

static void add_missing(Task *task, RecordDraft *draft, const Field *field, Str id)
{
    field_problems_add(&draft->problems, task->arena, "noSuchRecord", field->name,
                       "Field '%.*s': there is no record '%.*s' of '%.*s'.", STR_ARGS(field->label),
                       (int)(id.len > 64 ? 64 : id.len), id.data,
                       STR_ARGS(field->link->target->name));
}

static bool would_be_made(Task *task, const Field *field, Str id, const RecordOverlay *overlay)
{
    SqlValue wanted = sql_text(id);
    return !str_is_none(
        record_overlay_find(overlay, task->arena, field->link->target->id, &wanted));
}

static Error *check_target(Task *task, RecordDraft *draft, const Field *field, Str id,
                           const RecordOverlay *overlay)
{
    Str found;
    TRY(record_find_by(task, field->link->target->id, sql_text(id), overlay, &found));
    if (str_is_none(found))
        add_missing(task, draft, field, id);
    return NULL;
}

/* A relation row that needs more than its two ends can't be made by a bare list of ids. */
bool record_needs_more_than_ids(const Link *link)
{
    if (link->type != LINK_MANY_TO_MANY)
        return false;
    for (size_t i = 0; i < link->relation->field_count; i++) {
        const Field *field = &link->relation->fields[i];
        if (field->is_required && field != link->near && field != link->far &&
            field->default_value == NULL)
            return true;
    }
    return false;
}

static Error *check_linked(Task *task, RecordDraft *draft, const DraftLinks *links,
                           const RecordOverlay *overlay)
{
    if (links->count > 0 && record_needs_more_than_ids(links->field->link)) {
        field_problems_add(&draft->problems, task->arena, "badParameter", links->field->name,
                           "Field '%.*s' can't be set here; create records of '%.*s'.",
                           STR_ARGS(links->field->label),
                           STR_ARGS(links->field->link->relation->name));
        return NULL;
    }
    Map existing = { 0 };
    size_t told = 0;
    TRY(lookup_existing(task->sql, links->field->link->target, links->ids, links->count,
                        &existing));
    for (size_t i = 0; i < links->count && told < MAX_TOLD_IDS; i++) {
        Str id = links->ids[i];
        if (map_find(&existing, id) != NULL || would_be_made(task, links->field, id, overlay))
            continue;
        add_missing(task, draft, links->field, id);
        told++;
    }
    return NULL;
}

Error *record_check_link_targets(Task *task, RecordDraft *draft, const RecordOverlay *overlay)
{
    const Entity *entity = draft->entity;
    for (size_t i = 0; i < entity->column_count; i++) {
        const Field *field = entity->columns[i].field;
        bool is_unchanged =
            draft->stored != NULL && sql_value_equal(&draft->values[i], &draft->stored[i]);
        if (field->link == NULL || !draft->is_given[i] || is_unchanged ||
            draft->values[i].kind != SQL_TEXT)
            continue;
        TRY(check_target(task, draft, field, draft->values[i].text, overlay));
    }
    for (size_t i = 0; i < draft->link_count; i++)
        TRY(check_linked(task, draft, &draft->links[i], overlay));
    return NULL;
}

static void add_clash(Task *task, RecordDraft *draft, const Field *field)
{
    const Field *shown = field->fold_of != NULL ? field->fold_of : field;
    field_problems_add(&draft->problems, task->arena, "notUnique", shown->name,
                       "Another record of '%.*s' has the same value in '%.*s'.",
                       STR_ARGS(draft->entity->name), STR_ARGS(shown->label));
}

static bool is_other(const RecordDraft *draft, Str id)
{
    return !str_is_none(id) && (draft->is_new || !str_equal(id, draft->id));
}

static Error *check_tuple(Task *task, RecordDraft *draft, const UniqueTuple *tuple)
{
    LookupMatch *matches = ARENA_ARRAY(task->arena, LookupMatch, tuple->count);
    Str found;
    for (size_t i = 0; i < tuple->count; i++) {
        const SqlValue *value = draft_get(draft, tuple->fields[i]);
        if (sql_value_is_empty(value))
            return NULL;
        matches[i] = (LookupMatch){ .column = tuple->fields[i]->column, .value = *value };
    }
    TRY(lookup_find_id(task->sql, draft->entity, matches, tuple->count, &found));
    if (is_other(draft, found))
        add_clash(task, draft, tuple->fields[0]);
    return NULL;
}

Error *record_check_unique(Task *task, RecordDraft *draft, const RecordOverlay *overlay)
{
    const Entity *entity = draft->entity;
    for (size_t i = 0; i < entity->column_count; i++) {
        const Field *field = entity->columns[i].field;
        Str id;
        if (!field->is_unique || sql_value_is_empty(&draft->values[i]))
            continue;
        if (draft->stored != NULL && sql_value_equal(&draft->values[i], &draft->stored[i]))
            continue;
        TRY(record_find_by(task, field, draft->values[i], overlay, &id));
        if (is_other(draft, id))
            add_clash(task, draft, field);
    }
    for (size_t i = 0; i < entity->tuple_count; i++)
        TRY(check_tuple(task, draft, &entity->tuples[i]));
    return NULL;
}
