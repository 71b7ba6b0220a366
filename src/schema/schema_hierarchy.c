#include "schema/schema_hierarchy.h"

#include "schema/field_type.h"

/* clang-format off */
static const struct {
    const char *name;
    ComputedField computed;
} computed_fields[] = {
    { "isRoot",            COMPUTED_IS_ROOT },
    { "hasChildren",       COMPUTED_HAS_CHILDREN },
    { "childrenCount",     COMPUTED_CHILDREN_COUNT },
    { "hierarchyRoute",    COMPUTED_ROUTE },
    { "routes",            COMPUTED_ROUTES },
    { "categoryRoute",     COMPUTED_ROUTE_IDS },
    { "categoryRouteName", COMPUTED_ROUTE_NAMES },
    { "inheritedFields",   COMPUTED_INHERITED_FIELDS },
};
/* clang-format on */

ComputedField schema_computed_find(Str name)
{
    for (size_t i = 0; i < sizeof computed_fields / sizeof *computed_fields; i++)
        if (str_equal(name, str_from(computed_fields[i].name)))
            return computed_fields[i].computed;
    return COMPUTED_NONE;
}

static bool names(const JsonValue *scope, const char *key, Str wanted)
{
    const JsonValue *list = json_find(scope, str_from(key));
    for (size_t i = 0; json_is_list(list) && i < list->list.count; i++)
        if (json_is_text(&list->list.items[i]) && str_equal(list->list.items[i].text, wanted))
            return true;
    return false;
}

/* Absent means true (spec 8.4). */
static bool is_on(const JsonValue *scope, const char *key)
{
    const JsonValue *flag = json_find(scope, str_from(key));
    return flag == NULL || (flag->kind == JSON_BOOL && flag->boolean);
}

static bool is_never_inherited(Str name)
{
    static const char *const never[] = {
        "id",        "deleted",    "createdAt", "modifiedAt",   "sortOrder",
        "createdBy", "modifiedBy", "ownerUser", "assignedUser", "teams",
        "parent",    "parents",    "children",  "followers",
    };
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (str_equal(name, str_from(never[i])))
            return true;
    return false;
}

static bool is_kept(const JsonValue *scope, Str name)
{
    bool has_list = json_find(scope, STR("unInheritedFields")) != NULL;
    return is_never_inherited(name) || (!has_list && str_equal(name, STR("name"))) ||
           names(scope, "unInheritedFields", name) ||
           names(scope, "mandatoryUnInheritedFields", name);
}

/* A unique value can't be had twice, and a number that is given once is not taken over. */
static bool takes_field(const JsonValue *scope, const Field *field)
{
    bool is_value = field->column != NULL && field->keys[0].role == KEY_VALUE;
    bool is_of_kept = field->main != NULL && is_kept(scope, field->main->name);
    return is_value && !field->is_system && !field->is_internal && !field->is_unique &&
           !field->type->is_assigned && field->fold_of == NULL && !is_of_kept &&
           !is_kept(scope, field->name);
}

/* Plain one-to-many links and links among the records of the tree itself stay with the record. */
static bool takes_link(const JsonValue *scope, const Link *link)
{
    return link->type == LINK_MANY_TO_MANY && link->field != NULL && link->target != link->entity &&
           !is_never_inherited(link->name) && !names(scope, "unInheritedRelations", link->name);
}

static void mark_inherited(const JsonValue *scope, const Hierarchy *hierarchy, const Entity *entity)
{
    for (size_t i = 0; i < entity->field_count; i++) {
        Field *field = (Field *)(uintptr_t)&entity->fields[i];
        field->is_inherited = hierarchy->inherits_fields && takes_field(scope, field);
    }
    for (size_t i = 0; i < entity->link_count; i++) {
        Link *link = (Link *)(uintptr_t)&entity->links[i];
        link->is_inherited = hierarchy->inherits_links && takes_link(scope, link);
    }
}

/* With a single parent the children are those whose `parent` the record is; the rows of the
 * relation still say in which order. */
static void turn_children(const Hierarchy *hierarchy)
{
    Link *children = (Link *)(uintptr_t)hierarchy->children;
    children->order = hierarchy->order;
    if (hierarchy->own_parent == NULL)
        return;
    children->type = LINK_HAS_MANY;
    children->foreign = hierarchy->own_parent;
}

static bool is_complete(const Hierarchy *hierarchy)
{
    return hierarchy->parents != NULL && hierarchy->children != NULL &&
           hierarchy->relation != NULL && hierarchy->child != NULL && hierarchy->parent != NULL &&
           hierarchy->order != NULL && hierarchy->order->column != NULL &&
           hierarchy->root_order != NULL && hierarchy->root_order->column != NULL;
}

Error *schema_compile_hierarchy(Arena *arena, const Schema *schema, const JsonValue *scopes,
                                Entity *entity)
{
    const JsonValue *scope = json_find(scopes, entity->name);
    bool is_tree = str_equal(json_find_text(scope, STR("type")), STR("Hierarchy")) &&
                   !json_find_true(scope, STR("disableHierarchy"));
    if (!is_tree)
        return NULL;
    Hierarchy *hierarchy = ARENA_NEW(arena, Hierarchy);
    hierarchy->relation =
        schema_find_entity(schema, str_concat(arena, entity->name, STR("Hierarchy")));
    hierarchy->parents = entity_find_link(entity, STR("parents"));
    hierarchy->children = entity_find_link(entity, STR("children"));
    hierarchy->root_order = entity_find_field(entity, STR("sortOrder"));
    if (hierarchy->relation != NULL && hierarchy->parents != NULL) {
        hierarchy->child = hierarchy->parents->near;
        hierarchy->parent = hierarchy->parents->far;
        hierarchy->order = entity_find_field(hierarchy->relation, STR("hierarchySortOrder"));
    }
    if (!is_complete(hierarchy))
        return error_new(arena, ERROR_INVALID, "The definition of '%.*s' lacks a part of its tree",
                         STR_ARGS(entity->name));
    if (!json_find_true(scope, STR("multiParents")))
        hierarchy->own_parent = entity_find_field(entity, STR("parent"));
    hierarchy->inherits_fields = is_on(scope, "fieldValueInheritance");
    hierarchy->inherits_links = is_on(scope, "relationInheritance");
    entity->hierarchy = hierarchy;
    ((Entity *)(uintptr_t)hierarchy->relation)->tree = entity;
    mark_inherited(scope, hierarchy, entity);
    turn_children(hierarchy);
    return NULL;
}
