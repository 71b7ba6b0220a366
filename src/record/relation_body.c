#include "record/relation_body.h"

#include "query/list_spec.h"
#include "query/lookup.h"
#include "record/record.h"

static Error *body_error(Task *task, const char *code, Str field, const char *reason)
{
    Error *error = error_new_code(task->arena, ERROR_INVALID, code, "%s", reason);
    error->field = field;
    return error;
}

static bool is_link_name(const Link *link, Str name)
{
    if (str_equal(link->name, name) || str_equal_ignoring_case(link->relation->name, name))
        return true;
    for (size_t i = 0; i < link->target->link_count; i++) {
        const Link *opposite = &link->target->links[i];
        if (opposite->relation == link->relation && str_equal(opposite->name, name))
            return true;
    }
    return false;
}

static const Link *find_link(const Entity *entity, Str name, Str other)
{
    for (size_t i = 0; i < entity->link_count; i++) {
        const Link *link = &entity->links[i];
        if (link->type != LINK_MANY_TO_MANY || (!str_is_none(name) && !is_link_name(link, name)))
            continue;
        if (str_is_none(other) || str_equal(link->target->name, other) ||
            str_equal(link->relation->name, other))
            return link;
    }
    return NULL;
}

static Error *find_row(Task *task, const Link *link, Str id, const Field *by, Str value, Str *out)
{
    LookupMatch matches[] = { { .column = link->near->column, .value = sql_text(id) },
                              { .column = by->column, .value = sql_text(value) } };
    *out = STR_NONE;
    if (value.len == 0)
        return NULL;
    return lookup_find_id(task->sql, link->relation, matches, 2, out);
}

static Error *find_named_row(Task *task, const Link *link, Str id, const JsonValue *body, Str *out)
{
    Str row = json_find_text(body, STR("_relationId"));
    if (str_is_none(row))
        row = json_find_text(body, STR("_relationEntityId"));
    TRY(find_row(task, link, id, link->relation->id, row, out));
    if (str_is_none(*out))
        TRY(find_row(task, link, id, link->far, row, out));
    if (!str_is_none(*out))
        return NULL;
    return body_error(task, "noSuchRecord", STR("_relationId"),
                      "The record is not linked by that relation");
}

/* `ProductCategory__sorting` -> `sorting`. */
static JsonValue values_of(Task *task, const Link *link, const JsonValue *body)
{
    Str prefix = str_concat(task->arena, link->relation->name, LIST_RELATION_MARK);
    JsonValue values = { .kind = JSON_OBJECT };
    values.object.members = ARENA_ARRAY(task->arena, JsonMember, body->object.count);
    for (size_t i = 0; i < body->object.count; i++) {
        const JsonMember *member = &body->object.members[i];
        if (!str_starts_with(member->key, prefix))
            continue;
        JsonMember *value = &values.object.members[values.object.count++];
        *value = *member;
        value->key = str_slice(member->key, prefix.len, member->key.len);
    }
    return values;
}

Error *relation_body_apply(Task *task, const RecordDraft *draft, const JsonValue *body,
                           bool *out_changed)
{
    Str row;
    RecordResult result;
    Str name = json_find_text(body, STR("_relationName"));
    Str other = json_find_text(body, STR("_relationEntity"));
    if (str_is_none(name) && str_is_none(other))
        return NULL;
    const Link *link = find_link(draft->entity, name, other);
    if (link == NULL)
        return body_error(task, "noSuchLink", STR("_relationName"), "There is no such relation");
    JsonValue values = values_of(task, link, body);
    if (values.object.count == 0)
        return NULL;
    TRY(find_named_row(task, link, draft->id, body, &row));
    TRY(record_update(task, link->relation, row, &values, &result));
    *out_changed = *out_changed || result.outcome != RECORD_UNCHANGED;
    return NULL;
}
