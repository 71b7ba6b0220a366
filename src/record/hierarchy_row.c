#include "record/hierarchy_row.h"

#include "access/access.h"
#include "query/lookup.h"
#include "record/row.h"

/* The ends and the number that a body gives; other keys mean nothing here. */
static Error *read_row(Task *task, const Entity *relation, const JsonValue *body, RecordDraft *out)
{
    const Hierarchy *hierarchy = relation->tree->hierarchy;
    const Field *const ends[] = { hierarchy->child, hierarchy->parent };
    draft_begin_new(task, relation, out);
    TRY(draft_read(task, out, body));
    for (size_t i = 0; i < 2; i++)
        if (draft_get(out, ends[i])->kind != SQL_TEXT)
            field_problems_add(&out->problems, task->arena, "fieldRequired", ends[i]->name,
                               "Field '%.*s' is required.", STR_ARGS(ends[i]->label));
    return error_from_problems(&out->problems, task->arena, relation->name);
}

static Error *set_number(Task *task, const RecordDraft *given, Str id)
{
    const Field *order = given->entity->tree->hierarchy->order;
    RecordDraft row;
    bool *is_changed = ARENA_ARRAY(task->arena, bool, given->entity->column_count);
    if (!draft_is_given(given, order))
        return NULL;
    TRY(draft_begin_update(task, given->entity, id, &row));
    draft_set(&row, order, *draft_get(given, order));
    return draft_find_changes(task, &row, is_changed) ? row_change(task, &row, is_changed) : NULL;
}

static Error *clash(Task *task, const RecordDraft *row)
{
    FieldProblems problems = { 0 };
    field_problems_add(&problems, task->arena, "notUnique",
                       row->entity->tree->hierarchy->child->name,
                       "The record stands under this parent already.");
    return error_from_problems(&problems, task->arena, row->entity->name);
}

Error *hierarchy_row_create(Task *task, const Entity *relation, const JsonValue *body,
                            RecordResult *out)
{
    const Hierarchy *hierarchy = relation->tree->hierarchy;
    RecordDraft row;
    RecordResult moved;
    TRY(access_check(task, relation, ACCESS_CREATE));
    TRY(read_row(task, relation, body, &row));
    SqlValue parent = *draft_get(&row, hierarchy->parent);
    SqlValue child = *draft_get(&row, hierarchy->child);
    TRY(record_set(task, relation->tree, child.text, hierarchy->own_parent, parent, &moved));
    if (moved.outcome == RECORD_UNCHANGED)
        return clash(task, &row);
    LookupMatch matches[] = { { .column = hierarchy->child->column, .value = child },
                              { .column = hierarchy->parent->column, .value = parent } };
    *out = (RecordResult){ .outcome = RECORD_CREATED, .secret = STR_NONE };
    TRY(lookup_find_id(task->sql, relation, matches, 2, &out->id));
    return set_number(task, &row, out->id);
}

void hierarchy_row_check(Task *task, RecordDraft *row)
{
    const Hierarchy *hierarchy = row->entity->tree->hierarchy;
    const Field *const ends[] = { hierarchy->child, hierarchy->parent };
    for (size_t i = 0; i < 2; i++) {
        unsigned index = ends[i]->column->index;
        if (row->is_given[index] && !sql_value_equal(&row->values[index], &row->stored[index]))
            field_problems_add(&row->problems, task->arena, "immutable", ends[i]->name,
                               "Field '%.*s' can't be changed: move the record.",
                               STR_ARGS(ends[i]->label));
    }
}

Error *hierarchy_row_delete(Task *task, const Entity *relation, Str id)
{
    const Hierarchy *hierarchy = relation->tree->hierarchy;
    RecordDraft row;
    RecordResult moved;
    TRY(access_check(task, relation, ACCESS_DELETE));
    TRY(draft_begin_update(task, relation, id, &row));
    return record_set(task, relation->tree, draft_get(&row, hierarchy->child)->text,
                      hierarchy->own_parent, sql_null(), &moved);
}

Error *hierarchy_row_refuse_restore(Task *task, const Entity *relation)
{
    return error_new_code(task->arena, ERROR_INVALID, "notAllowedForEntityType",
                          "Rows of '%.*s' are not restored: move the record",
                          STR_ARGS(relation->name));
}
