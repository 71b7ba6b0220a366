#include "access/access.h"
#include "base/clock.h"
#include "base/list.h"
#include "json/json_reader.h"
#include "query/name_batch.h"
#include "query/row_statement.h"
#include "query/select_plan.h"
#include "record/history_private.h"
#include "record/personal.h"

#define FORGET_SLICE_ROWS 500
#define FORGET_US 1000000

/* ---- what belongs to a record ---- */

void history_scope_make(Task *task, const Entity *entity, Str id, const SqlValue *values,
                        ChangeScope *out)
{
    const Schema *schema = task->schema;
    SqlValue *subjects = ARENA_ARRAY(task->arena, SqlValue, schema->entity_count + 1);
    SqlValue *others = ARENA_ARRAY(task->arena, SqlValue, schema->entity_count + 1);
    *out = (ChangeScope){ .subject_id = id,
                          .subject_entities = subjects,
                          .other_id = id,
                          .other_entities = others,
                          .relation_id = STR_NONE };
    subjects[out->subject_count++] = sql_text(entity->name);
    if (entity->first_end != NULL) {
        others[out->other_count++] = sql_text(entity->name);
        out->relation_id = id;
        out->subject_id = values == NULL ? id : values[entity->first_end->column->index].text;
        out->other_id = values == NULL ? id : values[entity->second_end->column->index].text;
        return;
    }
    for (size_t i = 0; i < schema->entity_count; i++) {
        const Entity *relation = &schema->entities[i];
        if (relation->first_end != NULL && relation->first_end->link->target == entity)
            subjects[out->subject_count++] = sql_text(relation->name);
        if (relation->first_end != NULL && relation->second_end->link->target == entity)
            others[out->other_count++] = sql_text(relation->name);
    }
}

static bool names_an_end(const JsonValue *what, const HistoryEvent *event)
{
    return json_find(what, event->near->keys[0].name) != NULL ||
           json_find(what, event->far->keys[0].name) != NULL;
}

static HistoryKind kind_for_an_end(ChangeKind kind, const JsonValue *what,
                                   const HistoryEvent *event)
{
    if (kind == CHANGE_UPDATED)
        return names_an_end(what, event) ? HISTORY_LINKED : HISTORY_UPDATED;
    return kind == CHANGE_CREATED || kind == CHANGE_RESTORED ? HISTORY_LINKED : HISTORY_UNLINKED;
}

void history_event_read(Task *task, const Entity *entity, const ChangeScope *scope,
                        const ChangeRow *row, const JsonValue *what, HistoryEvent *out)
{
    static const HistoryKind kinds[] = {
        [CHANGE_CREATED] = HISTORY_CREATED, [CHANGE_UPDATED] = HISTORY_UPDATED,
        [CHANGE_DELETED] = HISTORY_DELETED, [CHANGE_RESTORED] = HISTORY_RESTORED,
        [CHANGE_PURGED] = HISTORY_PURGED,   [CHANGE_MOVED] = HISTORY_UPDATED,
    };
    const Entity *written = schema_find_entity(task->schema, row->entity);
    *out = (HistoryEvent){ .kind = kinds[row->kind], .written = written, .linked_id = STR_NONE };
    if (written == entity || written == NULL || written->first_end == NULL)
        return;
    bool is_first =
        str_equal(row->subject_id, scope->subject_id) && written->first_end->link->target == entity;
    out->near = is_first ? written->first_end : written->second_end;
    out->far = is_first ? written->second_end : written->first_end;
    out->linked_id = is_first ? row->other_id : row->subject_id;
    out->kind = kind_for_an_end(row->kind, what, out);
}

const Link *history_event_link(const Entity *entity, const HistoryEvent *event)
{
    for (size_t i = 0; i < entity->link_count; i++)
        if (entity->links[i].relation == event->written && entity->links[i].near == event->near)
            return &entity->links[i];
    return NULL;
}

/* ---- a page ---- */

typedef struct Entry {
    HistoryEvent event;
    int64_t number;
    int64_t at_us;
    Str by_id;
    const JsonValue *what;
} Entry;

/* Names of records of one entity that the page needs. */
typedef struct Names {
    const Entity *entity;
    Map wanted;
    List ids; /* Str * */
    Map found;
} Names;

/* The keys that a read of this entity shows. */
typedef struct Readable {
    const Entity *entity;
    Map keys;
} Readable;

typedef struct Page {
    Task *task;
    const Entity *entity;
    List entries;
    List names;
    List readable;
} Page;

static Names *names_of(Page *page, const Entity *entity)
{
    for (size_t i = 0; i < page->names.count; i++) {
        Names *names = page->names.items[i];
        if (names->entity == entity)
            return names;
    }
    Names *names = ARENA_NEW(page->task->arena, Names);
    names->entity = entity;
    list_add(&page->names, page->task->arena, names);
    return names;
}

static void want_name(Page *page, const Entity *entity, Str id)
{
    Names *names = names_of(page, entity);
    Arena *arena = page->task->arena;
    if (id.len == 0 || map_find(&names->wanted, id) != NULL)
        return;
    Str *kept = ARENA_NEW(arena, Str);
    *kept = id;
    map_put(&names->wanted, arena, id, kept);
    list_add(&names->ids, arena, kept);
}

static Error *read_names(Page *page)
{
    Task *task = page->task;
    for (size_t i = 0; i < page->names.count; i++) {
        Names *names = page->names.items[i];
        Str *ids = ARENA_ARRAY(task->arena, Str, names->ids.count);
        for (size_t j = 0; j < names->ids.count; j++)
            ids[j] = *(Str *)names->ids.items[j];
        TRY(name_batch_read(task->sql, names->entity, ids, names->ids.count, &names->found));
    }
    return NULL;
}

static void write_name(Page *page, JsonWriter *writer, Str key, const Entity *entity, Str id)
{
    const Str *name = map_find(&names_of(page, entity)->found, id);
    json_write_key(writer, key);
    json_write_text_or_null(writer, name == NULL ? STR_NONE : *name);
}

/* From the same place as a read takes them. */
static const Map *readable_keys(Page *page, const Entity *entity)
{
    Arena *arena = page->task->arena;
    for (size_t i = 0; i < page->readable.count; i++) {
        const Readable *known = page->readable.items[i];
        if (known->entity == entity)
            return &known->keys;
    }
    SelectPlan plan;
    Readable *readable = ARENA_NEW(arena, Readable);
    readable->entity = entity;
    select_plan_make(arena, entity, NULL, 0, SELECT_READ, (LanguageChoice){ 0 }, &plan);
    for (size_t i = 0; i < plan.item_count; i++)
        if (plan.items[i].key->role == KEY_VALUE && plan.items[i].column >= 0)
            map_put(&readable->keys, arena, plan.items[i].key->name,
                    (void *)(uintptr_t)plan.items[i].key);
    list_add(&page->readable, arena, readable);
    return &readable->keys;
}

/* The key of a member that is shown: known, readable, with its values, and no end of the link that
 * the event is about. */
static const Key *shown_key(Page *page, const Entry *entry, const JsonMember *member)
{
    const Key *key = map_find(readable_keys(page, entry->event.written), member->key);
    bool is_pair = json_is_list(&member->value) && member->value.list.count == 2;
    if (key == NULL || !is_pair)
        return NULL;
    return key->field == entry->event.near || key->field == entry->event.far ? NULL : key;
}

static bool is_link(const Key *key)
{
    return key->field->link != NULL && key->field->link->type == LINK_BELONGS_TO;
}

static void want_names(Page *page, const Entry *entry)
{
    want_name(page, schema_find_entity(page->task->schema, STR("User")), entry->by_id);
    if (entry->event.far != NULL)
        want_name(page, entry->event.far->link->target, entry->event.linked_id);
    for (size_t i = 0; json_is_object(entry->what) && i < entry->what->object.count; i++) {
        const JsonMember *member = &entry->what->object.members[i];
        const Key *key = shown_key(page, entry, member);
        for (size_t j = 0; key != NULL && is_link(key) && j < 2; j++)
            if (json_is_text(&member->value.list.items[j]))
                want_name(page, key->field->link->target, member->value.list.items[j].text);
    }
}

static void write_field(Page *page, JsonWriter *writer, const Key *key, const JsonValue *values)
{
    json_begin_object(writer);
    json_write_key(writer, STR("name"));
    json_write_text(writer, key->name);
    json_write_key(writer, STR("before"));
    json_write_value(writer, &values->list.items[0]);
    json_write_key(writer, STR("after"));
    json_write_value(writer, &values->list.items[1]);
    for (size_t i = 0; is_link(key) && i < 2; i++) {
        const JsonValue *value = &values->list.items[i];
        write_name(page, writer, i == 0 ? STR("beforeName") : STR("afterName"),
                   key->field->link->target, json_is_text(value) ? value->text : STR_NONE);
    }
    json_end_object(writer);
}

static void write_link(Page *page, JsonWriter *writer, const HistoryEvent *event)
{
    const Link *link = history_event_link(page->entity, event);
    json_write_key(writer, STR("link"));
    json_write_text_or_null(writer, link == NULL ? STR_NONE : link->name);
    json_write_key(writer, STR("linkedEntity"));
    json_write_text(writer, event->far->link->target->name);
    json_write_key(writer, STR("linkedId"));
    json_write_text(writer, event->linked_id);
    write_name(page, writer, STR("linkedName"), event->far->link->target, event->linked_id);
}

static void write_entry(Page *page, JsonWriter *writer, const Entry *entry)
{
    static const char *const types[] = { "created", "updated", "deleted", "restored",
                                         "purged",  "linked",  "unlinked" };
    char at[CLOCK_TEXT_LEN];
    clock_write_text(entry->at_us, at);
    json_begin_object(writer);
    json_write_key(writer, STR("id"));
    json_write_text(writer, str_format(page->task->arena, "%lld", (long long)entry->number));
    json_write_key(writer, STR("type"));
    json_write_text(writer, str_from(types[entry->event.kind]));
    json_write_key(writer, STR("at"));
    json_write_text(writer, (Str){ at, sizeof at });
    json_write_key(writer, STR("byId"));
    json_write_text_or_null(writer, entry->by_id);
    write_name(page, writer, STR("byName"), schema_find_entity(page->task->schema, STR("User")),
               entry->by_id);
    if (entry->event.far != NULL)
        write_link(page, writer, &entry->event);
    json_write_key(writer, STR("fields"));
    json_begin_list(writer);
    for (size_t i = 0; json_is_object(entry->what) && i < entry->what->object.count; i++) {
        const JsonMember *member = &entry->what->object.members[i];
        const Key *key = shown_key(page, entry, member);
        if (key != NULL)
            write_field(page, writer, key, &member->value);
    }
    json_end_list(writer);
    json_end_object(writer);
}

static Error *read_entry(Page *page, const ChangeScope *scope, const SqlRows *rows)
{
    Arena *arena = page->task->arena;
    Entry *entry = ARENA_NEW(arena, Entry);
    ChangeRow row;
    change_log_read_row(rows, &row);
    if (!str_is_none(row.what))
        TRY(json_read(arena, str_copy(arena, row.what), &entry->what));
    history_event_read(page->task, page->entity, scope, &row, entry->what, &entry->event);
    entry->event.linked_id = str_copy(arena, entry->event.linked_id);
    entry->number = row.number;
    entry->at_us = row.at_us;
    entry->by_id = str_copy(arena, row.by_id);
    list_add(&page->entries, arena, entry);
    return arena_check(arena);
}

static Error *read_entries(Page *page, const ChangeScope *scope, const HistoryPage *wanted)
{
    AUTO_CLOSE SqlRows rows = { 0 };
    TRY(change_log_page(page->task->sql, scope, wanted->offset, wanted->page_rows, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            return NULL;
        TRY(read_entry(page, scope, &rows));
    }
}

static Error *write_page(Page *page, int64_t total, Buf *out)
{
    JsonWriter writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_write_key(&writer, STR("total"));
    json_write_int(&writer, total);
    json_write_key(&writer, STR("list"));
    json_begin_list(&writer);
    for (size_t i = 0; i < page->entries.count; i++) {
        write_entry(page, &writer, page->entries.items[i]);
        TRY(buf_check(out));
    }
    json_end_list(&writer);
    json_end_object(&writer);
    return buf_check(out);
}

Error *history_list(Task *task, const Entity *entity, Str id, const HistoryPage *page, Buf *out)
{
    Page made = { .task = task, .entity = entity };
    ChangeScope scope;
    SqlValue *values = NULL;
    int64_t row_id;
    int64_t total = 0;
    TRY(access_check(task, entity, ACCESS_READ));
    TRY(personal_check_read(task, entity, id));
    TRY(task_reader(task));
    TRY(row_find(task->sql, entity, id, true, &row_id, &values));
    if (values == NULL && !task->caller->is_admin)
        return record_not_found(task, entity);
    history_scope_make(task, entity, id, values, &scope);
    TRY(change_log_count(task->sql, &scope, &total));
    if (values == NULL && total == 0)
        return record_not_found(task, entity);
    TRY(read_entries(&made, &scope, page));
    for (size_t i = 0; i < made.entries.count; i++)
        if (((Entry *)made.entries.items[i])->event.written != NULL)
            want_names(&made, made.entries.items[i]);
    TRY(read_names(&made));
    return write_page(&made, total, out);
}

/* ---- what is too old ---- */

typedef struct Forgetting {
    int64_t before_us;
    int64_t count;
} Forgetting;

static Error *forget_slice(Task *task, void *context)
{
    Forgetting *forgetting = context;
    return change_log_forget(task->sql, forgetting->before_us, FORGET_SLICE_ROWS,
                             &forgetting->count);
}

Error *history_forget(Task *task, int64_t before_us)
{
    Forgetting forgetting = { .before_us = before_us };
    int64_t deadline_us = clock_monotonic_us() + FORGET_US;
    do {
        ArenaMark mark = arena_mark(task->arena);
        TRY(task_write(task, forget_slice, &forgetting));
        arena_reset_to(task->arena, mark);
    } while (forgetting.count == FORGET_SLICE_ROWS && clock_monotonic_us() < deadline_us);
    return NULL;
}
