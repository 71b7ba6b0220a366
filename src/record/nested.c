#include "record/nested.h"

#include "access/access.h"
#include "base/utf8.h"
#include "query/lookup.h"
#include "record/draft.h"
#include "record/hook.h"
#include "record/record.h"
#include "record/record_check.h"
#include "schema/field_type.h"

/* One nested object: the link that it stands for, and itself. */
typedef struct Nested {
    const Field *field;
    const Entity *target;
    const JsonValue *object;
} Nested;

static Str path_of(Task *task, const Field *field, Str inner)
{
    if (str_is_none(inner))
        return field->name;
    return str_format(task->arena, "%.*s.%.*s", STR_ARGS(field->name), STR_ARGS(inner));
}

static Error *nested_error(Task *task, const Field *field, Str inner, const char *code,
                           const char *reason)
{
    Error *error = error_new_code(task->arena, ERROR_INVALID, code, "%s", reason);
    error->field = path_of(task, field, inner);
    error->entity = field->entity->name;
    return error;
}

/* What the nested record was refused for, told in the words of the record around it. */
static Error *within(Task *task, const Field *field, Error *error)
{
    FieldProblem *problems = NULL;
    FieldProblem **end = &problems;
    if (error == NULL || error->kind != ERROR_INVALID)
        return error;
    for (const FieldProblem *problem = error->problems; problem != NULL; problem = problem->next) {
        *end = ARENA_NEW(task->arena, FieldProblem);
        **end = *problem;
        (*end)->next = NULL;
        (*end)->field = path_of(task, field, problem->field);
        end = &(*end)->next;
    }
    error->problems = problems;
    error->field = path_of(task, field, error->field);
    error->entity = field->entity->name;
    return error;
}

/* ---- finding ---- */

/* As it would be stored; false when the object gives none to find by. */
static bool find_value(Task *task, const Field *field, const JsonValue *object, SqlValue *out)
{
    FieldProblems ignored = { 0 }; /* told when the record is created */
    const Field *given = field->fold_of != NULL ? field->fold_of : field;
    const JsonValue *value = given->is_internal ? NULL : json_find(object, given->keys[0].name);
    if (json_is_null(value) || !field_read(task->arena, given, value, &ignored, out) ||
        sql_value_is_empty(out))
        return false;
    if (field->fold_of != NULL)
        *out = sql_text(utf8_fold_name(task->arena, out->text));
    return true;
}

static Error *find_by(Task *task, const Nested *nested, const Field *field, Str *out)
{
    SqlValue value;
    *out = STR_NONE;
    if (!find_value(task, field, nested->object, &value))
        return NULL;
    LookupMatch match = { .column = field->column, .value = value };
    return record_find_by(task, &match, 1, out);
}

static Error *find_by_unique(Task *task, const Nested *nested, Str *out)
{
    for (size_t i = 0; i < nested->target->column_count; i++) {
        const Field *field = nested->target->columns[i].field;
        Str found;
        if (!field->is_unique)
            continue;
        TRY(find_by(task, nested, field, &found));
        if (!str_is_none(found) && !str_is_none(*out) && !str_equal(found, *out))
            return nested_error(task, nested->field, field->name, "ambiguousMatch",
                                "The unique values belong to different records");
        if (!str_is_none(found))
            *out = found;
    }
    return NULL;
}

/* Names need not be unique: of two records none is meant. */
static Error *find_by_name(Task *task, const Nested *nested, Str *out)
{
    SqlValue name;
    Str found[2];
    size_t count = 0;
    const Field *field = nested->target->name_field;
    if (field == NULL || field->column == NULL || !find_value(task, field, nested->object, &name))
        return NULL;
    LookupMatch match = { .column = field->column, .value = name };
    TRY(lookup_find_some(task->sql, &match, 1, found, 2, &count));
    if (count > 1)
        return nested_error(task, nested->field, field->name, "ambiguousMatch",
                            "Several records have this name");
    *out = count == 1 ? found[0] : STR_NONE;
    return NULL;
}

static Error *find_record(Task *task, const Nested *nested, Str *out)
{
    TRY(access_check(task, nested->target, ACCESS_READ));
    TRY(find_by(task, nested, nested->target->id, out));
    if (str_is_none(*out))
        TRY(find_by_unique(task, nested, out));
    if (str_is_none(*out))
        TRY(find_by_name(task, nested, out));
    return NULL;
}

/* ---- creating ---- */

static const Field *field_of_link(const Entity *entity, Str name)
{
    const Field *field = entity_find_field(entity, name);
    bool is_link = field != NULL && field->link != NULL && !field->is_internal;
    return is_link && entity_find_key(entity, name) == NULL ? field : NULL;
}

static Error *check_may_make(Task *task, const Nested *nested)
{
    const RecordHook *hook = record_hook_find(task->instance, nested->target);
    for (size_t i = 0; i < nested->object->object.count; i++) {
        const JsonMember *member = &nested->object->object.members[i];
        bool is_object = json_is_object(&member->value) || json_is_list(&member->value);
        if (is_object && field_of_link(nested->target, member->key) != NULL)
            return nested_error(task, nested->field, member->key, "badParameter",
                                "Linked objects go one level deep");
    }
    /* What has to be done before the lane can't be done on the way. */
    if (hook == NULL || hook->prepare == NULL)
        return NULL;
    return nested_error(task, nested->field, STR_NONE, "noSuchRecord",
                        "There is no such record, and none is made on the way");
}

static Error *make_record(Task *task, const Nested *nested, Str *out)
{
    RecordResult result;
    if (task->is_writing)
        TRY(record_create(task, nested->target, nested->object, &result));
    else /* a dry run */
        TRY(record_dry_run(task, nested->target, STR_NONE, nested->object, &result));
    *out = result.id;
    return NULL;
}

static Error *resolve_object(Task *task, const Field *field, const JsonValue *object, Str *out)
{
    Nested nested = { .field = field, .target = field->link->target, .object = object };
    *out = STR_NONE;
    TRY(find_record(task, &nested, out));
    if (!str_is_none(*out))
        return NULL;
    TRY(check_may_make(task, &nested));
    return within(task, field, make_record(task, &nested, out));
}

/* ---- bodies ---- */

static Error *resolve_one(Task *task, const Field *field, JsonMember *member)
{
    Str id;
    TRY(resolve_object(task, field, &member->value, &id));
    *member =
        (JsonMember){ .key = field->keys[0].name, .value = { .kind = JSON_TEXT, .text = id } };
    return NULL;
}

static Error *resolve_list(Task *task, const Field *field, JsonMember *member)
{
    size_t count = member->value.list.count;
    JsonValue ids = { .kind = JSON_LIST };
    if (count > DRAFT_MAX_LINK_IDS)
        return nested_error(task, field, STR_NONE, "badParameter", "The list is too long");
    ids.list.items = ARENA_ARRAY(task->arena, JsonValue, count);
    for (; ids.list.count < count; ids.list.count++) {
        const JsonValue *item = &member->value.list.items[ids.list.count];
        JsonValue *id = &ids.list.items[ids.list.count];
        *id = *item;
        if (!json_is_object(item))
            continue; /* an id; anything else is refused as one */
        id->kind = JSON_TEXT;
        TRY(resolve_object(task, field, item, &id->text));
    }
    *member = (JsonMember){ .key = field->keys[0].name, .value = ids };
    return NULL;
}

static const Field *nested_field(const Entity *entity, const JsonMember *member)
{
    const Field *field = field_of_link(entity, member->key);
    if (field == NULL || field->is_system || field->is_protected)
        return NULL;
    bool is_list = field->keys[0].role == KEY_LINK_IDS;
    bool is_nested = is_list ? json_is_list(&member->value) : json_is_object(&member->value);
    return is_nested ? field : NULL;
}

static bool has_nested(const Entity *entity, const JsonValue *body)
{
    for (size_t i = 0; i < body->object.count; i++)
        if (nested_field(entity, &body->object.members[i]) != NULL)
            return true;
    return false;
}

Error *nested_resolve(Task *task, const Entity *entity, const JsonValue *body,
                      const JsonValue **out)
{
    *out = body;
    if (!json_is_object(body) || !has_nested(entity, body))
        return NULL;
    JsonValue *resolved = ARENA_NEW(task->arena, JsonValue);
    size_t count = body->object.count;
    *resolved = *body;
    resolved->object.members = ARENA_ARRAY(task->arena, JsonMember, count);
    memcpy(resolved->object.members, body->object.members, count * sizeof(JsonMember));
    for (size_t i = 0; i < count; i++) {
        JsonMember *member = &resolved->object.members[i];
        const Field *field = nested_field(entity, member);
        if (field == NULL)
            continue;
        if (json_is_list(&member->value))
            TRY(resolve_list(task, field, member));
        else
            TRY(resolve_one(task, field, member));
    }
    *out = resolved;
    return NULL;
}
