#include "record/hook.h"

#include "access/access.h"
#include "record/record.h"

const RecordHook *record_hook_find(const Instance *instance, const Entity *entity)
{
    for (const RecordHook *const *hook = instance->hooks; hook != NULL && *hook != NULL; hook++)
        if (str_equal(str_from((*hook)->entity), entity->name))
            return *hook;
    return NULL;
}

Error *record_prepare(Task *task, const Entity *entity, bool is_new, const JsonValue *body,
                      const JsonValue **out)
{
    const RecordHook *hook = record_hook_find(task->instance, entity);
    *out = body;
    if (hook == NULL || hook->prepare == NULL || !json_is_object(body))
        return NULL;
    /* Before the work, which may be much: the right is asked again when the record is written. */
    TRY(access_check(task, entity, is_new ? ACCESS_CREATE : ACCESS_EDIT));
    return hook->prepare(task, is_new, body, out);
}

bool record_prepares_slowly(const Task *task, const Entity *entity, bool is_new,
                            const JsonValue *body)
{
    const RecordHook *hook = record_hook_find(task->instance, entity);
    return hook != NULL && hook->is_slow != NULL && json_is_object(body) &&
           hook->is_slow(is_new, body);
}
