#include "record/draft.h"

#include "base/utf8.h"
#include "json/json_reader.h"
#include "query/row_statement.h"
#include "record/add_only.h"
#include "record/conditional.h"
#include "record/known.h"
#include "record/record.h"
#include "schema/field_type.h"

void draft_begin_new(Task *task, const Entity *entity, RecordDraft *out)
{
    *out = (RecordDraft){ .entity = entity, .is_new = true, .id = STR_NONE, .secret = STR_NONE };
    out->values = ARENA_ARRAY(task->arena, SqlValue, entity->column_count);
    out->is_given = ARENA_ARRAY(task->arena, bool, entity->column_count);
}

Error *draft_find(Task *task, const Entity *entity, Str id, RecordDraft *out, bool *out_found)
{
    const KnownRecord *known = known_find_row(task, entity, id);
    draft_begin_new(task, entity, out);
    if (known == NULL) {
        TRY(row_find(task->sql, entity, id, false, &out->row_id, &out->stored));
    } else {
        out->row_id = known->row_id;
        out->stored = known->values;
    }
    *out_found = out->stored != NULL;
    if (!*out_found)
        return NULL;
    out->is_new = false;
    out->id = id;
    memcpy(out->values, out->stored, entity->column_count * sizeof(SqlValue));
    return NULL;
}

Error *draft_begin_update(Task *task, const Entity *entity, Str id, RecordDraft *out)
{
    bool is_there = false;
    TRY(draft_find(task, entity, id, out, &is_there));
    return is_there ? NULL : record_not_found(task, entity);
}

static bool is_taken(const RecordDraft *draft, const Key *key)
{
    const Field *field = key->field;
    bool is_derived = key->role == KEY_LINK_NAME || key->role == KEY_LINK_NAMES ||
                      key->role == KEY_PARENT_NAME || key->role == KEY_COMPUTED;
    bool is_fixed_id = field == draft->entity->id && !draft->is_new;
    return !is_derived && !is_fixed_id && !field->is_system && !field->is_protected;
}

void draft_links_add(DraftLinks *links, Arena *arena, Str id)
{
    if (map_find(&links->by_id, id) != NULL)
        return;
    links->ids[links->count] = id;
    map_put(&links->by_id, arena, id, &links->ids[links->count]);
    links->count++;
}

static void read_links(Task *task, RecordDraft *draft, const Field *field, const JsonValue *value,
                       bool is_added_only)
{
    DraftLinks *links = &draft->links[draft->link_count];
    *links = (DraftLinks){ .field = field, .is_added_only = is_added_only };
    if (!json_is_null(value) && !json_is_list(value)) {
        field_problems_add(&draft->problems, task->arena, "notAList", field->name,
                           "Field '%.*s' must be a list of ids.", STR_ARGS(field->label));
        return;
    }
    size_t count = json_is_null(value) ? 0 : value->list.count;
    if (count > DRAFT_MAX_LINK_IDS) {
        field_problems_add(
            &draft->problems, task->arena, "badParameter", field->name,
            "Field '%.*s' takes at most %d ids here; link more through the link's own calls.",
            STR_ARGS(field->label), DRAFT_MAX_LINK_IDS);
        return;
    }
    links->ids = ARENA_ARRAY(task->arena, Str, count);
    for (size_t i = 0; i < count; i++) {
        const JsonValue *item = &value->list.items[i];
        if (!json_is_text(item) || item->text.len == 0) {
            field_problems_add(&draft->problems, task->arena, "badId", field->name,
                               "Field '%.*s' must be a list of ids.", STR_ARGS(field->label));
            return;
        }
        draft_links_add(links, task->arena, item->text);
    }
    draft->link_count++;
}

static void add_to_list(Task *task, RecordDraft *draft, const Key *key, const SqlValue *added)
{
    const SqlValue *stored = &draft->stored[key->column->index];
    SqlValue merged = add_only_merge(task->arena, stored, added);
    if (merged.kind == SQL_TEXT && merged.text.len > FIELD_MAX_VALUE_BYTES) {
        field_problems_add(&draft->problems, task->arena, "maxLengthExceeded", key->field->name,
                           "Field '%.*s' would get longer than %zu bytes.",
                           STR_ARGS(key->field->label), FIELD_MAX_VALUE_BYTES);
        return;
    }
    draft->values[key->column->index] = merged;
    draft->is_given[key->column->index] = true;
}

static void read_key(Task *task, RecordDraft *draft, const Key *key, const JsonMember *member,
                     const JsonValue *body)
{
    SqlValue read;
    bool is_list = key->role == KEY_LINK_IDS || key->field->type->is_list;
    bool is_added_only = is_list && add_only_is_on(body, key->field);
    if (key->role == KEY_LINK_IDS) {
        read_links(task, draft, key->field, &member->value, is_added_only);
        return;
    }
    if (key->column == NULL || (is_added_only && json_is_null(&member->value)) ||
        !field_read(task->arena, key->field, &member->value, &draft->problems, &read))
        return;
    if (is_added_only && draft->stored != NULL) {
        add_to_list(task, draft, key, &read);
        return;
    }
    draft->values[key->column->index] = read;
    draft->is_given[key->column->index] = true;
}

Error *draft_read(Task *task, RecordDraft *draft, const JsonValue *body)
{
    if (!json_is_object(body))
        return error_new_code(task->arena, ERROR_INVALID, "bodyRequired",
                              "The body must be a JSON object");
    draft->links =
        ARENA_ARRAY(task->arena, DraftLinks, body->object.count + draft->entity->field_count);
    for (size_t i = 0; i < body->object.count; i++) {
        const JsonMember *member = &body->object.members[i];
        const Key *key = entity_find_key(draft->entity, member->key);
        TRY(add_only_check(task->arena, draft->entity, member));
        if (key != NULL && is_taken(draft, key))
            read_key(task, draft, key, member, body);
    }
    const Column *id = draft->entity->id->column;
    if (draft->is_new && draft->is_given[id->index] && draft->values[id->index].kind == SQL_TEXT)
        draft->id = draft->values[id->index].text;
    return NULL;
}

void draft_set(RecordDraft *draft, const Field *field, SqlValue value)
{
    draft->values[field->column->index] = value;
    draft->is_given[field->column->index] = true;
}

const SqlValue *draft_get(const RecordDraft *draft, const Field *field)
{
    return &draft->values[field->column->index];
}

bool draft_is_given(const RecordDraft *draft, const Field *field)
{
    return draft->is_given[field->column->index];
}

void draft_fold(Task *task, RecordDraft *draft)
{
    for (size_t i = 0; i < draft->entity->column_count; i++) {
        const Field *field = draft->entity->columns[i].field;
        if (field->fold_of == NULL || !draft_is_given(draft, field->fold_of))
            continue;
        const SqlValue *name = draft_get(draft, field->fold_of);
        draft_set(draft, field,
                  name->kind == SQL_TEXT ? sql_text(utf8_fold_name(task->arena, name->text))
                                         : sql_null());
    }
}

static void fill_caller(Task *task, RecordDraft *draft, const Field *field)
{
    if (field != NULL && draft_get(draft, field)->kind == SQL_NULL &&
        !str_is_none(task->caller->user_id))
        draft->values[field->column->index] = sql_text(task->caller->user_id);
}

static void fill_value(Task *task, RecordDraft *draft, const Field *field)
{
    FieldProblems ignored = { 0 }; /* checked when the schema was compiled */
    SqlValue *value = &draft->values[field->column->index];
    if (field->default_value != NULL && field->type->read != NULL)
        field_read(task->arena, field, field->default_value, &ignored, value);
    else if (field->is_not_null)
        *value = field->type->empty;
    if (field->defaults_to_caller)
        fill_caller(task, draft, field);
}

/* Of links to many. Rows that are made by themselves have no links to fill. */
static void fill_links(Task *task, RecordDraft *draft)
{
    for (size_t i = 0; draft->links != NULL && i < draft->entity->field_count; i++) {
        const Field *field = &draft->entity->fields[i];
        bool is_given = field->type->value_class != VALUE_LINKS || field->default_value == NULL;
        for (size_t j = 0; j < draft->link_count && !is_given; j++)
            is_given = draft->links[j].field == field;
        if (!is_given)
            read_links(task, draft, field, field->default_value, false);
    }
}

/* What is a default while it is required is filled last: that may depend on all others. */
void draft_fill_defaults(Task *task, RecordDraft *draft)
{
    const Entity *entity = draft->entity;
    for (size_t i = 0; i < entity->column_count; i++)
        if (!draft->is_given[i] && !entity->columns[i].field->defaults_if_required)
            fill_value(task, draft, entity->columns[i].field);
    fill_links(task, draft);
    fill_caller(task, draft, entity->owner_user);
    fill_caller(task, draft, entity->assigned_user);
    for (size_t i = 0; i < entity->column_count; i++) {
        const Field *field = entity->columns[i].field;
        if (!draft->is_given[i] && field->defaults_if_required &&
            conditional_is_required(task, draft, field))
            fill_value(task, draft, field);
    }
}

/* Lists and objects are stored as text; the same object in another order is no change. */
static bool is_same(Task *task, const Column *column, const SqlValue *a, const SqlValue *b)
{
    if (sql_value_equal(a, b))
        return true;
    if (column->type != SQL_TYPE_JSON || a->kind != SQL_TEXT || b->kind != SQL_TEXT)
        return false;
    const JsonValue *left = NULL;
    const JsonValue *right = NULL;
    if (json_read(task->arena, a->text, &left) != NULL ||
        json_read(task->arena, b->text, &right) != NULL)
        return false;
    return json_equal(left, right);
}

bool draft_find_changes(Task *task, const RecordDraft *draft, bool *out_is_changed)
{
    const Entity *entity = draft->entity;
    bool any = false;
    for (size_t i = 0; i < entity->column_count; i++) {
        out_is_changed[i] = draft->is_given[i] && !is_same(task, &entity->columns[i],
                                                           &draft->values[i], &draft->stored[i]);
        any = any || out_is_changed[i];
    }
    return any;
}

static bool differs_from_stored(Task *task, const RecordDraft *draft, const Key *key,
                                const JsonValue *seen)
{
    FieldProblems ignored = { 0 };
    SqlValue value;
    if (!field_read(task->arena, key->field, seen, &ignored, &value))
        return true; /* what can't be stored can't have been seen */
    return !is_same(task, key->column, &value, &draft->stored[key->column->index]);
}

Error *draft_check_previous(Task *task, const RecordDraft *draft, const JsonValue *body)
{
    const JsonValue *previous = json_find(body, STR("_prev"));
    Buf names;
    buf_init(&names, task->arena, 4096);
    for (size_t i = 0; json_is_object(previous) && i < body->object.count; i++) {
        const Key *key = entity_find_key(draft->entity, body->object.members[i].key);
        const JsonValue *seen = json_find(previous, body->object.members[i].key);
        bool is_compared =
            key != NULL && key->role == KEY_VALUE && key->column != NULL && seen != NULL;
        if (!is_compared || !differs_from_stored(task, draft, key, seen))
            continue;
        if (names.len > 0)
            buf_append(&names, STR(", "));
        buf_append(&names, key->name);
    }
    if (names.len == 0 || json_find_true(body, STR("_skipCheckForConflicts")))
        return NULL;
    Error *error = error_new(task->arena, ERROR_CONFLICT, "Somebody else has changed: %.*s",
                             STR_ARGS(buf_str(&names)));
    error->entity = draft->entity->name;
    return error;
}
