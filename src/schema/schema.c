#include "schema/schema.h"

#include "schema/pattern.h"

Schema *schema_ref(Schema *schema)
{
    __atomic_fetch_add(&schema->refs, 1, __ATOMIC_RELAXED);
    return schema;
}

void schema_unref(Schema *schema)
{
    if (schema == NULL || __atomic_sub_fetch(&schema->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    pattern_free(schema->patterns);
    arena_free(schema->arena);
}

const Entity *schema_find_entity(const Schema *schema, Str name)
{
    return map_find(&schema->entities_by_name, name);
}

const Field *entity_find_field(const Entity *entity, Str name)
{
    return map_find(&entity->fields_by_name, name);
}

const Key *entity_find_key(const Entity *entity, Str name)
{
    return map_find(&entity->keys_by_name, name);
}

const Link *entity_find_link(const Entity *entity, Str name)
{
    return map_find(&entity->links_by_name, name);
}
