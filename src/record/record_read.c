#include "access/access.h"
#include "query/counter.h"
#include "query/list_query.h"
#include "query/read_query.h"
#include "record/computed.h"
#include "record/hierarchy.h"
#include "record/linked.h"
#include "record/personal.h"
#include "record/record.h"
#include "record/relation_page.h"

/* A text search that hits at least this many records, and at least one of so many, is run along the
 * sort order: the page is full long before all hits are sorted (measured at 47k rows: 1 us a hit
 * against 2 us a row walked over). */
#define WALK_FROM_HITS 2000
#define WALK_FROM_SHARE 8

Error *record_not_found(Task *task, const Entity *entity)
{
    Error *error = error_new(task->arena, ERROR_NOT_FOUND, "There is no such record of '%.*s'",
                             STR_ARGS(entity->name));
    error->entity = entity->name;
    return error;
}

/* ---- one record ---- */

/* All linked lists of a page, asked for together. */
static Error *ask_linked(Task *task, const SelectPlan *plan, const Str *ids, size_t count,
                         LinkedBatch *out)
{
    memset(out, 0, plan->multiple_count * sizeof *out);
    for (size_t i = 0; i < plan->multiple_count; i++)
        TRY(linked_ask(task, plan->multiple[i], ids, count, plan->language.language, &out[i]));
    if (!plan->has_computed)
        sql_expect_no_more(task->sql);
    return NULL;
}

static Error *take_linked(Task *task, const SelectPlan *plan, LinkedBatch *batches)
{
    for (size_t i = 0; i < plan->multiple_count; i++)
        TRY(linked_take(task, &batches[i]));
    return NULL;
}

static void write_linked(const SelectPlan *plan, const LinkedBatch *batches, Str id,
                         JsonWriter *writer)
{
    for (size_t i = 0; i < plan->multiple_count; i++)
        for (size_t j = 0; j < plan->item_count; j++)
            if (plan->items[j].key->field == plan->multiple[i])
                linked_write_key(&batches[i], plan->items[j].key, id, writer);
}

/* With all of a record comes the caller's bookmark of it. */
static void add_bookmark(const Task *task, SelectPlan *plan)
{
    if (!plan->entity->has_bookmarks)
        return;
    plan->bookmark = schema_find_entity(task->schema, STR("Bookmark"));
    plan->bookmark_user = task->caller->user_id;
}

static Error *take_row(Task *task, const SelectPlan *plan, SqlRows *rows, JsonWriter *writer)
{
    bool has_row = false;
    TRY(sql_next(rows, &has_row));
    if (!has_row)
        return record_not_found(task, plan->entity);
    select_plan_write_row(plan, writer, rows);
    return NULL;
}

static Error *read_row(Task *task, const SelectPlan *plan, Str id, LinkedBatch *batches,
                       JsonWriter *writer)
{
    SqlText text = sql_text_new(task->sql);
    AUTO_CLOSE SqlRows rows = { 0 };
    read_query_put(&text, plan, id);
    TRY(sql_query_ahead(task->sql, &text, &rows));
    TRY(ask_linked(task, plan, &id, 1, batches));
    TRY(take_row(task, plan, &rows, writer));
    return take_linked(task, plan, batches);
}

static Error *write_computed(Task *task, const SelectPlan *plan, Str id, JsonWriter *writer)
{
    ComputedBatch computed;
    TRY(computed_read(task, plan, &id, 1, SELECT_READ, &computed));
    for (size_t i = 0; i < plan->item_count; i++)
        if (plan->items[i].key->role == KEY_COMPUTED)
            computed_write_key(&computed, plan->items[i].key, id, writer);
    return NULL;
}

Error *record_read(Task *task, const Entity *entity, Str id, const ListSpec *select, Buf *out)
{
    SelectPlan plan;
    JsonWriter writer;
    TRY(access_check(task, entity, ACCESS_READ));
    TRY(task_reader(task));
    TRY(personal_check_read(task, entity, id));
    select_plan_make(task->arena, entity,
                     select == NULL ? NULL : (const Key *const *)select->select,
                     select == NULL ? 0 : select->select_count, SELECT_READ,
                     select == NULL ? (LanguageChoice){ 0 } : select->language, &plan);
    if (select == NULL || select->select == NULL)
        add_bookmark(task, &plan);
    LinkedBatch *batches = ARENA_ARRAY(task->arena, LinkedBatch, plan.multiple_count);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    Error *error = read_row(task, &plan, id, batches, &writer);
    linked_close(batches, plan.multiple_count);
    TRY(error);
    write_linked(&plan, batches, id, &writer);
    TRY(write_computed(task, &plan, id, &writer));
    json_end_object(&writer);
    return buf_check(out);
}

/* ---- lists ---- */

/* Versions of the entities that decide a count. With more of them than it holds the count is not
 * kept. */
#define VERSIONS_MAX 16

typedef struct Versions {
    Task *task;
    const Entity *entities[VERSIONS_MAX];
    int64_t values[VERSIONS_MAX];
    size_t count;
    bool is_over;
    Error *error;
} Versions;

static void add_version(void *context, const Entity *target)
{
    Versions *versions = context;
    Counter counter;
    for (size_t i = 0; i < versions->count; i++)
        if (versions->entities[i] == target)
            return;
    versions->is_over = versions->is_over || versions->count == VERSIONS_MAX;
    if (versions->error != NULL || versions->is_over)
        return;
    versions->error = counter_read(versions->task->sql, target, &counter);
    versions->entities[versions->count] = target;
    versions->values[versions->count++] = counter.version;
}

static Error *count_rows(Task *task, const SqlText *text, int64_t *out)
{
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    TRY(sql_query(task->sql, text, &rows));
    TRY(sql_next(&rows, &has_row));
    *out = has_row ? sql_column_int(&rows, 0) : 0;
    return NULL;
}

/* Exact: the versions are read in the snapshot that the count is for. */
static Error *count_filtered(Task *task, const ListSpec *spec, int64_t own_version, int64_t *out)
{
    Versions versions = {
        .task = task, .entities = { spec->entity }, .values = { own_version }, .count = 1
    };
    if (spec->where != NULL)
        condition_visit_targets(spec->where, add_version, &versions);
    if (spec->relation_where != NULL)
        condition_visit_targets(spec->relation_where, add_version, &versions);
    if (spec->link != NULL)
        add_version(&versions, spec->link->type == LINK_MANY_TO_MANY ? spec->link->relation
                                                                     : spec->link->entity);
    TRY(versions.error);
    SqlText text = sql_text_new(task->sql);
    list_query_put_count(&text, spec);
    Str key = total_cache_key(task->arena, &text, versions.values, versions.count);
    if (!versions.is_over && total_cache_find(task->instance->totals, key, out))
        return NULL;
    TRY(count_rows(task, &text, out));
    if (!versions.is_over)
        total_cache_put(task->instance->totals, key, *out);
    return NULL;
}

static Error *find_total(Task *task, const ListSpec *spec, int64_t *out, SearchMode *out_mode)
{
    Counter counter;
    TRY(counter_read(task->sql, spec->entity, &counter));
    *out = counter.live;
    if (spec->where != NULL || spec->link != NULL)
        TRY(count_filtered(task, spec, counter.version, out));
    bool is_common = *out >= WALK_FROM_HITS && *out >= counter.live / WALK_FROM_SHARE;
    *out_mode = is_common ? SEARCH_WALK : SEARCH_SEEK;
    return NULL;
}

/* Rows whose linked lists are still to come: their JSON so far, without the closing brace. */
typedef struct PageRow {
    Str id;
    size_t end; /* in the page's buffer */
} PageRow;

typedef struct Page {
    Buf rows_json;
    PageRow *rows;
    Str *ids;
    size_t count;
} Page;

static Error *write_rows(const SelectPlan *plan, SqlRows *rows, JsonWriter *writer)
{
    for (;;) {
        bool has_row = false;
        TRY(sql_next(rows, &has_row));
        if (!has_row)
            return NULL;
        json_begin_object(writer);
        select_plan_write_row(plan, writer, rows);
        json_end_object(writer);
        TRY(buf_check(writer->buf));
    }
}

static Error *gather_rows(Task *task, const SelectPlan *plan, size_t max_rows, SqlRows *rows,
                          Page *page)
{
    page->rows = ARENA_ARRAY(task->arena, PageRow, max_rows);
    page->ids = ARENA_ARRAY(task->arena, Str, max_rows);
    buf_init(&page->rows_json, task->arena, (size_t)64 << 20);
    for (;;) {
        JsonWriter writer;
        bool has_row = false;
        TRY(sql_next(rows, &has_row));
        if (!has_row)
            return NULL;
        json_writer_init(&writer, &page->rows_json);
        select_plan_write_row(plan, &writer, rows);
        page->ids[page->count] = str_copy(task->arena, sql_column_text(rows, 0));
        page->rows[page->count].end = page->rows_json.len;
        page->count++;
        TRY(buf_check(&page->rows_json));
    }
}

/* What the rows of a page do not have themselves, read for all of them together. */
typedef struct Gathered {
    LinkedBatch *batches;
    ComputedBatch computed;
    bool tells_inherited;  /* of a linked list that children take from their parents */
    Map inherited;         /* ids that a parent is linked to as well */
    RelationPage relation; /* own fields of the rows of a many-to-many link */
} Gathered;

static Error *read_batches(Task *task, const SelectPlan *plan, const Page *page, SelectScope scope,
                           Gathered *out)
{
    *out = (Gathered){ .batches = ARENA_ARRAY(task->arena, LinkedBatch, plan->multiple_count) };
    Error *error = ask_linked(task, plan, page->ids, page->count, out->batches);
    if (error == NULL)
        error = take_linked(task, plan, out->batches);
    linked_close(out->batches, plan->multiple_count);
    TRY(error);
    return computed_read(task, plan, page->ids, page->count, scope, &out->computed);
}

static bool tells_inherited(const ListSpec *spec)
{
    return spec->link != NULL && spec->link->is_inherited;
}

static Error *read_inherited(Task *task, const ListSpec *spec, Gathered *out)
{
    Str *parents;
    size_t count = 0;
    if (!tells_inherited(spec))
        return NULL;
    out->tells_inherited = true;
    TRY(hierarchy_find_parents(task, spec->link->entity, spec->from_id, &parents, &count));
    for (size_t i = 0; i < count; i++) {
        Str *ids;
        size_t linked = 0;
        TRY(linked_ids(task, spec->link->field, parents[i], &ids, &linked));
        for (size_t j = 0; j < linked; j++)
            map_put(&out->inherited, task->arena, ids[j], &ids[j]);
    }
    return NULL;
}

static void write_relation(const RelationPage *relation, Str id, JsonWriter *writer)
{
    Str fragment = relation_page_find(relation, id);
    if (str_is_none(fragment))
        return;
    buf_append(writer->buf, STR(","));
    buf_append(writer->buf, fragment);
}

/* The keys of one record that its row does not have. */
static void write_gathered(const SelectPlan *plan, const Gathered *gathered, Str id,
                           JsonWriter *writer)
{
    write_relation(&gathered->relation, id, writer);
    for (size_t i = 0; i < plan->item_count; i++) {
        const Key *key = plan->items[i].key;
        if (key->role == KEY_COMPUTED)
            computed_write_key(&gathered->computed, key, id, writer);
        for (size_t j = 0; j < plan->multiple_count && plan->items[i].column < 0; j++)
            if (key->field == plan->multiple[j])
                linked_write_key(&gathered->batches[j], key, id, writer);
    }
    if (!gathered->tells_inherited)
        return;
    json_write_key(writer, STR("isInherited"));
    json_write_bool(writer, map_find(&gathered->inherited, id) != NULL);
}

static void write_page_row(const SelectPlan *plan, const Page *page, const Gathered *gathered,
                           size_t row, JsonWriter *writer)
{
    size_t start = row == 0 ? 0 : page->rows[row - 1].end;
    json_begin_object(writer);
    buf_append(writer->buf, (Str){ page->rows_json.data + start, page->rows[row].end - start });
    writer->needs_comma = true;
    write_gathered(plan, gathered, page->ids[row], writer);
    json_end_object(writer);
}

static Error *write_rows_with_links(Task *task, const SelectPlan *plan, const ListSpec *spec,
                                    SqlRows *rows, JsonWriter *writer)
{
    Page page = { 0 };
    Gathered gathered;
    RelationPage relation;
    TRY(gather_rows(task, plan, (size_t)spec->page_rows, rows, &page));
    TRY(relation_page_read(task, spec, page.ids, page.count, &relation));
    TRY(read_batches(task, plan, &page, SELECT_LIST, &gathered));
    TRY(read_inherited(task, spec, &gathered));
    gathered.relation = relation;
    for (size_t i = 0; i < page.count; i++)
        write_page_row(plan, &page, &gathered, i, writer);
    return buf_check(writer->buf);
}

static bool needs_gathering(const ListSpec *spec, const SelectPlan *plan)
{
    return plan->multiple_count > 0 || plan->has_computed || tells_inherited(spec) ||
           spec->relation_select_count > 0;
}

/* The rows of a list on their way. */
typedef struct Listing {
    SelectPlan plan;
    SqlRows rows;
} Listing;

static Error *ask_rows(Task *task, const ListSpec *spec, SearchMode mode, Listing *out)
{
    SqlText text = sql_text_new(task->sql);
    select_plan_make(task->arena, spec->entity, (const Key *const *)spec->select,
                     spec->select_count, SELECT_LIST, spec->language, &out->plan);
    list_query_put_page(&text, task->arena, &out->plan, spec, mode);
    return sql_query_ahead(task->sql, &text, &out->rows);
}

static Error *write_list(Task *task, const ListSpec *spec, Listing *listing, JsonWriter *writer)
{
    json_write_key(writer, STR("list"));
    json_begin_list(writer);
    if (!needs_gathering(spec, &listing->plan))
        TRY(write_rows(&listing->plan, &listing->rows, writer));
    else
        TRY(write_rows_with_links(task, &listing->plan, spec, &listing->rows, writer));
    json_end_list(writer);
    return NULL;
}

/* Where rows and total don't depend on each other, both are asked for at once. */
static Error *ask_list(Task *task, const ListSpec *spec, Listing *listing, int64_t *out_total)
{
    SearchMode mode = SEARCH_SEEK;
    bool is_searched = spec->where != NULL && condition_searches_text(spec->where);
    if (spec->wants_rows && !is_searched)
        TRY(ask_rows(task, spec, mode, listing));
    bool needs_more = needs_gathering(spec, &listing->plan);
    if (!needs_more && spec->where == NULL && spec->link == NULL)
        sql_expect_no_more(task->sql);
    if (spec->wants_total || is_searched)
        TRY(find_total(task, spec, out_total, &mode));
    if (spec->wants_rows && is_searched)
        TRY(ask_rows(task, spec, mode, listing));
    if (!needs_more)
        sql_expect_no_more(task->sql);
    return NULL;
}

static Error *write_answer(Task *task, const ListSpec *spec, Listing *listing, JsonWriter *writer)
{
    int64_t total = 0;
    TRY(ask_list(task, spec, listing, &total));
    json_begin_object(writer);
    if (spec->wants_total) {
        json_write_key(writer, STR("total"));
        json_write_int(writer, total);
    }
    if (spec->wants_rows)
        TRY(write_list(task, spec, listing, writer));
    json_end_object(writer);
    return NULL;
}

Error *record_list(Task *task, const ListSpec *spec, Buf *out)
{
    JsonWriter writer;
    Listing listing = { 0 };
    ListSpec visible;
    TRY(access_check(task, spec->entity, ACCESS_READ));
    TRY(task_reader(task));
    personal_restrict(task, spec, &visible);
    json_writer_init(&writer, out);
    Error *error = write_answer(task, &visible, &listing, &writer);
    sql_close(&listing.rows);
    TRY(error);
    return buf_check(out);
}

/* ---- many records by their ids ---- */

/* Of one statement: they may be large. */
#define MANY_ROWS 64

static Error *gather_many(Task *task, const SelectPlan *plan, const Str *ids, size_t count,
                          Page *page)
{
    SqlText text = sql_text_new(task->sql);
    AUTO_CLOSE SqlRows rows = { 0 };
    SqlValue values[MANY_ROWS];
    for (size_t i = 0; i < count; i++)
        values[i] = sql_text(ids[i]);
    read_query_put_many(&text, plan, values, count);
    TRY(sql_query(task->sql, &text, &rows));
    return gather_rows(task, plan, count, &rows, page);
}

static Error *keep_page_row(Task *task, const SelectPlan *plan, const Page *page,
                            const Gathered *gathered, size_t row, Arena *keep, Str *out)
{
    Buf buf;
    JsonWriter writer;
    TRY(arena_check(keep));
    ArenaMark mark = arena_mark(task->arena);
    buf_init(&buf, task->arena, (size_t)64 << 20);
    json_writer_init(&writer, &buf);
    write_page_row(plan, page, gathered, row, &writer);
    TRY(buf_check(&buf));
    *out = str_copy(keep, buf_str(&buf));
    arena_reset_to(task->arena, mark);
    return NULL;
}

static Error *read_some(Task *task, const SelectPlan *plan, const Str *ids, size_t count,
                        Arena *keep, Str *out)
{
    Page page = { 0 };
    Map records = { 0 };
    Gathered gathered;
    TRY(gather_many(task, plan, ids, count, &page));
    TRY(read_batches(task, plan, &page, SELECT_READ, &gathered));
    for (size_t i = 0; i < page.count; i++) {
        Str *record = ARENA_NEW(task->arena, Str);
        map_put(&records, task->arena, page.ids[i], record);
        TRY(keep_page_row(task, plan, &page, &gathered, i, keep, record));
    }
    for (size_t i = 0; i < count; i++) {
        const Str *record = map_find(&records, ids[i]);
        out[i] = record == NULL ? STR_NONE : *record;
    }
    return NULL;
}

Error *record_read_many(Task *task, const Entity *entity, const Str *ids, size_t count, Arena *keep,
                        Str *out)
{
    SelectPlan plan;
    TRY(access_check(task, entity, ACCESS_READ));
    TRY(task_reader(task));
    select_plan_make(task->arena, entity, NULL, 0, SELECT_READ, (LanguageChoice){ 0 }, &plan);
    add_bookmark(task, &plan);
    for (size_t i = 0; i < count; i++)
        out[i] = STR_NONE;
    for (size_t from = 0; from < count; from += MANY_ROWS) {
        ArenaMark mark = arena_mark(task->arena);
        size_t rest = count - from;
        TRY(read_some(task, &plan, ids + from, rest < MANY_ROWS ? rest : MANY_ROWS, keep,
                      out + from));
        arena_reset_to(task->arena, mark);
    }
    return NULL;
}
