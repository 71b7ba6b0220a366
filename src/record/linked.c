#include "record/linked.h"

#include "query/linked_query.h"
#include "query/lookup.h"
#include "query/parent_query.h"
#include "query/row_statement.h"
#include "record/hierarchy.h"
#include "record/inheritance.h"
#include "record/record.h"
#include "record/row.h"

typedef struct LinkedEntry {
    Str id;
    Str name;
    struct LinkedEntry *next;
    struct LinkedEntry *last; /* of the list, kept in its first entry */
} LinkedEntry;

static void add_entry(Task *task, LinkedBatch *batch, Str id, LinkedEntry *entry)
{
    LinkedEntry *first = map_find(&batch->by_id, id);
    entry->last = entry;
    if (first == NULL) {
        map_put(&batch->by_id, task->arena, str_copy(task->arena, id), entry);
        return;
    }
    first->last->next = entry;
    first->last = entry;
}

Error *linked_ask(Task *task, const Field *field, const Str *ids, size_t count,
                  const Language *language, LinkedBatch *out)
{
    SqlText text = sql_text_new(task->sql);
    SqlValue *values = ARENA_ARRAY(task->arena, SqlValue, count);
    *out = (LinkedBatch){ .field = field };
    if (count == 0)
        return NULL;
    for (size_t i = 0; i < count; i++)
        values[i] = sql_text(ids[i]);
    if (field->parent_id != NULL)
        parent_query_put(&text, task->schema, field, values, count, language);
    else
        linked_query_put(&text, field->link, values, count, language);
    return sql_query_ahead(task->sql, &text, &out->rows);
}

static Error *take_entries(Task *task, LinkedBatch *batch)
{
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&batch->rows, &has_row));
        if (!has_row)
            return NULL;
        TRY(arena_check(task->arena));
        LinkedEntry *entry = ARENA_NEW(task->arena, LinkedEntry);
        entry->id = str_copy(task->arena, sql_column_text(&batch->rows, 1));
        entry->name = str_copy(task->arena, sql_column_text(&batch->rows, 2));
        add_entry(task, batch, sql_column_text(&batch->rows, 0), entry);
    }
}

Error *linked_take(Task *task, LinkedBatch *batch)
{
    Error *error = batch->rows.statement == NULL ? NULL : take_entries(task, batch);
    sql_close(&batch->rows);
    return error;
}

void linked_close(LinkedBatch *batches, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sql_close(&batches[i].rows);
}

Error *linked_read(Task *task, const Field *field, const Str *ids, size_t count, LinkedBatch *out)
{
    TRY(linked_ask(task, field, ids, count, NULL, out));
    return linked_take(task, out);
}

void linked_write_key(const LinkedBatch *batch, const Key *key, Str id, JsonWriter *writer)
{
    const LinkedEntry *entry = map_find(&batch->by_id, id);
    bool is_list = key->role == KEY_LINK_IDS;
    json_write_quoted_key(writer, key->quoted);
    if (key->role == KEY_PARENT_NAME) {
        json_write_text_or_null(writer, entry == NULL ? STR_NONE : entry->name);
        return;
    }
    if (is_list)
        json_begin_list(writer);
    else
        json_begin_object(writer);
    for (; entry != NULL; entry = entry->next) {
        if (is_list) {
            json_write_text(writer, entry->id);
            continue;
        }
        json_write_key(writer, entry->id);
        json_write_text_or_null(writer, entry->name);
    }
    if (is_list)
        json_end_list(writer);
    else
        json_end_object(writer);
}

Error *linked_ids(Task *task, const Field *field, Str id, Str **out, size_t *out_count)
{
    LinkedBatch batch;
    size_t count = 0;
    TRY(linked_read(task, field, &id, 1, &batch));
    const LinkedEntry *first = map_find(&batch.by_id, id);
    for (const LinkedEntry *entry = first; entry != NULL; entry = entry->next)
        count++;
    *out = ARENA_ARRAY(task->arena, Str, count);
    *out_count = 0;
    for (const LinkedEntry *entry = first; entry != NULL; entry = entry->next)
        (*out)[(*out_count)++] = entry->id;
    return NULL;
}

size_t linked_count(const LinkedBatch *batch, Str id)
{
    size_t count = 0;
    for (const LinkedEntry *entry = map_find(&batch->by_id, id); entry != NULL; entry = entry->next)
        count++;
    return count;
}

static void put_ids(Task *task, const LinkedBatch *batch, Str id, Map *out)
{
    for (LinkedEntry *entry = map_find(&batch->by_id, id); entry != NULL; entry = entry->next)
        map_put(out, task->arena, entry->id, entry);
}

void linked_list_missing(Task *task, const LinkedBatch *batch, Str id, Str from, Str **out,
                         size_t *out_count)
{
    Map own = { 0 };
    put_ids(task, batch, id, &own);
    *out = ARENA_ARRAY(task->arena, Str, linked_count(batch, from));
    *out_count = 0;
    for (const LinkedEntry *entry = map_find(&batch->by_id, from); entry != NULL;
         entry = entry->next)
        if (map_find(&own, entry->id) == NULL)
            (*out)[(*out_count)++] = entry->id;
}

bool linked_is_same(Task *task, const LinkedBatch *batch, Str a, Str b)
{
    Str *missing;
    size_t count = 0;
    if (linked_count(batch, a) != linked_count(batch, b))
        return false;
    linked_list_missing(task, batch, a, b, &missing, &count);
    return count == 0;
}

Error *linked_find_ids(Task *task, const Link *link, Str id, size_t max, Str *out_ids,
                       size_t *out_count)
{
    SqlText text = sql_text_new(task->sql);
    AUTO_CLOSE SqlRows rows = { 0 };
    SqlValue value = sql_text(id);
    size_t count = 0;
    linked_query_put(&text, link, &value, 1, NULL);
    TRY(sql_query(task->sql, &text, &rows));
    while (count < max) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            break;
        out_ids[count++] = str_copy(task->arena, sql_column_text(&rows, 1));
    }
    *out_count = count;
    return NULL;
}

/* The live relation row of a pair, none when there is none. */
static Error *find_relation(Task *task, const Link *link, Str id, Str linked_id,
                            Str *out_relation_id)
{
    LookupMatch matches[] = { { .column = link->near->column, .value = sql_text(id) },
                              { .column = link->far->column, .value = sql_text(linked_id) } };
    return lookup_find_id(task->sql, link->relation, matches, 2, out_relation_id);
}

static Error *make_relation(Task *task, const Link *link, Str id, Str linked_id, bool *out_changed)
{
    RecordDraft draft;
    draft_begin_new(task, link->relation, &draft);
    draft_set(&draft, link->near, sql_text(id));
    draft_set(&draft, link->far, sql_text(linked_id));
    draft_fill_defaults(task, &draft);
    *out_changed = true;
    TRY(hierarchy_before_relation(task, &draft));
    TRY(row_add(task, &draft));
    return inheritance_spread_row(task, &draft, true);
}

/* The other record's link field, with every rule of that record. `expected` not null: only when it
 * has that value. */
static Error *set_foreign(Task *task, const Link *link, Str linked_id, SqlValue value,
                          SqlValue expected, bool *out_changed)
{
    RecordDraft draft;
    RecordResult result;
    bool is_there = false;
    TRY(draft_find(task, link->target, linked_id, &draft, &is_there));
    if (!is_there || (expected.kind != SQL_NULL &&
                      !sql_value_equal(draft_get(&draft, link->foreign), &expected)))
        return NULL;
    TRY(record_set(task, link->target, linked_id, link->foreign, value, &result));
    *out_changed = *out_changed || result.outcome != RECORD_UNCHANGED;
    return NULL;
}

/* `parents` where there is one at most: it is the record's own value. */
static bool is_single_parent(const Link *link)
{
    const Hierarchy *hierarchy = link->entity->hierarchy;
    return hierarchy != NULL && hierarchy->own_parent != NULL && link == hierarchy->parents;
}

static Error *set_parent(Task *task, const Link *link, Str id, SqlValue value, SqlValue expected,
                         bool *out_changed)
{
    Link own = *link;
    own.foreign = link->entity->hierarchy->own_parent;
    return set_foreign(task, &own, id, value, expected, out_changed);
}

/* They are not linked yet. */
static Error *add_new(Task *task, const Link *link, Str id, Str linked_id, bool *out_changed)
{
    if (is_single_parent(link))
        return set_parent(task, link, id, sql_text(linked_id), sql_null(), out_changed);
    if (link->type == LINK_MANY_TO_MANY)
        return make_relation(task, link, id, linked_id, out_changed);
    return set_foreign(task, link, linked_id, sql_text(id), sql_null(), out_changed);
}

Error *linked_add(Task *task, const Link *link, Str id, Str linked_id, bool *out_changed)
{
    Str existing = STR_NONE;
    if (link->type == LINK_MANY_TO_MANY)
        TRY(find_relation(task, link, id, linked_id, &existing));
    return str_is_none(existing) ? add_new(task, link, id, linked_id, out_changed) : NULL;
}

static Error *remove_relation(Task *task, const Link *link, Str id, Str linked_id,
                              bool *out_changed)
{
    Str relation_id;
    RecordDraft row;
    TRY(find_relation(task, link, id, linked_id, &relation_id));
    if (str_is_none(relation_id))
        return NULL;
    *out_changed = true;
    TRY(draft_begin_update(task, link->relation, relation_id, &row));
    TRY(row_trash(task, link->relation, relation_id));
    return inheritance_spread_row(task, &row, false);
}

Error *linked_remove(Task *task, const Link *link, Str id, Str linked_id, bool *out_changed)
{
    if (is_single_parent(link))
        return set_parent(task, link, id, sql_null(), sql_text(linked_id), out_changed);
    if (link->type == LINK_MANY_TO_MANY)
        return remove_relation(task, link, id, linked_id, out_changed);
    return set_foreign(task, link, linked_id, sql_null(), sql_text(id), out_changed);
}

Error *linked_set(Task *task, const RecordDraft *draft, const DraftLinks *links, bool *out_changed)
{
    LinkedBatch now;
    const Link *link = links->field->link;
    Map linked = { 0 };
    TRY(linked_read(task, links->field, &draft->id, draft->is_new ? 0 : 1, &now));
    for (LinkedEntry *entry = map_find(&now.by_id, draft->id); entry != NULL; entry = entry->next) {
        map_put(&linked, task->arena, entry->id, entry);
        if (!links->is_added_only && map_find(&links->by_id, entry->id) == NULL)
            TRY(linked_remove(task, link, draft->id, entry->id, out_changed));
    }
    for (size_t i = 0; i < links->count; i++)
        if (map_find(&linked, links->ids[i]) == NULL)
            TRY(add_new(task, link, draft->id, links->ids[i], out_changed));
    return NULL;
}

Error *linked_differs(Task *task, const RecordDraft *draft, const DraftLinks *links,
                      bool *out_differs)
{
    LinkedBatch now;
    size_t kept = 0;
    TRY(linked_read(task, links->field, &draft->id, 1, &now));
    *out_differs = false;
    for (LinkedEntry *entry = map_find(&now.by_id, draft->id); entry != NULL; entry = entry->next) {
        bool is_wanted = map_find(&links->by_id, entry->id) != NULL;
        kept += is_wanted;
        *out_differs = *out_differs || (!is_wanted && !links->is_added_only);
    }
    *out_differs = *out_differs || kept != links->count;
    return NULL;
}
