#include "record/known.h"

#include <stdlib.h>

#include "query/row_statement.h"

/* Rows read at a time: they may be large. */
#define LOAD_ROWS 64

/* What is asked of one unique field or tuple, or of the targets of links. */
struct KnownAsk {
    const Entity *entity;
    const Column **columns;
    size_t column_count;
    bool is_for_links; /* that they exist is enough */
    Map asked;
    SqlValue *values; /* row after row */
    size_t count;     /* rows */
    size_t capacity;
    KnownAsk *next;
};

/* ---- keys: entity, then column and value of each match ---- */

typedef struct KeyPart {
    uint32_t column;
    uint32_t kind;
    uint64_t number; /* the value, or its length when it is text */
} KeyPart;

/* 3 and 3.0 are equal. */
static KeyPart part_of(const LookupMatch *match)
{
    KeyPart part = { .column = match->column->index, .kind = match->value.kind };
    bool is_whole = match->value.kind == SQL_REAL && match->value.real >= -1e15 &&
                    match->value.real <= 1e15 &&
                    match->value.real == (double)(int64_t)match->value.real;
    if (is_whole)
        part.kind = SQL_INT;
    if (match->value.kind == SQL_TEXT)
        part.number = match->value.text.len;
    else if (is_whole)
        part.number = (uint64_t)(int64_t)match->value.real;
    else
        memcpy(&part.number, &match->value.integer, sizeof part.number);
    return part;
}

static Str key_of(Arena *arena, const LookupMatch *matches, size_t count)
{
    unsigned entity = matches[0].column->field->entity->index;
    size_t len = sizeof entity;
    for (size_t i = 0; i < count; i++)
        len +=
            sizeof(KeyPart) + (matches[i].value.kind == SQL_TEXT ? matches[i].value.text.len : 0);
    char *key = arena_alloc(arena, len);
    char *end = key;
    memcpy(end, &entity, sizeof entity);
    end += sizeof entity;
    for (size_t i = 0; i < count; i++) {
        KeyPart part = part_of(&matches[i]);
        memcpy(end, &part, sizeof part);
        end += sizeof part;
        if (matches[i].value.kind != SQL_TEXT || part.number == 0)
            continue;
        memcpy(end, matches[i].value.text.data, part.number);
        end += part.number;
    }
    return (Str){ key, len };
}

static void put(Known *known, const LookupMatch *matches, size_t count, KnownRecord *record)
{
    map_put(&known->records, known->arena, key_of(known->arena, matches, count), record);
}

static void put_field(Known *known, const Field *field, const SqlValue *values, KnownRecord *record)
{
    LookupMatch match = { .column = field->column, .value = values[field->column->index] };
    if (!sql_value_is_empty(&match.value))
        put(known, &match, 1, record);
}

static void put_tuple(Known *known, const UniqueTuple *tuple, const SqlValue *values,
                      KnownRecord *record)
{
    LookupMatch *matches = ARENA_ARRAY(known->arena, LookupMatch, tuple->count);
    for (size_t i = 0; i < tuple->count; i++) {
        const Column *column = tuple->fields[i]->column;
        matches[i] = (LookupMatch){ .column = column, .value = values[column->index] };
        if (sql_value_is_empty(&matches[i].value))
            return;
    }
    put(known, matches, tuple->count, record);
}

/* Everything by which a record with these values is found leads to `record` from now on. */
static void put_values(Known *known, const Entity *entity, const SqlValue *values,
                       KnownRecord *record)
{
    put_field(known, entity->id, values, record);
    for (size_t i = 0; i < entity->column_count; i++)
        if (entity->columns[i].field->is_unique)
            put_field(known, entity->columns[i].field, values, record);
    for (size_t i = 0; i < entity->tuple_count; i++)
        put_tuple(known, &entity->tuples[i], values, record);
}

/* ---- asking ---- */

static bool is_about(const KnownAsk *ask, const LookupMatch *matches, size_t count,
                     bool is_for_links)
{
    if (ask->is_for_links != is_for_links || ask->column_count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (ask->columns[i] != matches[i].column)
            return false;
    return true;
}

static KnownAsk *ask_about(Known *known, const LookupMatch *matches, size_t count,
                           bool is_for_links)
{
    for (KnownAsk *ask = known->asks; ask != NULL; ask = ask->next)
        if (is_about(ask, matches, count, is_for_links))
            return ask;
    KnownAsk *ask = ARENA_NEW(known->arena, KnownAsk);
    ask->entity = matches[0].column->field->entity;
    ask->columns = ARENA_ARRAY(known->arena, const Column *, count);
    for (size_t i = 0; i < count; i++)
        ask->columns[i] = matches[i].column;
    ask->column_count = count;
    ask->is_for_links = is_for_links;
    ask->next = known->asks;
    known->asks = ask;
    return ask;
}

static void add_row(Known *known, KnownAsk *ask, const LookupMatch *matches)
{
    size_t row_bytes = ask->column_count * sizeof(SqlValue);
    if (ask->count == ask->capacity) {
        size_t capacity = ask->capacity * 2 + 16;
        ask->values = arena_grow(known->arena, ask->values, ask->count * row_bytes,
                                 ask->capacity * row_bytes, capacity * row_bytes);
        ask->capacity = capacity;
    }
    for (size_t i = 0; i < ask->column_count; i++)
        ask->values[ask->count * ask->column_count + i] =
            sql_value_copy(known->arena, matches[i].value);
    ask->count++;
}

/* Until it is found there is none. */
static void ask_once(Known *known, const LookupMatch *matches, size_t count, bool is_for_links)
{
    Str key = key_of(known->arena, matches, count);
    KnownAsk *ask = ask_about(known, matches, count, is_for_links);
    if (map_find(&ask->asked, key) != NULL)
        return;
    map_put(&ask->asked, known->arena, key, ask);
    if (map_find(&known->records, key) == NULL)
        map_put(&known->records, known->arena, key, &known->none);
    add_row(known, ask, matches);
}

void known_ask(Known *known, const LookupMatch *matches, size_t count)
{
    ask_once(known, matches, count, false);
}

static void ask_link(Known *known, const Field *field, const JsonValue *id)
{
    if (!json_is_text(id) || id->text.len == 0)
        return;
    LookupMatch match = { .column = field->link->target->id->column, .value = sql_text(id->text) };
    ask_once(known, &match, 1, true);
}

void known_ask_links(Known *known, const Entity *entity, const JsonValue *body)
{
    for (size_t i = 0; i < body->object.count; i++) {
        const Key *key = entity_find_key(entity, body->object.members[i].key);
        const JsonValue *value = &body->object.members[i].value;
        if (key == NULL || key->field->link == NULL)
            continue;
        if (key->role == KEY_VALUE)
            ask_link(known, key->field, value);
        if (key->role != KEY_LINK_IDS || !json_is_list(value) ||
            value->list.count > DRAFT_MAX_LINK_IDS)
            continue;
        for (size_t j = 0; j < value->list.count; j++)
            ask_link(known, key->field, &value->list.items[j]);
    }
}

/* ---- reading ahead ---- */

static LookupList list_of(const KnownAsk *ask)
{
    return (LookupList){ .entity = ask->entity,
                         .columns = ask->columns,
                         .column_count = ask->column_count,
                         .values = ask->values,
                         .count = ask->count };
}

static KnownRecord *new_record(Known *known, Str id)
{
    KnownRecord *record = ARENA_NEW(known->arena, KnownRecord);
    record->id = str_copy(known->arena, id);
    return record;
}

static Error *load_targets(Task *task, const KnownAsk *ask)
{
    Known *known = task->known;
    Map ids = { 0 };
    LookupList list = list_of(ask);
    TRY(lookup_find_ids(task->sql, &list, &ids));
    for (size_t i = 0; i < ids.capacity; i++) {
        if (ids.slots[i].value == NULL)
            continue;
        LookupMatch match = { .column = ask->columns[0], .value = sql_text(ids.slots[i].key) };
        put(known, &match, 1, new_record(known, ids.slots[i].key));
    }
    return NULL;
}

/* The ids that are to be read of one entity, gathered from all that was asked about it. */
static Error *gather_ids(Task *task, const Entity *entity, Map *ids)
{
    for (KnownAsk *ask = task->known->asks; ask != NULL; ask = ask->next) {
        LookupList list = list_of(ask);
        if (ask->entity != entity || ask->is_for_links)
            continue;
        if (ask->columns[0] != entity->id->column) {
            TRY(lookup_find_ids(task->sql, &list, ids));
            continue;
        }
        for (size_t i = 0; i < ask->count; i++)
            map_put(ids, task->arena, ask->values[i].text, ask);
    }
    return NULL;
}

static int compare_ids(const void *left, const void *right)
{
    const SqlValue *a = left;
    const SqlValue *b = right;
    return str_compare(a->text, b->text);
}

static SqlValue *sort_ids(Arena *arena, const Map *ids)
{
    SqlValue *sorted = ARENA_ARRAY(arena, SqlValue, ids->count);
    size_t count = 0;
    for (size_t i = 0; i < ids->capacity; i++)
        if (ids->slots[i].value != NULL)
            sorted[count++] = sql_text(ids->slots[i].key);
    qsort(sorted, count, sizeof *sorted, compare_ids);
    return sorted;
}

static Error *load_rows(Task *task, const Entity *entity, const SqlValue *ids, size_t count)
{
    FoundRow rows[LOAD_ROWS];
    size_t found = 0;
    TRY(row_find_live(task->sql, entity, ids, count, rows, &found));
    for (size_t i = 0; i < found; i++) {
        KnownRecord *record = ARENA_NEW(task->arena, KnownRecord);
        *record = (KnownRecord){ .id = rows[i].values[entity->id->column->index].text,
                                 .row_id = rows[i].row_id,
                                 .values = rows[i].values };
        put_values(task->known, entity, record->values, record);
    }
    return NULL;
}

static Error *load_entity(Task *task, const Entity *entity)
{
    Map ids = { 0 };
    TRY(gather_ids(task, entity, &ids));
    const SqlValue *sorted = sort_ids(task->arena, &ids);
    for (size_t from = 0; from < ids.count; from += LOAD_ROWS) {
        size_t rest = ids.count - from;
        TRY(load_rows(task, entity, sorted + from, rest < LOAD_ROWS ? rest : LOAD_ROWS));
        if (arena_used_bytes(task->known->arena) > KNOWN_MAX_BYTES) {
            known_forget(task->known);
            return NULL;
        }
    }
    return NULL;
}

/* All batches go through the entities in the same order, and through an entity's rows in the order
 * of their ids: so two of them don't wait for each other in turn. */
static Error *load_all(Task *task)
{
    const Schema *schema = task->schema;
    for (const KnownAsk *ask = task->known->asks; ask != NULL; ask = ask->next)
        if (ask->is_for_links)
            TRY(load_targets(task, ask));
    for (size_t i = 0; i < schema->entity_count && task->known->asks != NULL; i++)
        TRY(load_entity(task, &schema->entities[i]));
    return NULL;
}

Error *known_load(Task *task)
{
    Arena *own = task->arena;
    task_use_arena(task, task->known->arena);
    Error *error = load_all(task);
    task_use_arena(task, own);
    return error == NULL ? NULL : error_copy(own, error);
}

void known_forget(Known *known)
{
    known->records = (Map){ 0 };
    known->asks = NULL;
}

/* ---- finding ---- */

bool known_find(const Task *task, const LookupMatch *matches, size_t count, const KnownRecord **out)
{
    const Known *known = task->known;
    if (known == NULL || known->is_ignored || known->records.count == 0)
        return false;
    const KnownRecord *record = map_find(&known->records, key_of(task->arena, matches, count));
    if (record == NULL)
        return false;
    *out = record == &known->none ? NULL : record;
    return true;
}

const KnownRecord *known_find_row(const Task *task, const Entity *entity, Str id)
{
    LookupMatch match = { .column = entity->id->column, .value = sql_text(id) };
    const KnownRecord *record = NULL;
    bool has_row = known_find(task, &match, 1, &record) && record != NULL && record->values != NULL;
    return has_row ? record : NULL;
}

/* ---- what the batch does ---- */

void known_note(const Task *task, const RecordDraft *draft, SqlChangeKind kind)
{
    Known *known = task->known;
    if (known == NULL)
        return;
    known->note_count++;
    if (draft->stored != NULL)
        put_values(known, draft->entity, draft->stored, &known->none);
    if (kind != SQL_ROW_GONE && draft->values != NULL)
        put_values(known, draft->entity, draft->values, new_record(known, draft->id));
}

void known_note_dry(const Task *task, const RecordDraft *draft)
{
    Known *known = task->known;
    const Entity *entity = draft->entity;
    KnownRecord *record = new_record(known, draft->id);
    record->row_id = draft->row_id;
    record->values = ARENA_ARRAY(known->arena, SqlValue, entity->column_count);
    for (size_t i = 0; i < entity->column_count; i++)
        record->values[i] = sql_value_copy(known->arena, draft->values[i]);
    record->values[entity->id->column->index] = sql_text(record->id);
    if (draft->stored != NULL)
        put_values(known, entity, draft->stored, &known->none);
    put_values(known, entity, record->values, record);
}
