#include "record/hierarchy.h"

#include "base/list.h"
#include "query/row_statement.h"
#include "query/tree_query.h"
#include "record/row.h"

/* Ids of one statement. */
#define HIERARCHY_BATCH 512

static DraftLinks *find_links(RecordDraft *draft, const Link *link)
{
    for (size_t i = 0; i < draft->link_count; i++)
        if (draft->links[i].field->link == link)
            return &draft->links[i];
    return NULL;
}

static void forget_links(RecordDraft *draft, DraftLinks *links)
{
    size_t index = (size_t)(links - draft->links);
    draft->link_count--;
    for (size_t i = index; i < draft->link_count; i++)
        draft->links[i] = draft->links[i + 1];
}

/* A body that was read before and is sent back whole has both keys: what differs from what is
 * stored is meant, and `parentId` before `parentsIds`. */
static bool is_parent_moved(const RecordDraft *draft, const Field *parent)
{
    if (!draft_is_given(draft, parent))
        return false;
    return draft->stored == NULL ||
           !sql_value_equal(draft_get(draft, parent), &draft->stored[parent->column->index]);
}

void hierarchy_read(Task *task, RecordDraft *draft)
{
    const Hierarchy *hierarchy = draft->entity->hierarchy;
    if (hierarchy == NULL || hierarchy->own_parent == NULL)
        return;
    DraftLinks *links = find_links(draft, hierarchy->parents);
    if (links == NULL)
        return;
    if (links->count > 1)
        field_problems_add(
            &draft->problems, task->arena, "badParameter", hierarchy->parents->field->name,
            "A record of '%.*s' has one parent at most.", STR_ARGS(draft->entity->name));
    else if (!is_parent_moved(draft, hierarchy->own_parent))
        draft_set(draft, hierarchy->own_parent,
                  links->count == 0 ? sql_null() : sql_text(links->ids[0]));
    forget_links(draft, links);
}

Str hierarchy_first_parent(const RecordDraft *draft)
{
    const Hierarchy *hierarchy = draft->entity->hierarchy;
    if (hierarchy == NULL)
        return STR_NONE;
    if (hierarchy->own_parent != NULL) {
        const SqlValue *parent = draft_get(draft, hierarchy->own_parent);
        return parent->kind == SQL_TEXT ? parent->text : STR_NONE;
    }
    const DraftLinks *links = find_links((RecordDraft *)(uintptr_t)draft, hierarchy->parents);
    return links == NULL || links->count == 0 ? STR_NONE : links->ids[0];
}

static Error *has_row(Task *task, const SqlText *text, bool *out)
{
    AUTO_CLOSE SqlRows rows = { 0 };
    TRY(sql_query(task->sql, text, &rows));
    return sql_next(&rows, out);
}

static Error *lock_tree(Task *task, const Entity *entity)
{
    return task->is_writing ? sql_lock(task->sql, (int64_t)str_hash(entity->name)) : NULL;
}

static Error *would_close_cycle(Task *task, const Entity *entity, Str child, Str parent, bool *out)
{
    SqlText text = sql_text_new(task->sql);
    *out = str_equal(child, parent);
    if (*out)
        return NULL;
    tree_query_put_is_above(&text, entity, parent, child);
    return has_row(task, &text, out);
}

#define CYCLE_REASON "A record can't stand under itself or under a record below it."

Error *hierarchy_check(Task *task, RecordDraft *draft)
{
    const Hierarchy *hierarchy = draft->entity->hierarchy;
    bool is_cycle = false;
    if (hierarchy == NULL || hierarchy->own_parent == NULL ||
        !is_parent_moved(draft, hierarchy->own_parent))
        return NULL;
    Str parent = hierarchy_first_parent(draft);
    if (str_is_none(parent) || str_is_none(draft->id))
        return NULL;
    /* A new record has nothing below it yet. */
    if (draft->is_new && !str_equal(draft->id, parent))
        return NULL;
    TRY(lock_tree(task, draft->entity));
    TRY(would_close_cycle(task, draft->entity, draft->id, parent, &is_cycle));
    if (is_cycle)
        field_problems_add(&draft->problems, task->arena, "cycle", hierarchy->own_parent->name,
                           CYCLE_REASON);
    return NULL;
}

/* It stays where it is until this transaction is over. */
static Error *lock_parent(Task *task, const Entity *entity, Str id)
{
    int64_t row_id;
    SqlValue *values = NULL;
    TRY(row_find(task->sql, entity, id, false, &row_id, &values));
    if (values != NULL)
        return NULL;
    Error *error =
        error_new_code(task->arena, ERROR_INVALID, "noSuchRecord",
                       "There is no record '%.*s' of '%.*s' to stand under",
                       (int)(id.len > 64 ? 64 : id.len), id.data, STR_ARGS(entity->name));
    error->field = STR("parent");
    error->entity = entity->name;
    return error;
}

static Error *next_number(Task *task, const Entity *entity, Str parent, int64_t *out)
{
    SqlText text = sql_text_new(task->sql);
    AUTO_CLOSE SqlRows rows = { 0 };
    bool is_there = false;
    tree_query_put_last_number(&text, entity, parent);
    TRY(sql_query(task->sql, &text, &rows));
    TRY(sql_next(&rows, &is_there));
    *out = is_there && !sql_column_is_null(&rows, 0) ? sql_column_int(&rows, 0) + 1 : 0;
    return NULL;
}

static Error *add_place(Task *task, const Entity *entity, Str id, Str parent)
{
    const Hierarchy *hierarchy = entity->hierarchy;
    RecordDraft row;
    int64_t number = 0;
    TRY(lock_parent(task, entity, parent));
    TRY(next_number(task, entity, parent, &number));
    draft_begin_new(task, hierarchy->relation, &row);
    draft_set(&row, hierarchy->child, sql_text(id));
    draft_set(&row, hierarchy->parent, sql_text(parent));
    draft_set(&row, hierarchy->order, sql_int(number));
    draft_fill_defaults(task, &row);
    return row_add(task, &row);
}

static Error *find_place(Task *task, const Entity *entity, Str id, Str parent, Str *out)
{
    SqlText text = sql_text_new(task->sql);
    AUTO_CLOSE SqlRows rows = { 0 };
    bool is_there = false;
    tree_query_put_relation(&text, entity, id, parent);
    TRY(sql_query(task->sql, &text, &rows));
    TRY(sql_next(&rows, &is_there));
    *out = is_there ? str_copy(task->arena, sql_column_text(&rows, 0)) : STR_NONE;
    return NULL;
}

Error *hierarchy_place(Task *task, const RecordDraft *draft, Str old_parent)
{
    const Hierarchy *hierarchy = draft->entity->hierarchy;
    Str place = STR_NONE;
    if (hierarchy == NULL || hierarchy->own_parent == NULL)
        return NULL;
    Str parent = hierarchy_first_parent(draft);
    if (str_is_none(parent) ? str_is_none(old_parent) : str_equal(parent, old_parent))
        return NULL;
    if (!str_is_none(old_parent))
        TRY(find_place(task, draft->entity, draft->id, old_parent, &place));
    if (!str_is_none(place))
        TRY(row_trash(task, hierarchy->relation, place));
    return str_is_none(parent) ? NULL : add_place(task, draft->entity, draft->id, parent);
}

Error *hierarchy_before_relation(Task *task, RecordDraft *relation)
{
    const Entity *entity = relation->entity->tree;
    bool is_cycle = false;
    int64_t number = 0;
    if (entity == NULL)
        return NULL;
    Str child = draft_get(relation, entity->hierarchy->child)->text;
    Str parent = draft_get(relation, entity->hierarchy->parent)->text;
    TRY(lock_tree(task, entity));
    TRY(would_close_cycle(task, entity, child, parent, &is_cycle));
    if (is_cycle) {
        Error *error = error_new_code(task->arena, ERROR_INVALID, "cycle", CYCLE_REASON);
        error->field = STR("parents");
        error->entity = entity->name;
        return error;
    }
    TRY(lock_parent(task, entity, parent));
    if (draft_is_given(relation, entity->hierarchy->order))
        return NULL;
    TRY(next_number(task, entity, parent, &number));
    draft_set(relation, entity->hierarchy->order, sql_int(number));
    return NULL;
}

/* ---- up and down ---- */

static SqlValue *id_values(Task *task, const Str *ids, size_t count)
{
    SqlValue *values = ARENA_ARRAY(task->arena, SqlValue, count);
    for (size_t i = 0; i < count; i++)
        values[i] = sql_text(ids[i]);
    return values;
}

/* Column 0 of all rows, each id once. */
static Error *gather_ids(Task *task, const SqlText *text, Map *seen, List *ids)
{
    AUTO_CLOSE SqlRows rows = { 0 };
    TRY(sql_query(task->sql, text, &rows));
    for (;;) {
        bool is_there = false;
        TRY(sql_next(&rows, &is_there));
        if (!is_there)
            return NULL;
        TRY(arena_check(task->arena));
        if (map_find(seen, sql_column_text(&rows, 0)) != NULL)
            continue;
        Str *id = ARENA_NEW(task->arena, Str);
        *id = str_copy(task->arena, sql_column_text(&rows, 0));
        map_put(seen, task->arena, *id, id);
        list_add(ids, task->arena, id);
    }
}

static Error *gather_children(Task *task, const Entity *entity, const Str *ids, size_t count,
                              bool with_deleted, Map *seen, List *out)
{
    for (size_t from = 0; from < count; from += HIERARCHY_BATCH) {
        size_t rest = count - from;
        size_t size = rest < HIERARCHY_BATCH ? rest : HIERARCHY_BATCH;
        SqlText text = sql_text_new(task->sql);
        tree_query_put_children(&text, entity, id_values(task, ids + from, size), size,
                                with_deleted);
        sql_put_row_lock(task->sql, &text);
        TRY(gather_ids(task, &text, seen, out));
    }
    return NULL;
}

static Str *list_ids(Task *task, const List *list, size_t from)
{
    Str *ids = ARENA_ARRAY(task->arena, Str, list->count - from);
    for (size_t i = from; i < list->count; i++)
        ids[i - from] = *(const Str *)list->items[i];
    return ids;
}

Error *hierarchy_find_children(Task *task, const Entity *entity, const Str *ids, size_t count,
                               bool with_deleted, Str **out, size_t *out_count)
{
    Map seen = { 0 };
    List found = { 0 };
    TRY(gather_children(task, entity, ids, count, with_deleted, &seen, &found));
    *out = list_ids(task, &found, 0);
    *out_count = found.count;
    return NULL;
}

Error *hierarchy_find_below(Task *task, const Entity *entity, Str id, bool with_deleted, Str **out,
                            size_t *out_count)
{
    Map seen = { 0 };
    List found = { 0 };
    Str *level = &id;
    size_t count = 1;
    map_put(&seen, task->arena, id, &id);
    while (count > 0) {
        size_t before = found.count;
        TRY(gather_children(task, entity, level, count, with_deleted, &seen, &found));
        level = list_ids(task, &found, before);
        count = found.count - before;
    }
    *out = list_ids(task, &found, 0);
    *out_count = found.count;
    return NULL;
}

/* Upper ends of the ways up from a record; with `only_direct` those of its own ways. */
static Error *gather_above(Task *task, const Entity *entity, Str id, bool only_direct, Str **out,
                           size_t *out_count)
{
    SqlText text = sql_text_new(task->sql);
    AUTO_CLOSE SqlRows rows = { 0 };
    SqlValue value = sql_text(id);
    Map seen = { 0 };
    List found = { 0 };
    tree_query_put_ways_up(&text, entity, &value, 1);
    TRY(sql_query(task->sql, &text, &rows));
    for (;;) {
        bool is_there = false;
        TRY(sql_next(&rows, &is_there));
        if (!is_there)
            break;
        bool is_wanted = !only_direct || str_equal(sql_column_text(&rows, 0), id);
        if (!is_wanted || map_find(&seen, sql_column_text(&rows, 1)) != NULL)
            continue;
        Str *upper = ARENA_NEW(task->arena, Str);
        *upper = str_copy(task->arena, sql_column_text(&rows, 1));
        map_put(&seen, task->arena, *upper, upper);
        list_add(&found, task->arena, upper);
    }
    *out = list_ids(task, &found, 0);
    *out_count = found.count;
    return NULL;
}

Error *hierarchy_find_above(Task *task, const Entity *entity, Str id, Str **out, size_t *out_count)
{
    return gather_above(task, entity, id, false, out, out_count);
}

Error *hierarchy_find_parents(Task *task, const Entity *entity, Str id, Str **out,
                              size_t *out_count)
{
    return gather_above(task, entity, id, true, out, out_count);
}

/* ---- out of the trash ---- */

static Error *check_no_trashed_parent(Task *task, const Entity *entity, Str id)
{
    Str place;
    Str *parents;
    size_t count = 0;
    TRY(find_place(task, entity, id, STR_NONE, &place));
    TRY(hierarchy_find_parents(task, entity, id, &parents, &count));
    if (str_is_none(place) || count > 0)
        return NULL;
    return error_new(task->arena, ERROR_INVALID,
                     "The parents of this record are in the trash: restore one of them first");
}

Error *hierarchy_restore_parent(Task *task, RecordDraft *draft)
{
    const Entity *entity = draft->entity;
    const Hierarchy *hierarchy = entity->hierarchy;
    int64_t row_id;
    SqlValue *parent_values = NULL;
    bool is_restored = false;
    Str place;
    if (hierarchy == NULL)
        return NULL;
    if (hierarchy->own_parent == NULL)
        return check_no_trashed_parent(task, entity, draft->id);
    Str parent = hierarchy_first_parent(draft);
    if (str_is_none(parent))
        return NULL;
    TRY(row_find(task->sql, entity, parent, true, &row_id, &parent_values));
    if (parent_values == NULL) {
        bool *is_changed = ARENA_ARRAY(task->arena, bool, entity->column_count);
        draft_set(draft, hierarchy->own_parent, sql_null());
        is_changed[hierarchy->own_parent->column->index] = true;
        return row_update(task->sql, entity, draft->row_id, draft->values, is_changed);
    }
    TRY(record_restore(task, entity, parent, &is_restored));
    TRY(find_place(task, entity, draft->id, parent, &place));
    return str_is_none(place) ? add_place(task, entity, draft->id, parent) : NULL;
}
