#include "access/access.h"

Error *access_check_login(Task *task)
{
    if (task->caller->is_anonymous)
        return error_new(task->arena, ERROR_UNAUTHENTICATED, "Log in first");
    return NULL;
}

Error *access_check_admin(Task *task)
{
    TRY(access_check_login(task));
    if (!task->caller->is_admin)
        return error_new(task->arena, ERROR_FORBIDDEN, "Only administrators may do this");
    return NULL;
}

Error *access_check(Task *task, const Entity *entity, AccessAction action)
{
    static const char *const names[] = { "read", "create", "edit", "delete" };
    TRY(access_check_login(task));
    if (entity->is_internal)
        return error_new_code(task->arena, ERROR_NOT_FOUND, "noSuchEntity",
                              "There is no such entity");
    if (task->caller->is_admin)
        return NULL;
    Error *error = error_new(task->arena, ERROR_FORBIDDEN, "You may not %s records of '%.*s'",
                             names[action], STR_ARGS(entity->name));
    error->entity = entity->name;
    return error;
}
