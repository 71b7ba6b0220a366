#include "record/computed.h"

#include "query/tree_query.h"
#include "record/inheritance.h"

#define COMPUTED_IDS 512
/* Of the text of one record's routes. */
#define COMPUTED_MAX_BYTES ((size_t)1 << 20)

typedef struct WayUp {
    Str parent_id;
    Str parent_name;
    struct WayUp *next; /* another parent of the same record */
} WayUp;

static bool wants(const SelectPlan *plan, unsigned computed_bits)
{
    for (size_t i = 0; i < plan->item_count; i++)
        if (plan->items[i].key->role == KEY_COMPUTED &&
            (computed_bits & (1u << plan->items[i].key->field->computed)) != 0)
            return true;
    return false;
}

static void add_way(Task *task, ComputedBatch *batch, const SqlRows *rows)
{
    WayUp *way = ARENA_NEW(task->arena, WayUp);
    Str lower = sql_column_text(rows, 0);
    way->parent_id = str_copy(task->arena, sql_column_text(rows, 1));
    way->parent_name = str_copy(task->arena, sql_column_text(rows, 2));
    WayUp *first = map_find(&batch->parents, lower);
    if (first == NULL) {
        map_put(&batch->parents, task->arena, str_copy(task->arena, lower), way);
        return;
    }
    /* The same way may come again, from another part of the records. */
    while (first->next != NULL && !str_equal(first->parent_id, way->parent_id))
        first = first->next;
    if (!str_equal(first->parent_id, way->parent_id))
        first->next = way;
}

static void add_count(Task *task, ComputedBatch *batch, const SqlRows *rows)
{
    int64_t *count = ARENA_NEW(task->arena, int64_t);
    *count = sql_column_int(rows, 1);
    map_put(&batch->counts, task->arena, str_copy(task->arena, sql_column_text(rows, 0)), count);
}

static Error *take(Task *task, const SqlText *text, ComputedBatch *batch,
                   void (*add)(Task *task, ComputedBatch *batch, const SqlRows *rows))
{
    AUTO_CLOSE SqlRows rows = { 0 };
    TRY(sql_query(task->sql, text, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            return NULL;
        TRY(arena_check(task->arena));
        add(task, batch, &rows);
    }
}

static Error *read_part(Task *task, const SelectPlan *plan, const Str *ids, size_t count,
                        ComputedBatch *out)
{
    SqlValue *values = ARENA_ARRAY(task->arena, SqlValue, count);
    for (size_t i = 0; i < count; i++)
        values[i] = sql_text(ids[i]);
    if (wants(plan, 1u << COMPUTED_HAS_CHILDREN | 1u << COMPUTED_CHILDREN_COUNT)) {
        SqlText text = sql_text_new(task->sql);
        tree_query_put_child_counts(&text, plan->entity, values, count);
        TRY(take(task, &text, out, add_count));
    }
    if (!wants(plan, ~(1u << COMPUTED_HAS_CHILDREN | 1u << COMPUTED_CHILDREN_COUNT)))
        return NULL;
    SqlText text = sql_text_new(task->sql);
    tree_query_put_ways_up(&text, plan->entity, values, count);
    return take(task, &text, out, add_way);
}

Error *computed_read(Task *task, const SelectPlan *plan, const Str *ids, size_t count,
                     SelectScope scope, ComputedBatch *out)
{
    *out = (ComputedBatch){ .arena = task->arena, .inherited = STR_NONE };
    if (!plan->has_computed || plan->entity->hierarchy == NULL)
        return NULL;
    for (size_t from = 0; from < count; from += COMPUTED_IDS) {
        size_t rest = count - from;
        TRY(read_part(task, plan, ids + from, rest < COMPUTED_IDS ? rest : COMPUTED_IDS, out));
    }
    if (scope != SELECT_READ || count != 1 || !wants(plan, 1u << COMPUTED_INHERITED_FIELDS))
        return NULL;
    const WayUp *way = map_find(&out->parents, ids[0]);
    out->inherited = STR("[]");
    for (; way != NULL && str_equal(out->inherited, STR("[]")); way = way->next)
        TRY(inheritance_list(task, plan->entity, ids[0], way->parent_id, &out->inherited));
    return NULL;
}

/* ---- writing ---- */

/* The first way up, from the direct parent to the root. */
static size_t find_first_way(const ComputedBatch *batch, Str id, const WayUp **out)
{
    size_t count = 0;
    const WayUp *way = map_find(&batch->parents, id);
    for (; way != NULL && count < COMPUTED_MAX_LEVELS; count++) {
        out[count] = way;
        way = map_find(&batch->parents, way->parent_id);
    }
    return count;
}

typedef struct Routes {
    const ComputedBatch *batch;
    JsonWriter *writer; /* of the list; NULL: only the first, as it stands */
    size_t count;
    Str first;
} Routes;

/* One step of a way, from the record upwards. */
typedef struct RouteStep {
    const struct RouteStep *lower;
    Str id;
    size_t level;
} RouteStep;

static void write_one_route(Routes *routes, const RouteStep *top)
{
    Buf buf;
    buf_init(&buf, routes->batch->arena, COMPUTED_MAX_BYTES);
    for (const RouteStep *step = top; step != NULL; step = step->lower) {
        buf_append_byte(&buf, '|');
        buf_append(&buf, step->id);
    }
    buf_append_byte(&buf, '|');
    if (routes->count++ == 0)
        routes->first = buf_str(&buf);
    if (routes->writer != NULL)
        json_write_text(routes->writer, buf_str(&buf));
}

static void walk_routes(Routes *routes, Str id, const RouteStep *lower)
{
    const WayUp *way = map_find(&routes->batch->parents, id);
    size_t level = lower == NULL ? 0 : lower->level;
    if (level == COMPUTED_MAX_LEVELS)
        way = NULL;
    if (way == NULL && lower != NULL)
        write_one_route(routes, lower);
    for (; way != NULL && routes->count < COMPUTED_MAX_ROUTES; way = way->next) {
        RouteStep step = { .lower = lower, .id = way->parent_id, .level = level + 1 };
        walk_routes(routes, way->parent_id, &step);
        if (routes->writer == NULL)
            return;
    }
}

static void write_routes(const ComputedBatch *batch, Str id, JsonWriter *writer)
{
    Routes routes = { .batch = batch, .writer = writer };
    json_begin_list(writer);
    walk_routes(&routes, id, NULL);
    json_end_list(writer);
}

static void write_route_ids(const ComputedBatch *batch, Str id, JsonWriter *writer)
{
    Routes routes = { .batch = batch, .first = STR("") };
    walk_routes(&routes, id, NULL);
    json_write_text(writer, routes.first);
}

static void write_route_names(const ComputedBatch *batch, Str id, JsonWriter *writer)
{
    Buf buf;
    const WayUp *ways[COMPUTED_MAX_LEVELS];
    buf_init(&buf, batch->arena, COMPUTED_MAX_BYTES);
    for (size_t i = find_first_way(batch, id, ways); i > 0; i--) {
        if (buf.len > 0)
            buf_append(&buf, STR(" / "));
        buf_append(&buf, ways[i - 1]->parent_name);
    }
    json_write_text(writer, buf_str(&buf));
}

static void write_route(const ComputedBatch *batch, Str id, JsonWriter *writer)
{
    const WayUp *ways[COMPUTED_MAX_LEVELS];
    json_begin_object(writer);
    for (size_t i = find_first_way(batch, id, ways); i > 0; i--) {
        json_write_key(writer, ways[i - 1]->parent_id);
        json_write_text_or_null(writer, ways[i - 1]->parent_name);
    }
    json_end_object(writer);
}

void computed_write_key(const ComputedBatch *batch, const Key *key, Str id, JsonWriter *writer)
{
    const int64_t *count = map_find(&batch->counts, id);
    ComputedField computed = key->field->computed;
    if (computed == COMPUTED_INHERITED_FIELDS && str_is_none(batch->inherited))
        return;
    json_write_quoted_key(writer, key->quoted);
    switch (computed) {
    case COMPUTED_IS_ROOT:
        json_write_bool(writer, map_find(&batch->parents, id) == NULL);
        return;
    case COMPUTED_HAS_CHILDREN:
        json_write_bool(writer, count != NULL);
        return;
    case COMPUTED_CHILDREN_COUNT:
        json_write_int(writer, count == NULL ? 0 : *count);
        return;
    case COMPUTED_ROUTE:
        write_route(batch, id, writer);
        return;
    case COMPUTED_ROUTES:
        write_routes(batch, id, writer);
        return;
    case COMPUTED_ROUTE_IDS:
        write_route_ids(batch, id, writer);
        return;
    case COMPUTED_ROUTE_NAMES:
        write_route_names(batch, id, writer);
        return;
    case COMPUTED_INHERITED_FIELDS:
        json_write_raw(writer, batch->inherited);
        return;
    case COMPUTED_NONE:
        json_write_null(writer);
        return;
    }
}
