#include "feature/bookmark/bookmark.h"

#include "json/json_reader.h"
#include "query/lookup.h"
#include "query/name_batch.h"
#include "query/operator.h"
#include "record/record.h"

/* Bookmarks of one entity, in the order of the list. */
typedef struct Group {
    const Entity *entity;
    Str key;
    const JsonValue **rows;
    size_t count;
    Map names;
} Group;

typedef struct Bookmarks {
    Group *groups;
    size_t count;
} Bookmarks;

/* ---- rules ---- */

static Str text_of(const RecordDraft *draft, const char *name)
{
    const SqlValue *value = draft_get(draft, entity_find_field(draft->entity, str_from(name)));
    return value->kind == SQL_TEXT ? value->text : STR_NONE;
}

static Error *before_save(Task *task, RecordDraft *draft)
{
    Str name = text_of(draft, "entityType");
    Str id = text_of(draft, "entityId");
    Str found;
    if (str_is_none(name) || str_is_none(id))
        return NULL; /* the check of required fields says so */
    const Entity *entity = schema_find_entity(task->schema, name);
    if (entity == NULL || !entity->has_bookmarks) {
        field_problems_add(&draft->problems, task->arena, "notAllowedForEntityType",
                           STR("entityType"), "Records of this kind have no bookmarks.");
        return NULL;
    }
    LookupMatch match = { .column = entity->id->column, .value = sql_text(id) };
    TRY(lookup_find_id(task->sql, entity, &match, 1, &found));
    if (str_is_none(found))
        field_problems_add(&draft->problems, task->arena, "noSuchRecord", STR("entityId"),
                           "There is no such record.");
    return NULL;
}

const RecordHook bookmark_hook = { .entity = "Bookmark", .before_save = before_save };

/* ---- lists ---- */

static Error *read_list(Task *task, const Condition *where, int64_t page_rows,
                        const JsonValue **out)
{
    const Entity *entity = schema_find_entity(task->schema, STR("Bookmark"));
    ListSpec spec = { .entity = entity,
                      .where = where,
                      .is_descending = true,
                      .wants_total = true,
                      .wants_rows = true,
                      .page_rows = page_rows };
    Buf buf;
    buf_init(&buf, task->arena, (size_t)16 << 20);
    TRY(record_list(task, &spec, &buf));
    return json_read(task->arena, buf_str(&buf), out);
}

static Group *group_of(Task *task, Bookmarks *bookmarks, Str key)
{
    for (size_t i = 0; i < bookmarks->count; i++)
        if (str_equal(bookmarks->groups[i].key, key))
            return &bookmarks->groups[i];
    Group *group = &bookmarks->groups[bookmarks->count++];
    *group = (Group){ .entity = schema_find_entity(task->schema, key), .key = key };
    return group;
}

static Error *read_names(Task *task, Group *group)
{
    Str *ids = ARENA_ARRAY(task->arena, Str, group->count);
    if (group->entity == NULL)
        return NULL;
    for (size_t i = 0; i < group->count; i++)
        ids[i] = json_find_text(group->rows[i], STR("entityId"));
    return name_batch_read(task->sql, group->entity, ids, group->count, &group->names);
}

static Error *gather(Task *task, const JsonValue *list, Bookmarks *out)
{
    size_t count = list->list.count;
    *out = (Bookmarks){ .groups = ARENA_ARRAY(task->arena, Group, count) };
    for (size_t i = 0; i < count; i++) {
        const JsonValue *row = &list->list.items[i];
        Group *group = group_of(task, out, json_find_text(row, STR("entityType")));
        if (group->rows == NULL)
            group->rows = ARENA_ARRAY(task->arena, const JsonValue *, count);
        group->rows[group->count++] = row;
    }
    for (size_t i = 0; i < out->count; i++)
        TRY(read_names(task, &out->groups[i]));
    return NULL;
}

static Str name_of(const Group *group, const JsonValue *row)
{
    const Str *name = map_find(&group->names, json_find_text(row, STR("entityId")));
    return name == NULL ? STR_NONE : *name;
}

static void write_text_member(JsonWriter *writer, Str key, Str value)
{
    json_write_key(writer, key);
    json_write_text_or_null(writer, value);
}

static void write_bookmark(const Group *group, const JsonValue *row, JsonWriter *writer)
{
    json_begin_object(writer);
    write_text_member(writer, STR("id"), json_find_text(row, STR("id")));
    write_text_member(writer, STR("entityId"), json_find_text(row, STR("entityId")));
    write_text_member(writer, STR("entityName"), name_of(group, row));
    write_text_member(writer, STR("entityType"), group->key);
    json_end_object(writer);
}

static void write_group(const Group *group, JsonWriter *writer)
{
    json_begin_object(writer);
    write_text_member(writer, STR("key"), group->key);
    json_write_key(writer, STR("collection"));
    json_begin_list(writer);
    for (size_t i = 0; i < group->count; i++)
        write_bookmark(group, group->rows[i], writer);
    json_end_list(writer);
    json_write_key(writer, STR("rowList"));
    json_begin_list(writer);
    for (size_t i = 0; i < group->count; i++)
        json_write_text(writer, json_find_text(group->rows[i], STR("id")));
    json_end_list(writer);
    json_end_object(writer);
}

static void begin_answer(const JsonValue *answer, JsonWriter *writer)
{
    json_begin_object(writer);
    json_write_key(writer, STR("total"));
    json_write_int(writer, json_find(answer, STR("total"))->integer);
    json_write_key(writer, STR("list"));
    json_begin_list(writer);
}

static void end_answer(JsonWriter *writer)
{
    json_end_list(writer);
    json_end_object(writer);
}

Error *bookmark_list(Task *task, int64_t page_rows, JsonWriter *writer)
{
    const JsonValue *answer = NULL;
    Bookmarks bookmarks;
    TRY(read_list(task, NULL, page_rows, &answer));
    TRY(gather(task, json_find(answer, STR("list")), &bookmarks));
    begin_answer(answer, writer);
    for (size_t i = 0; i < bookmarks.count; i++)
        write_group(&bookmarks.groups[i], writer);
    end_answer(writer);
    return NULL;
}

/* ---- as a tree ---- */

typedef struct Level {
    int64_t total;
    int64_t offset;
} Level;

static void write_node(const Group *group, const JsonValue *row, Level level, JsonWriter *writer)
{
    json_begin_object(writer);
    write_text_member(writer, STR("id"), json_find_text(row, STR("entityId")));
    write_text_member(writer, STR("name"), name_of(group, row));
    json_write_key(writer, STR("offset"));
    json_write_int(writer, level.offset);
    json_write_key(writer, STR("total"));
    json_write_int(writer, level.total);
    json_write_key(writer, STR("disabled"));
    json_write_bool(writer, false);
    json_write_key(writer, STR("load_on_demand"));
    json_write_bool(writer, false);
    json_end_object(writer);
}

Error *bookmark_tree(Task *task, Str scope, int64_t page_rows, JsonWriter *writer)
{
    const JsonValue *answer = NULL;
    Bookmarks bookmarks;
    const Entity *entity = schema_find_entity(task->schema, STR("Bookmark"));
    SqlValue wanted = sql_text(scope);
    Condition where = { .op = operator_find(STR("equals")),
                        .key = entity_find_key(entity, STR("entityType")),
                        .values = &wanted,
                        .value_count = 1 };
    if (str_is_none(scope) || schema_find_entity(task->schema, scope) == NULL)
        return error_new_code(task->arena, ERROR_INVALID, "badParameter",
                              "'scope' must name an entity");
    TRY(read_list(task, &where, page_rows, &answer));
    TRY(gather(task, json_find(answer, STR("list")), &bookmarks));
    begin_answer(answer, writer);
    Level level = { .total = json_find(answer, STR("total"))->integer };
    for (size_t i = 0; bookmarks.count > 0 && i < bookmarks.groups[0].count; i++) {
        write_node(&bookmarks.groups[0], bookmarks.groups[0].rows[i], level, writer);
        level.offset++;
    }
    end_answer(writer);
    return NULL;
}
