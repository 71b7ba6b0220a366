#include "record/hierarchy_order.h"

#include "base/list.h"
#include "query/tree_query.h"
#include "record/hierarchy.h"
#include "record/row.h"

/* One of the records that stand side by side. */
typedef struct Sibling {
    Str id;
    Str row_id_word; /* id of the row that has its number */
    int64_t number;
    bool is_placed; /* in the new order already */
} Sibling;

typedef struct Siblings {
    const Entity *entity;
    Str parent; /* none: roots */
    List list;  /* Sibling */
    Map by_id;
} Siblings;

static Error *order_error(Task *task, const char *name, const char *reason)
{
    Error *error =
        error_new_code(task->arena, ERROR_INVALID, "badParameter", "'%s' %s", name, reason);
    error->field = str_from(name);
    return error;
}

static Error *read_siblings(Task *task, const Entity *entity, Str parent, Siblings *out)
{
    SqlText text = sql_text_new(task->sql);
    AUTO_CLOSE SqlRows rows = { 0 };
    *out = (Siblings){ .entity = entity, .parent = parent };
    tree_query_put_siblings(&text, entity, parent);
    TRY(sql_query(task->sql, &text, &rows));
    for (;;) {
        bool is_there = false;
        TRY(sql_next(&rows, &is_there));
        if (!is_there)
            return NULL;
        TRY(arena_check(task->arena));
        Sibling *sibling = ARENA_NEW(task->arena, Sibling);
        sibling->id = str_copy(task->arena, sql_column_text(&rows, 0));
        sibling->number = sql_column_is_null(&rows, 1) ? -1 : sql_column_int(&rows, 1);
        sibling->row_id_word = str_copy(task->arena, sql_column_text(&rows, 2));
        list_add(&out->list, task->arena, sibling);
        map_put(&out->by_id, task->arena, sibling->id, sibling);
    }
}

static Error *write_number(Task *task, const Siblings *siblings, const Sibling *sibling,
                           int64_t number)
{
    const Hierarchy *hierarchy = siblings->entity->hierarchy;
    bool is_root = str_is_none(siblings->parent);
    const Entity *entity = is_root ? siblings->entity : hierarchy->relation;
    RecordDraft row;
    bool *is_changed = ARENA_ARRAY(task->arena, bool, entity->column_count);
    TRY(draft_begin_update(task, entity, sibling->row_id_word, &row));
    draft_set(&row, is_root ? hierarchy->root_order : hierarchy->order, sql_int(number));
    if (!draft_find_changes(task, &row, is_changed))
        return NULL;
    return row_change(task, &row, is_changed);
}

static Error *write_numbers(Task *task, const Siblings *siblings, const List *order,
                            bool *out_changed)
{
    for (size_t i = 0; i < order->count; i++) {
        const Sibling *sibling = order->items[i];
        if (sibling->number == (int64_t)i)
            continue;
        *out_changed = true;
        TRY(write_number(task, siblings, sibling, (int64_t)i));
    }
    return NULL;
}

static void place(Task *task, List *order, Sibling *sibling)
{
    if (!sibling->is_placed)
        list_add(order, task->arena, sibling);
    sibling->is_placed = true;
}

static void place_rest(Task *task, const Siblings *siblings, List *order)
{
    for (size_t i = 0; i < siblings->list.count; i++)
        place(task, order, siblings->list.items[i]);
}

static Error *sort_by_ids(Task *task, const Entity *entity, const JsonValue *body,
                          bool *out_changed)
{
    const JsonValue *ids = json_find(body, STR("_sortedIds"));
    Str parent = json_find_text(body, STR("_id"));
    Siblings siblings;
    List order = { 0 };
    if (!json_is_list(ids))
        return order_error(task, "_sortedIds", "must be a list of ids");
    TRY(read_siblings(task, entity, parent.len == 0 ? STR_NONE : parent, &siblings));
    for (size_t i = 0; i < ids->list.count; i++) {
        Sibling *sibling = json_is_text(&ids->list.items[i])
                               ? map_find(&siblings.by_id, ids->list.items[i].text)
                               : NULL;
        if (sibling == NULL)
            return order_error(task, "_sortedIds", "names a record that does not stand there");
        place(task, &order, sibling);
    }
    place_rest(task, &siblings, &order);
    return write_numbers(task, &siblings, &order, out_changed);
}

static bool is_inside(const JsonValue *body)
{
    return str_equal(json_find_text(body, STR("_position")), STR("inside"));
}

/* Stored order: "after" in a list that is shown the other way round is "before". */
static bool goes_before(const JsonValue *body)
{
    const JsonValue *ascending = json_find(body, STR("_sortAsc"));
    bool is_descending = ascending != NULL && ascending->kind == JSON_BOOL && !ascending->boolean;
    return is_descending;
}

static Error *move_to_position(Task *task, const RecordDraft *draft, const JsonValue *body,
                               bool *out_changed)
{
    Siblings siblings;
    List order = { 0 };
    Str target = json_find_text(body, STR("_target"));
    bool is_first = is_inside(body) && !goes_before(body);
    TRY(read_siblings(task, draft->entity, hierarchy_first_parent(draft), &siblings));
    Sibling *moved = map_find(&siblings.by_id, draft->id);
    Sibling *beside = map_find(&siblings.by_id, target);
    if (moved == NULL || moved == beside || (beside == NULL && !is_inside(body)))
        return order_error(task, "_target", "does not stand beside the record");
    if (is_first)
        place(task, &order, moved);
    for (size_t i = 0; i < siblings.list.count; i++) {
        Sibling *sibling = siblings.list.items[i];
        if (sibling == moved)
            continue;
        if (sibling == beside && goes_before(body))
            place(task, &order, moved);
        place(task, &order, sibling);
        if (sibling == beside)
            place(task, &order, moved);
    }
    place(task, &order, moved);
    return write_numbers(task, &siblings, &order, out_changed);
}

static Error *take_place_of(Task *task, RecordDraft *draft, Str target, bool is_below)
{
    const Field *own_parent = draft->entity->hierarchy->own_parent;
    RecordDraft beside;
    bool is_there = false;
    TRY(draft_find(task, draft->entity, target, &beside, &is_there));
    if (!is_there)
        return order_error(task, "_target", "names no record");
    if (is_below)
        draft_set(draft, own_parent, sql_text(target));
    else if (!draft_is_given(draft, own_parent))
        draft_set(draft, own_parent, *draft_get(&beside, own_parent));
    return NULL;
}

Error *hierarchy_order_read(Task *task, RecordDraft *draft, const JsonValue *body)
{
    const Hierarchy *hierarchy = draft->entity->hierarchy;
    Str position = json_find_text(body, STR("_position"));
    Str target = json_find_text(body, STR("_target"));
    if (hierarchy == NULL || hierarchy->own_parent == NULL || str_is_none(position))
        return NULL;
    if (!is_inside(body) && !str_equal(position, STR("after")))
        return order_error(task, "_position", "must be 'after' or 'inside'");
    if (target.len == 0)
        return order_error(task, "_target", "must be an id");
    return take_place_of(task, draft, target, is_inside(body));
}

Error *hierarchy_order_apply(Task *task, const RecordDraft *draft, const JsonValue *body,
                             bool *out_changed)
{
    const Hierarchy *hierarchy = draft->entity->hierarchy;
    if (hierarchy == NULL)
        return NULL;
    if (json_find(body, STR("_sortedIds")) != NULL &&
        str_equal(json_find_text(body, STR("_link")), STR("children")))
        return sort_by_ids(task, draft->entity, body, out_changed);
    if (hierarchy->own_parent == NULL || str_is_none(json_find_text(body, STR("_position"))))
        return NULL;
    return move_to_position(task, draft, body, out_changed);
}
