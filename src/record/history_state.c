#include "access/access.h"
#include "base/list.h"
#include "json/json_reader.h"
#include "record/draft.h"
#include "record/history_private.h"
#include "record/linked.h"
#include "record/personal.h"
#include "record/record_check.h"

#define SCRATCH_BYTES ((size_t)64 << 10)
#define SCRATCH_MAX_BYTES ((size_t)256 << 20)

/* A many-to-many link as it was: what the first later event about each linked record says. */
typedef struct LinkState {
    const Link *link;
    Map by_id; /* -> LinkedThen */
    List items;
} LinkState;

typedef struct LinkedThen {
    Str id;
    bool was_linked;
} LinkedThen;

/* The record right after a version: of each key the first later change says what was before. */
typedef struct State {
    Task *task;
    const Entity *entity;
    const JsonValue *fields; /* NULL: all */
    Map values;              /* key name -> Str *, JSON */
    List keys;               /* const Key *, in the order found */
    List links;              /* LinkState * */
    Arena *scratch;          /* of one event */
} State;

static bool is_wanted(const State *state, const Field *field)
{
    if (json_is_null(state->fields))
        return true;
    for (size_t i = 0; i < state->fields->list.count; i++) {
        Str name = state->fields->list.items[i].text;
        const Key *key = entity_find_key(state->entity, name);
        if (str_equal(name, field->name) || (key != NULL && key->field == field))
            return true;
    }
    return false;
}

static void take_value(State *state, const JsonMember *member)
{
    Arena *arena = state->task->arena;
    const Key *key = entity_find_key(state->entity, member->key);
    bool is_pair = json_is_list(&member->value) && member->value.list.count == 2;
    if (key == NULL || key->role != KEY_VALUE || !is_pair || !is_wanted(state, key->field) ||
        map_find(&state->values, key->name) != NULL)
        return;
    Str *json = ARENA_NEW(arena, Str);
    *json = json_to_text(arena, &member->value.list.items[0]);
    map_put(&state->values, arena, key->name, json);
    list_add(&state->keys, arena, (void *)(uintptr_t)key);
}

static LinkState *link_state(State *state, const Link *link)
{
    for (size_t i = 0; i < state->links.count; i++) {
        LinkState *known = state->links.items[i];
        if (known->link == link)
            return known;
    }
    LinkState *made = ARENA_NEW(state->task->arena, LinkState);
    made->link = link;
    list_add(&state->links, state->task->arena, made);
    return made;
}

static void take_link(State *state, const HistoryEvent *event)
{
    Arena *arena = state->task->arena;
    const Link *link = history_event_link(state->entity, event);
    bool is_change = event->kind == HISTORY_LINKED || event->kind == HISTORY_UNLINKED;
    if (link == NULL || link->field == NULL || !is_change || !is_wanted(state, link->field) ||
        record_needs_more_than_ids(link))
        return;
    LinkState *links = link_state(state, link);
    if (map_find(&links->by_id, event->linked_id) != NULL)
        return;
    LinkedThen *then = ARENA_NEW(arena, LinkedThen);
    then->id = str_copy(arena, event->linked_id);
    then->was_linked = event->kind == HISTORY_UNLINKED;
    map_put(&links->by_id, arena, then->id, then);
    list_add(&links->items, arena, then);
}

static Error *take_row(State *state, const ChangeScope *scope, const ChangeRow *row)
{
    const JsonValue *what = NULL;
    HistoryEvent event;
    if (!str_is_none(row->what))
        TRY(json_read(state->scratch, row->what, &what));
    history_event_read(state->task, state->entity, scope, row, what, &event);
    if (event.near != NULL)
        take_link(state, &event);
    for (size_t i = 0; event.near == NULL && json_is_object(what) && i < what->object.count; i++)
        take_value(state, &what->object.members[i]);
    arena_reset(state->scratch);
    return arena_check(state->task->arena);
}

static Error *no_such_version(const State *state)
{
    Error *error = error_new(state->task->arena, ERROR_NOT_FOUND,
                             "The record has no such version in its history");
    error->entity = state->entity->name;
    error->field = STR("version");
    return error;
}

/* The version itself comes first; what came after it tells what it was like. */
static Error *read_later(State *state, const ChangeScope *scope, int64_t version)
{
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    ChangeRow row = { 0 };
    TRY(change_log_since(state->task->sql, scope, version, &rows));
    TRY(sql_next(&rows, &has_row));
    if (has_row)
        change_log_read_row(&rows, &row);
    if (row.number != version)
        return no_such_version(state);
    for (;;) {
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            return NULL;
        change_log_read_row(&rows, &row);
        TRY(take_row(state, scope, &row));
    }
}

static JsonValue text_value(Str text)
{
    return (JsonValue){ .kind = JSON_TEXT, .text = text };
}

/* The links of now, without those that came and with those that went. */
static Error *links_then(State *state, Str id, const LinkState *links, JsonMember *out)
{
    Task *task = state->task;
    Str *ids = NULL;
    size_t count = 0;
    JsonValue list = { .kind = JSON_LIST };
    TRY(linked_ids(task, links->link->field, id, &ids, &count));
    list.list.items = ARENA_ARRAY(task->arena, JsonValue, count + links->items.count);
    for (size_t i = 0; i < count; i++)
        if (map_find(&links->by_id, ids[i]) == NULL)
            list.list.items[list.list.count++] = text_value(ids[i]);
    for (size_t i = 0; i < links->items.count; i++) {
        const LinkedThen *then = links->items.items[i];
        if (then->was_linked)
            list.list.items[list.list.count++] = text_value(then->id);
    }
    *out = (JsonMember){ .key = links->link->field->keys[0].name, .value = list };
    return NULL;
}

static Error *make_body(State *state, Str id, JsonValue *out)
{
    Task *task = state->task;
    JsonMember *members =
        ARENA_ARRAY(task->arena, JsonMember, state->keys.count + state->links.count);
    *out = (JsonValue){ .kind = JSON_OBJECT };
    out->object.members = members;
    for (size_t i = 0; i < state->keys.count; i++) {
        const Key *key = state->keys.items[i];
        const JsonValue *value = NULL;
        TRY(json_read(task->arena, *(Str *)map_find(&state->values, key->name), &value));
        members[out->object.count++] = (JsonMember){ .key = key->name, .value = *value };
    }
    for (size_t i = 0; i < state->links.count; i++)
        TRY(links_then(state, id, state->links.items[i], &members[out->object.count++]));
    return NULL;
}

static Error *check_fields(Task *task, const Entity *entity, const JsonValue *fields)
{
    if (json_is_null(fields))
        return NULL;
    if (!json_is_list(fields))
        return error_new(task->arena, ERROR_INVALID, "'fields' must be a list of field names");
    for (size_t i = 0; i < fields->list.count; i++) {
        const JsonValue *name = &fields->list.items[i];
        if (!json_is_text(name))
            return error_new(task->arena, ERROR_INVALID, "fields[%zu] is not text", i);
        const Field *field = entity_find_field(entity, name->text);
        if (entity_find_key(entity, name->text) != NULL || (field != NULL && !field->is_internal))
            continue;
        Error *error = error_new_code(task->arena, ERROR_INVALID, "unknownField",
                                      "'%.*s' has no such field", STR_ARGS(entity->name));
        error->field = name->text;
        error->entity = entity->name;
        return error;
    }
    return NULL;
}

static Error *read_state(State *state, const RecordDraft *draft, Str version)
{
    ChangeScope scope;
    int64_t number = 0;
    if (!str_parse_int(version, &number) || number <= 0)
        return no_such_version(state);
    history_scope_make(state->task, state->entity, draft->id, draft->stored, &scope);
    state->scratch = arena_new(SCRATCH_BYTES, SCRATCH_MAX_BYTES);
    Error *error = read_later(state, &scope, number);
    if (error != NULL)
        error = error_copy(state->task->arena, error);
    arena_free(state->scratch);
    return error;
}

Error *history_revert(Task *task, const Entity *entity, Str id, Str version,
                      const JsonValue *fields, RecordResult *out)
{
    State state = { .task = task, .entity = entity, .fields = fields };
    RecordDraft draft;
    JsonValue body;
    TRY(access_check(task, entity, ACCESS_EDIT));
    TRY(personal_check_change(task, entity, id));
    TRY(check_fields(task, entity, fields));
    TRY(draft_begin_update(task, entity, id, &draft)); /* nobody changes it from here on */
    TRY(read_state(&state, &draft, version));
    TRY(make_body(&state, draft.id, &body));
    return record_update(task, entity, draft.id, &body, out);
}
