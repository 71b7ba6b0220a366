#include "feature/hierarchy/tree.h"

#include "access/access.h"
#include "base/list.h"
#include "json/json_writer.h"
#include "record/record.h"

/* Levels of a way that are opened. */
#define TREE_MAX_LEVELS 1000
#define TREE_BATCH 512

static Error *count_nodes(Task *task, const TreeLevel *level, int64_t *out)
{
    SqlText text = sql_text_new(task->sql);
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    tree_query_put_node_count(&text, level);
    TRY(sql_query(task->sql, &text, &rows));
    TRY(sql_next(&rows, &has_row));
    *out = has_row ? sql_column_int(&rows, 0) : 0;
    return NULL;
}

/* One level after another on the way to a record. */
typedef struct Path {
    const Str *ids; /* from the root to the record itself */
    size_t count;
} Path;

static Error *write_page(Task *task, TreeLevel *level, const Path *path, size_t depth,
                         JsonWriter *writer);

static void write_node(const SqlRows *rows, int64_t offset, int64_t total, JsonWriter *writer)
{
    json_begin_object(writer);
    json_write_key(writer, STR("id"));
    json_write_text(writer, sql_column_text(rows, 0));
    json_write_key(writer, STR("name"));
    json_write_text_or_null(writer, sql_column_text(rows, 1));
    json_write_key(writer, STR("offset"));
    json_write_int(writer, offset);
    json_write_key(writer, STR("total"));
    json_write_int(writer, total);
    json_write_key(writer, STR("disabled"));
    json_write_bool(writer, false);
    json_write_key(writer, STR("load_on_demand"));
    json_write_bool(writer, sql_column_int(rows, 2) != 0);
}

/* The node that the way goes through has its children with it. */
static Error *write_below(Task *task, const TreeLevel *level, const Path *path, size_t depth,
                          JsonWriter *writer)
{
    TreeLevel below = *level;
    if (depth + 1 >= path->count)
        return NULL;
    below.parent_id = path->ids[depth];
    below.offset = 0;
    json_write_key(writer, STR("children"));
    return write_page(task, &below, path, depth + 1, writer);
}

static Error *write_nodes(Task *task, const TreeLevel *level, const Path *path, size_t depth,
                          int64_t total, JsonWriter *writer)
{
    SqlText text = sql_text_new(task->sql);
    AUTO_CLOSE SqlRows rows = { 0 };
    tree_query_put_nodes(&text, level);
    TRY(sql_query(task->sql, &text, &rows));
    for (int64_t offset = level->offset;; offset++) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            return buf_check(writer->buf);
        write_node(&rows, offset, total, writer);
        if (depth < path->count && str_equal(sql_column_text(&rows, 0), path->ids[depth]))
            TRY(write_below(task, level, path, depth, writer));
        json_end_object(writer);
    }
}

static Error *find_position(Task *task, const TreeLevel *level, Str id, int64_t *out)
{
    TreeLevel whole = *level;
    SqlText text = sql_text_new(task->sql);
    AUTO_CLOSE SqlRows rows = { 0 };
    whole.page_rows = -1;
    tree_query_put_node_ids(&text, &whole);
    TRY(sql_query(task->sql, &text, &rows));
    for (int64_t position = 0;; position++) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            return NULL;
        if (!str_equal(sql_column_text(&rows, 0), id))
            continue;
        *out = position;
        return NULL;
    }
}

/* The list of nodes; with a way, the page around the node that is on it. */
static Error *write_page(Task *task, TreeLevel *level, const Path *path, size_t depth,
                         JsonWriter *writer)
{
    int64_t total = 0;
    int64_t position = 0;
    TRY(count_nodes(task, level, &total));
    if (depth < path->count) {
        TRY(find_position(task, level, path->ids[depth], &position));
        level->offset = position > level->page_rows / 2 ? position - level->page_rows / 2 : 0;
    }
    json_begin_list(writer);
    TRY(write_nodes(task, level, path, depth, total, writer));
    json_end_list(writer);
    return NULL;
}

static Error *write_tree(Task *task, TreeLevel *level, const Path *path, Buf *out)
{
    JsonWriter writer;
    int64_t total = 0;
    json_writer_init(&writer, out);
    TRY(count_nodes(task, level, &total));
    json_begin_object(&writer);
    json_write_key(&writer, STR("total"));
    json_write_int(&writer, total);
    json_write_key(&writer, STR("list"));
    TRY(write_page(task, level, path, 0, &writer));
    json_end_object(&writer);
    return buf_check(out);
}

Error *tree_write_level(Task *task, TreeLevel *level, Buf *out)
{
    Path path = { 0 };
    TRY(access_check(task, level->entity, ACCESS_READ));
    if (level->used_by != NULL)
        TRY(access_check(task, level->used_by->entity, ACCESS_READ));
    TRY(task_reader(task));
    return write_tree(task, level, &path, out);
}

/* ---- ways up ---- */

/* A record of a way or a branch. */
typedef struct Branch {
    Str id;
    Str name;
    Str parent_id; /* none: a root */
    bool has_name; /* it is there */
    bool is_listed;
    struct Branch *first_child;
    struct Branch *last_child;
    struct Branch *next;
} Branch;

static Branch *get_branch(Task *task, Map *branches, Str id)
{
    Branch *branch = map_find(branches, id);
    if (branch != NULL)
        return branch;
    branch = ARENA_NEW(task->arena, Branch);
    branch->id = str_copy(task->arena, id);
    branch->parent_id = STR_NONE;
    map_put(branches, task->arena, branch->id, branch);
    return branch;
}

static void set_name(Task *task, Branch *branch, Str name)
{
    branch->name = str_copy(task->arena, name);
    branch->has_name = true;
}

static Error *read_names(Task *task, const Entity *entity, const SqlValue *ids, size_t count,
                         Map *branches)
{
    SqlText text = sql_text_new(task->sql);
    AUTO_CLOSE SqlRows rows = { 0 };
    tree_query_put_names(&text, entity, ids, count);
    TRY(sql_query(task->sql, &text, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            return NULL;
        set_name(task, get_branch(task, branches, sql_column_text(&rows, 0)),
                 sql_column_text(&rows, 1));
    }
}

static Error *read_ways(Task *task, const Entity *entity, const SqlValue *ids, size_t count,
                        Map *branches)
{
    SqlText text = sql_text_new(task->sql);
    AUTO_CLOSE SqlRows rows = { 0 };
    tree_query_put_ways_up(&text, entity, ids, count);
    TRY(sql_query(task->sql, &text, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            return NULL;
        TRY(arena_check(task->arena));
        Branch *lower = get_branch(task, branches, sql_column_text(&rows, 0));
        Branch *upper = get_branch(task, branches, sql_column_text(&rows, 1));
        if (str_is_none(lower->parent_id))
            lower->parent_id = upper->id;
        set_name(task, upper, sql_column_text(&rows, 2));
    }
}

static Error *read_branches(Task *task, const Entity *entity, const Str *ids, size_t count,
                            Map *branches)
{
    SqlValue *values = ARENA_ARRAY(task->arena, SqlValue, count);
    for (size_t i = 0; i < count; i++)
        values[i] = sql_text(ids[i]);
    for (size_t from = 0; from < count; from += TREE_BATCH) {
        size_t size = count - from < TREE_BATCH ? count - from : TREE_BATCH;
        TRY(read_names(task, entity, values + from, size, branches));
        if (entity->hierarchy != NULL)
            TRY(read_ways(task, entity, values + from, size, branches));
    }
    return NULL;
}

Error *tree_write_path(Task *task, TreeLevel *level, Str id, Buf *out)
{
    Map branches = { 0 };
    Path path = { .count = 0 };
    Str ids[TREE_MAX_LEVELS];
    TRY(access_check(task, level->entity, ACCESS_READ));
    TRY(task_reader(task));
    TRY(read_branches(task, level->entity, &id, 1, &branches));
    const Branch *branch = map_find(&branches, id);
    if (branch == NULL || !branch->has_name)
        return record_not_found(task, level->entity);
    for (; branch != NULL && path.count < TREE_MAX_LEVELS; path.count++) {
        ids[TREE_MAX_LEVELS - 1 - path.count] = branch->id;
        branch = str_is_none(branch->parent_id) ? NULL : map_find(&branches, branch->parent_id);
    }
    path.ids = ids + TREE_MAX_LEVELS - path.count;
    return write_tree(task, level, &path, out);
}

/* ---- branches ---- */

static void hang(Map *branches, Branch *root, Branch *branch)
{
    while (!branch->is_listed) {
        Branch *parent =
            str_is_none(branch->parent_id) ? root : map_find(branches, branch->parent_id);
        branch->is_listed = true;
        if (parent->first_child == NULL)
            parent->first_child = branch;
        else
            parent->last_child->next = branch;
        parent->last_child = branch;
        if (parent == root)
            return;
        branch = parent;
    }
}

static void write_branch_open(const Branch *branch, JsonWriter *writer)
{
    json_begin_object(writer);
    json_write_key(writer, STR("id"));
    json_write_text(writer, branch->id);
    json_write_key(writer, STR("name"));
    json_write_text_or_null(writer, branch->name);
    json_write_key(writer, STR("disabled"));
    json_write_bool(writer, false);
    json_write_key(writer, STR("children"));
    json_begin_list(writer);
}

static Error *write_branches(const Branch *first, int depth, JsonWriter *writer)
{
    for (const Branch *branch = first; branch != NULL; branch = branch->next) {
        write_branch_open(branch, writer);
        if (depth < TREE_MAX_LEVELS)
            TRY(write_branches(branch->first_child, depth + 1, writer));
        json_end_list(writer);
        json_end_object(writer);
    }
    return buf_check(writer->buf);
}

Error *tree_write_branches(Task *task, const Entity *entity, const Str *ids, size_t count, Buf *out)
{
    Map branches = { 0 };
    Branch root = { .parent_id = STR_NONE };
    JsonWriter writer;
    int64_t total = 0;
    TRY(access_check(task, entity, ACCESS_READ));
    if (count > TREE_MAX_RECORDS)
        return error_new_code(task->arena, ERROR_INVALID, "badParameter",
                              "At most %d records in one tree", TREE_MAX_RECORDS);
    TRY(task_reader(task));
    TRY(read_branches(task, entity, ids, count, &branches));
    for (size_t i = 0; i < count; i++) {
        Branch *branch = map_find(&branches, ids[i]);
        if (branch == NULL || !branch->has_name)
            continue;
        total++;
        hang(&branches, &root, branch);
    }
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_write_key(&writer, STR("total"));
    json_write_int(&writer, total);
    json_write_key(&writer, STR("tree"));
    json_begin_list(&writer);
    TRY(write_branches(root.first_child, 0, &writer));
    json_end_list(&writer);
    json_end_object(&writer);
    return buf_check(out);
}

Error *tree_find_ids(Task *task, const Entity *entity, const Condition *where, Str **out,
                     size_t *out_count)
{
    TreeLevel level = {
        .entity = entity, .is_flat = true, .where = where, .page_rows = TREE_MAX_RECORDS + 1
    };
    AUTO_CLOSE SqlRows rows = { 0 };
    TRY(access_check(task, entity, ACCESS_READ));
    TRY(task_reader(task));
    SqlText text = sql_text_new(task->sql);
    Str *ids = ARENA_ARRAY(task->arena, Str, TREE_MAX_RECORDS + 1);
    tree_query_put_node_ids(&text, &level);
    TRY(sql_query(task->sql, &text, &rows));
    for (*out_count = 0;; (*out_count)++) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            break;
        ids[*out_count] = str_copy(task->arena, sql_column_text(&rows, 0));
    }
    *out = ids;
    return NULL;
}
