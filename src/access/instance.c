#include "access/instance.h"

void instance_init(Instance *instance)
{
    *instance = (Instance){ .mass_max_direct = INSTANCE_MASS_MAX_DIRECT };
    id_write(instance->boot);
    pthread_mutex_init(&instance->schema_lock, NULL);
}

void instance_deinit(Instance *instance)
{
    schema_unref(instance->schema);
    pthread_mutex_destroy(&instance->schema_lock);
}

Schema *instance_take_schema(Instance *instance)
{
    pthread_mutex_lock(&instance->schema_lock);
    Schema *schema = schema_ref(instance->schema);
    pthread_mutex_unlock(&instance->schema_lock);
    return schema;
}

void instance_set_schema(Instance *instance, Schema *schema)
{
    pthread_mutex_lock(&instance->schema_lock);
    Schema *old = instance->schema;
    bool is_newer = old == NULL || schema->version >= old->version;
    if (is_newer)
        instance->schema = schema;
    pthread_mutex_unlock(&instance->schema_lock);
    schema_unref(is_newer ? old : schema);
}
