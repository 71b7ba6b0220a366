#include "api/tree_api.h"

#include "api/record_api.h"
#include "api/respond.h"
#include "feature/hierarchy/inherit.h"
#include "feature/hierarchy/tree.h"
#include "json/brackets.h"
#include "query/list_spec.h"
#include "query/parameter.h"
#include "record/record.h"

static Error *missing(Task *task, const char *name)
{
    Error *error =
        error_new_code(task->arena, ERROR_INVALID, "badParameter", "'%s' is needed here", name);
    error->field = str_from(name);
    return error;
}

/* Which records of an entity without a tree: those that `scope` leads to by `link`, or all. */
static Error *read_flat(Task *task, const JsonValue *parameters, TreeLevel *level)
{
    Str link;
    Str scope;
    TRY(parameter_find(task->arena, parameters, STR("link"), &link));
    TRY(parameter_find(task->arena, parameters, STR("scope"), &scope));
    level->is_flat = true;
    if (str_is_none(link))
        return missing(task, "link");
    if (str_equal(link, STR("_self")))
        return NULL;
    if (str_is_none(scope))
        return missing(task, "scope");
    const Entity *entity = schema_find_entity(task->schema, scope);
    if (entity == NULL)
        return error_new_code(task->arena, ERROR_INVALID, "noSuchEntity",
                              "There is no such entity");
    level->used_by = entity_find_link(entity, link);
    if (level->used_by == NULL || level->used_by->target != level->entity ||
        level->used_by->type == LINK_HAS_MANY)
        return error_new_code(task->arena, ERROR_INVALID, "noSuchLink",
                              "'%.*s' has no such link to '%.*s'", STR_ARGS(entity->name),
                              STR_ARGS(level->entity->name));
    return NULL;
}

static Error *read_level(Task *task, ApiCall *call, const JsonValue *parameters, TreeLevel *out)
{
    ListSpec spec;
    *out = (TreeLevel){ .parent_id = STR_NONE };
    TRY(record_api_entity(task, call, &out->entity));
    TRY(list_spec_parse(task->arena, out->entity, call->exchange->request.query,
                        task->instance->max_list_size, &spec));
    TRY(parameter_find(task->arena, parameters, STR("node"), &out->parent_id));
    out->where = spec.where;
    out->offset = spec.offset;
    out->page_rows = TREE_PAGE_ROWS;
    if (!json_is_null(json_find(parameters, STR("maxSize"))))
        out->page_rows = spec.page_rows;
    Str sort;
    TRY(parameter_find(task->arena, parameters, STR("sortBy"), &sort));
    /* Roots and children have numbers of their own; to sort by them is the order of the tree. */
    bool is_tree_order =
        str_is_none(sort) ||
        (out->entity->hierarchy != NULL && spec.sort_field == out->entity->hierarchy->root_order);
    out->sort_field = is_tree_order ? NULL : spec.sort_field;
    out->is_descending = !json_is_null(json_find(parameters, STR("asc"))) && spec.is_descending;
    return out->entity->hierarchy != NULL ? NULL : read_flat(task, parameters, out);
}

static Error *tree_api_tree(Task *task, ApiCall *call)
{
    const JsonValue *parameters = NULL;
    TreeLevel level;
    Str selected;
    TRY(brackets_read(task->arena, call->exchange->request.query, &parameters));
    TRY(read_level(task, call, parameters, &level));
    TRY(parameter_find(task->arena, parameters, STR("selectedId"), &selected));
    if (!str_is_none(selected) && !level.is_flat)
        return tree_write_path(task, &level, selected, respond_json(call));
    return tree_write_level(task, &level, respond_json(call));
}

static Error *read_ids(Task *task, const JsonValue *list, Str **out, size_t *out_count)
{
    *out = ARENA_ARRAY(task->arena, Str, list->list.count);
    for (size_t i = 0; i < list->list.count; i++) {
        if (!json_is_text(&list->list.items[i]))
            return error_new_code(task->arena, ERROR_INVALID, "badId", "ids[%zu] is not text", i);
        (*out)[(*out_count)++] = list->list.items[i].text;
    }
    return NULL;
}

static Error *tree_api_tree_data(Task *task, ApiCall *call)
{
    const JsonValue *parameters = NULL;
    const Entity *entity;
    ListSpec spec;
    Str *ids;
    size_t count = 0;
    TRY(record_api_entity(task, call, &entity));
    TRY(brackets_read(task->arena, call->exchange->request.query, &parameters));
    const JsonValue *list = json_find(parameters, STR("ids"));
    TRY(list_spec_parse(task->arena, entity, call->exchange->request.query,
                        task->instance->max_list_size, &spec));
    if (json_is_list(list))
        TRY(read_ids(task, list, &ids, &count));
    else if (spec.where != NULL)
        TRY(tree_find_ids(task, entity, spec.where, &ids, &count));
    else
        return missing(task, "ids");
    return tree_write_branches(task, entity, ids, count, respond_json(call));
}

/* ---- inheritance ---- */

static Error *inherit_call(Task *task, ApiCall *call, const Entity **out_entity, Str *out_id)
{
    TRY(record_api_entity(task, call, out_entity));
    *out_id = json_find_text(call->body, STR("id"));
    return str_is_none(*out_id) ? missing(task, "id") : NULL;
}

static Error *tree_api_inherit_field(Task *task, ApiCall *call)
{
    const Entity *entity;
    Str id;
    bool is_done = false;
    Str field = json_find_text(call->body, STR("field"));
    TRY(inherit_call(task, call, &entity, &id));
    if (str_is_none(field))
        return missing(task, "field");
    TRY(inherit_field(task, entity, id, field, &is_done));
    respond_true(call, is_done);
    return NULL;
}

static Error *tree_api_inherit_all(Task *task, ApiCall *call)
{
    const Entity *entity;
    Str id;
    bool is_done = false;
    Str link = json_find_text(call->body, STR("link"));
    TRY(inherit_call(task, call, &entity, &id));
    if (str_is_none(link))
        return missing(task, "link");
    TRY(inherit_links(task, entity, id, link, &is_done));
    respond_true(call, is_done);
    return NULL;
}

/* It fills what is empty; `overwrite` takes the rest as well. */
static Error *tree_api_inherit_from_parent(Task *task, ApiCall *call)
{
    const Entity *entity;
    Str id;
    bool is_done = false;
    TRY(inherit_call(task, call, &entity, &id));
    TRY(inherit_from_parent(task, entity, id, !json_find_true(call->body, STR("overwrite")),
                            &is_done));
    respond_true(call, is_done);
    return NULL;
}

static Error *tree_api_inherit_for_children(Task *task, ApiCall *call)
{
    const Entity *entity;
    Str id;
    bool is_done = false;
    TRY(inherit_call(task, call, &entity, &id));
    TRY(inherit_for_children(task, entity, id, &is_done));
    respond_true(call, is_done);
    return NULL;
}

static Error *tree_api_inherit_relation(Task *task, ApiCall *call)
{
    const Entity *relation;
    Str row_id;
    InheritRow which = { .entity = json_find_text(call->body, STR("entityType")),
                         .id = json_find_text(call->body, STR("entityId")),
                         .link = json_find_text(call->body, STR("relation")),
                         .row_id = json_find_text(call->body, STR("relId")) };
    TRY(record_api_entity(task, call, &relation));
    if (str_is_none(which.entity))
        return missing(task, "entityType");
    if (str_is_none(which.id))
        return missing(task, "entityId");
    if (str_is_none(which.link))
        return missing(task, "relation");
    if (str_is_none(which.row_id))
        return missing(task, "relId");
    TRY(inherit_row(task, relation, &which, &row_id));
    return record_read(task, relation, row_id, NULL, respond_json(call));
}

/* clang-format off */
const Route tree_api_routes[] = {
    { .method = HTTP_GET,  .path = "/{entity}/action/tree",     .needs = NEEDS_LOGIN,
      .handle = tree_api_tree, .summary = "Returns a level of a tree, or the levels on the way to a record" },
    { .method = HTTP_GET,  .path = "/{entity}/action/treeData", .needs = NEEDS_LOGIN,
      .handle = tree_api_tree_data, .summary = "Returns the branches that lead to some records" },
    { .method = HTTP_POST, .path = "/{entity}/action/inheritField", .needs = NEEDS_LOGIN, .place = PLACE_WRITE, .body = BODY_JSON,
      .handle = tree_api_inherit_field, .summary = "Gives a field the value of the parent" },
    { .method = HTTP_POST, .path = "/{entity}/action/inheritAll",   .needs = NEEDS_LOGIN, .place = PLACE_WRITE, .body = BODY_JSON,
      .handle = tree_api_inherit_all, .summary = "Links what the parent is linked to" },
    { .method = HTTP_POST, .path = "/{entity}/action/inheritAllFromParent",  .needs = NEEDS_LOGIN, .place = PLACE_WRITE, .body = BODY_JSON,
      .handle = tree_api_inherit_from_parent, .summary = "Takes the values of the parent" },
    { .method = HTTP_POST, .path = "/{entity}/action/inheritAllForChildren", .needs = NEEDS_LOGIN, .place = PLACE_WRITE, .body = BODY_JSON,
      .handle = tree_api_inherit_for_children, .summary = "Gives empty fields and links below a record the values above them" },
    { .method = HTTP_PUT,  .path = "/{entity}/action/inheritRelation", .needs = NEEDS_LOGIN, .place = PLACE_WRITE, .body = BODY_JSON,
      .handle = tree_api_inherit_relation, .summary = "Gives the fields of a relation row the values of the parent's row" },
    { 0 },
};
/* clang-format on */
