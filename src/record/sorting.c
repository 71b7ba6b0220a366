#include "record/sorting.h"

#include <stdlib.h>

#include "access/access.h"
#include "query/lookup.h"
#include "query/relation_query.h"
#include "record/record.h"
#include "record/row.h"

/* The rows in question, in their order. */
typedef struct Numbered {
    Str id;
    Str shown; /* what `_sortedIds` calls it */
    bool has_number;
    bool is_listed;
    int64_t number;
    int64_t wanted;
} Numbered;

typedef struct Sorting {
    RelationOrder order;
    Numbered *rows;
    size_t count;
    Map by_shown; /* -> Numbered */
} Sorting;

static Error *body_error(Task *task, Str field, const char *reason)
{
    Error *error = error_new(task->arena, ERROR_INVALID, "%s", reason);
    error->field = field;
    return error;
}

static Error *read_rows(Task *task, Sorting *sorting)
{
    SqlText text = sql_text_new(task->sql);
    AUTO_CLOSE SqlRows rows = { 0 };
    size_t capacity = 0;
    relation_query_put_order(&text, &sorting->order);
    TRY(sql_query(task->sql, &text, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            return arena_check(task->arena);
        if (sorting->count == capacity) {
            capacity = capacity * 2 + 64;
            sorting->rows =
                arena_grow(task->arena, sorting->rows, sorting->count * sizeof(Numbered),
                           sorting->count * sizeof(Numbered), capacity * sizeof(Numbered));
        }
        sorting->rows[sorting->count++] =
            (Numbered){ .id = str_copy(task->arena, sql_column_text(&rows, 0)),
                        .shown = str_copy(task->arena, sql_column_text(&rows, 1)),
                        .has_number = !sql_column_is_null(&rows, 2),
                        .number = sql_column_int(&rows, 2) };
    }
}

/* The number that belongs to each place: those there are, made to grow. Behind `last` only as long
 * as one stands in the way. */
static void number_places(Sorting *sorting, size_t last)
{
    int64_t before = -1;
    for (size_t i = 0; i < sorting->count; i++) {
        Numbered *row = &sorting->rows[i];
        bool is_free = row->has_number && (i == 0 || row->number > before);
        if (i > last && (is_free || !row->has_number))
            return;
        row->wanted = is_free ? row->number : before + 1;
        before = row->wanted;
    }
}

static Error *set_number(Task *task, const Field *field, const Numbered *row, bool *out_changed)
{
    RecordDraft draft;
    bool *is_changed = ARENA_ARRAY(task->arena, bool, field->entity->column_count);
    if (row->has_number && row->number == row->wanted)
        return NULL;
    TRY(draft_begin_update(task, field->entity, row->id, &draft));
    draft_set(&draft, field, sql_int(row->wanted));
    is_changed[field->column->index] = true;
    *out_changed = true;
    return row_change(task, &draft, is_changed);
}

/* The listed rows, in the order in which they are listed. */
static Error *find_listed(Task *task, Sorting *sorting, const JsonValue *ids, Numbered ***out)
{
    *out = ARENA_ARRAY(task->arena, Numbered *, ids->list.count);
    for (size_t i = 0; i < sorting->count; i++)
        if (map_find(&sorting->by_shown, sorting->rows[i].shown) == NULL)
            map_put(&sorting->by_shown, task->arena, sorting->rows[i].shown, &sorting->rows[i]);
    for (size_t i = 0; i < ids->list.count; i++) {
        const JsonValue *id = &ids->list.items[i];
        Numbered *row = json_is_text(id) ? map_find(&sorting->by_shown, id->text) : NULL;
        if (row != NULL && row->is_listed)
            return body_error(task, STR("_sortedIds"), "'_sortedIds' names a record twice");
        if (row == NULL)
            return error_new_code(task->arena, ERROR_INVALID, "noSuchRecord",
                                  "'_sortedIds' names a record that is not there");
        row->is_listed = true;
        (*out)[i] = row;
    }
    return NULL;
}

static int compare_places(const void *left, const void *right)
{
    const Numbered *a = *(Numbered *const *)left;
    const Numbered *b = *(Numbered *const *)right;
    return (a > b) - (a < b);
}

static Error *sort_rows(Task *task, Sorting *sorting, const JsonValue *ids, bool *out_changed)
{
    Numbered **listed = NULL;
    size_t count = ids->list.count;
    TRY(read_rows(task, sorting));
    TRY(find_listed(task, sorting, ids, &listed));
    Numbered **places = ARENA_ARRAY(task->arena, Numbered *, count);
    int64_t *numbers = ARENA_ARRAY(task->arena, int64_t, count);
    memcpy(places, listed, count * sizeof *places);
    qsort(places, count, sizeof *places, compare_places);
    for (size_t i = 0; i < sorting->count; i++)
        sorting->rows[i].wanted = sorting->rows[i].number;
    number_places(sorting, (size_t)(places[count - 1] - sorting->rows));
    for (size_t i = 0; i < count; i++)
        numbers[i] = places[i]->wanted;
    for (size_t i = 0; i < count; i++)
        listed[i]->wanted = numbers[i];
    for (size_t i = 0; i < sorting->count; i++) {
        const Numbered *row = &sorting->rows[i];
        bool is_reached = row->has_number || row <= places[count - 1];
        if (is_reached)
            TRY(set_number(task, sorting->order.number, row, out_changed));
    }
    return NULL;
}

/* The link of `scope` whose records are numbered, and are of this entity. */
static const Link *find_link(const Entity *scope, const Entity *entity)
{
    for (size_t i = 0; scope != NULL && i < scope->link_count; i++) {
        const Link *link = &scope->links[i];
        if (link->type == LINK_MANY_TO_MANY && link->target == entity && link->order != NULL)
            return link;
    }
    return NULL;
}

static const Field *own_number(const Entity *entity)
{
    for (size_t i = 0; i < entity->field_count; i++)
        if (entity->fields[i].sorted_within != NULL)
            return &entity->fields[i];
    return NULL;
}

/* Rows that are numbered themselves: among which, is what the first one says. */
static Error *order_of_rows(Task *task, const Field *number, const JsonValue *ids,
                            RelationOrder *out)
{
    RecordDraft draft;
    const JsonValue *first = &ids->list.items[0];
    if (!json_is_text(first))
        return body_error(task, STR("_sortedIds"), "'_sortedIds' must be a list of ids");
    TRY(draft_begin_update(task, number->entity, first->text, &draft));
    *out = (RelationOrder){ .number = number,
                            .shown = number->entity->id,
                            .within = *draft_get(&draft, number->sorted_within) };
    return NULL;
}

static Error *find_order(Task *task, const Entity *entity, const JsonValue *body,
                         const JsonValue *ids, RelationOrder *out, bool *out_found)
{
    Str scope = json_find_text(body, STR("_scope"));
    Str id = json_find_text(body, STR("_id"));
    const Field *number = own_number(entity);
    *out_found = true;
    if (str_is_none(scope) && number != NULL)
        return order_of_rows(task, number, ids, out);
    if (str_is_none(scope)) {
        *out_found = false; /* of another kind: the order in a tree */
        return NULL;
    }
    const Link *link = find_link(schema_find_entity(task->schema, scope), entity);
    if (link == NULL || str_is_none(id))
        return body_error(task, STR("_scope"), "There is no such order");
    *out = (RelationOrder){ .number = link->order, .shown = link->far, .within = sql_text(id) };
    return NULL;
}

Error *sorting_apply(Task *task, const Entity *entity, const JsonValue *body, bool *out_changed)
{
    Sorting sorting = { 0 };
    bool is_found = false;
    const JsonValue *ids = json_find(body, STR("_sortedIds"));
    if (!json_is_list(ids) || ids->list.count == 0)
        return NULL;
    if (ids->list.count > SORTING_MAX_IDS)
        return body_error(task, STR("_sortedIds"), "'_sortedIds' is too long");
    TRY(find_order(task, entity, body, ids, &sorting.order, &is_found));
    if (!is_found)
        return NULL;
    TRY(access_check(task, sorting.order.number->entity, ACCESS_EDIT));
    return sort_rows(task, &sorting, ids, out_changed);
}

static Error *take_flag(Task *task, const RecordDraft *draft, const Field *field)
{
    LookupMatch matches[] = { { .column = field->sole_within->column,
                                .value = *draft_get(draft, field->sole_within) },
                              { .column = field->column, .value = sql_int(1) } };
    if (matches[0].value.kind == SQL_NULL)
        return NULL;
    for (;;) {
        Str other;
        RecordResult result;
        TRY(lookup_find_id(task->sql, draft->entity, matches, 2, &other));
        if (str_is_none(other) || (!draft->is_new && str_equal(other, draft->id)))
            return NULL;
        TRY(record_set(task, draft->entity, other, field, sql_null(), &result));
        if (result.outcome == RECORD_UNCHANGED)
            return NULL;
    }
}

Error *sorting_take_flags(Task *task, const RecordDraft *draft)
{
    for (size_t i = 0; i < draft->entity->column_count; i++) {
        const Field *field = draft->entity->columns[i].field;
        const SqlValue *value = draft_get(draft, field);
        if (field->sole_within != NULL && value->kind == SQL_INT && value->integer != 0)
            TRY(take_flag(task, draft, field));
    }
    return NULL;
}
