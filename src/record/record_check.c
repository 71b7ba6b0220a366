#include "record/record_check.h"

#include "query/lookup.h"
#include "record/conditional.h"
#include "record/known.h"
#include "schema/field_type.h"

/* Of a list of ids that don't exist, so many are named. */
#define MAX_TOLD_IDS 100

/* Told already: a value that was refused is not missing as well. */
static bool has_problem(const RecordDraft *draft, const Field *field)
{
    for (const FieldProblem *problem = draft->problems.first; problem != NULL;
         problem = problem->next)
        if (str_equal(problem->field, field->name))
            return true;
    return false;
}

static bool is_empty(const Field *field, const SqlValue *value)
{
    return sql_value_is_empty(value) ||
           (field->type->is_list && value->kind == SQL_TEXT && str_equal(value->text, STR("[]")));
}

void record_check_required(Task *task, RecordDraft *draft)
{
    const Entity *entity = draft->entity;
    for (size_t i = 0; i < entity->column_count; i++) {
        const Field *field = entity->columns[i].field;
        if (field->is_internal || field->is_system || !is_empty(field, &draft->values[i]) ||
            !conditional_is_required(task, draft, field) || has_problem(draft, field))
            continue;
        field_problems_add(&draft->problems, task->arena, "fieldRequired", field->name,
                           "Field '%.*s' is required.", STR_ARGS(field->label));
    }
}

static double number_of(const SqlValue *value)
{
    return value->kind == SQL_INT ? (double)value->integer : value->real;
}

void record_check_ranges(Task *task, RecordDraft *draft)
{
    for (size_t i = 0; i < draft->entity->field_count; i++) {
        const Field *field = &draft->entity->fields[i];
        if (!field->type->is_range)
            continue;
        const SqlValue *from = draft_get(draft, field->from);
        const SqlValue *to = draft_get(draft, field->to);
        if (from->kind == SQL_NULL || to->kind == SQL_NULL || number_of(from) <= number_of(to))
            continue;
        field_problems_add(&draft->problems, task->arena, "rangeInverted", field->name,
                           "Field '%.*s' must begin before it ends.", STR_ARGS(field->label));
    }
}

Error *record_find_by(Task *task, const LookupMatch *matches, size_t count, Str *out_id)
{
    const KnownRecord *known = NULL;
    if (!known_find(task, matches, count, &known))
        return lookup_find_id(task->sql, matches[0].column->field->entity, matches, count, out_id);
    *out_id = known == NULL ? STR_NONE : known->id;
    return NULL;
}

static Error *find_by_field(Task *task, const Field *field, SqlValue value, Str *out_id)
{
    LookupMatch match = { .column = field->column, .value = value };
    return record_find_by(task, &match, 1, out_id);
}

static void add_missing(Task *task, RecordDraft *draft, const Field *field, Str id)
{
    field_problems_add(&draft->problems, task->arena, "noSuchRecord", field->name,
                       "Field '%.*s': there is no record '%.*s' of '%.*s'.", STR_ARGS(field->label),
                       (int)(id.len > 64 ? 64 : id.len), id.data,
                       STR_ARGS(field->link->target->name));
}

static Error *check_target(Task *task, RecordDraft *draft, const Field *field, Str id)
{
    Str found;
    TRY(find_by_field(task, field->link->target->id, sql_text(id), &found));
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

/* Those of the ids that live records have. */
static Error *find_existing(Task *task, const DraftLinks *links, Map *out)
{
    const Entity *target = links->field->link->target;
    Str *others = ARENA_ARRAY(task->arena, Str, links->count);
    size_t other_count = 0;
    for (size_t i = 0; i < links->count; i++) {
        LookupMatch match = { .column = target->id->column, .value = sql_text(links->ids[i]) };
        const KnownRecord *known = NULL;
        if (!known_find(task, &match, 1, &known))
            others[other_count++] = links->ids[i];
        else if (known != NULL)
            map_put(out, task->arena, links->ids[i], &links->ids[i]);
    }
    return lookup_existing(task->sql, target, others, other_count, out);
}

static Error *check_linked(Task *task, RecordDraft *draft, const DraftLinks *links)
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
    TRY(find_existing(task, links, &existing));
    for (size_t i = 0; i < links->count && told < MAX_TOLD_IDS; i++) {
        Str id = links->ids[i];
        if (map_find(&existing, id) != NULL)
            continue;
        add_missing(task, draft, links->field, id);
        told++;
    }
    return NULL;
}

static void add_half(Task *task, RecordDraft *draft, const Field *field)
{
    if (!has_problem(draft, field))
        field_problems_add(&draft->problems, task->arena, "fieldRequired", field->name,
                           "Field '%.*s' is required.", STR_ARGS(field->label));
}

/* A link to any entity is whole or not there, and leads to a record. */
static Error *check_parent(Task *task, RecordDraft *draft, const Field *field)
{
    Str found;
    const SqlValue *id = draft_get(draft, field->parent_id);
    const SqlValue *type = draft_get(draft, field->parent_type);
    if (id->kind != SQL_TEXT || type->kind != SQL_TEXT) {
        if (id->kind != type->kind)
            add_half(task, draft, id->kind == SQL_NULL ? field->parent_id : field->parent_type);
        return NULL;
    }
    const Entity *target = schema_find_entity(task->schema, type->text);
    if (target == NULL) {
        field_problems_add(&draft->problems, task->arena, "noSuchOption", field->parent_type->name,
                           "Field '%.*s' must name an entity.",
                           STR_ARGS(field->parent_type->label));
        return NULL;
    }
    TRY(find_by_field(task, target->id, *id, &found));
    if (str_is_none(found))
        field_problems_add(&draft->problems, task->arena, "noSuchRecord", field->name,
                           "Field '%.*s': there is no such record of '%.*s'.",
                           STR_ARGS(field->label), STR_ARGS(target->name));
    return NULL;
}

/* An unchanged link may lead to a record that went away. */
static bool is_new_value(const RecordDraft *draft, const Field *field)
{
    return draft_is_given(draft, field) &&
           (draft->stored == NULL ||
            !sql_value_equal(draft_get(draft, field), &draft->stored[field->column->index]));
}

static Error *check_parents(Task *task, RecordDraft *draft)
{
    for (size_t i = 0; i < draft->entity->field_count; i++) {
        const Field *field = &draft->entity->fields[i];
        if (field->parent_id != NULL &&
            (is_new_value(draft, field->parent_id) || is_new_value(draft, field->parent_type)))
            TRY(check_parent(task, draft, field));
    }
    return NULL;
}

Error *record_check_link_targets(Task *task, RecordDraft *draft)
{
    const Entity *entity = draft->entity;
    for (size_t i = 0; i < entity->column_count; i++) {
        const Field *field = entity->columns[i].field;
        bool is_unchanged =
            draft->stored != NULL && sql_value_equal(&draft->values[i], &draft->stored[i]);
        if (field->link == NULL || !draft->is_given[i] || is_unchanged ||
            draft->values[i].kind != SQL_TEXT)
            continue;
        TRY(check_target(task, draft, field, draft->values[i].text));
    }
    for (size_t i = 0; i < draft->link_count; i++)
        TRY(check_linked(task, draft, &draft->links[i]));
    return check_parents(task, draft);
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
    TRY(record_find_by(task, matches, tuple->count, &found));
    if (is_other(draft, found))
        add_clash(task, draft, tuple->shown);
    return NULL;
}

Error *record_check_unique(Task *task, RecordDraft *draft)
{
    const Entity *entity = draft->entity;
    for (size_t i = 0; i < entity->column_count; i++) {
        const Field *field = entity->columns[i].field;
        Str id;
        if (!field->is_unique || sql_value_is_empty(&draft->values[i]))
            continue;
        if (draft->stored != NULL && sql_value_equal(&draft->values[i], &draft->stored[i]))
            continue;
        TRY(find_by_field(task, field, draft->values[i], &id));
        if (is_other(draft, id))
            add_clash(task, draft, field);
    }
    for (size_t i = 0; i < entity->tuple_count; i++)
        TRY(check_tuple(task, draft, &entity->tuples[i]));
    return NULL;
}
