#pragma once
/* Hooks: what single entities do beyond the rules that all share. A const table a feature, listed
 * in server/wiring.c and given to the instance at boot; an absent function means nothing to do. */

#include "record/draft.h"

struct RecordHook {
    const char *entity;
    /* Before the lane; may take long when `is_slow` says so. Gives a new body or the old one. */
    Error *(*prepare)(Task *task, bool is_new, const JsonValue *body, const JsonValue **out);
    bool (*is_slow)(bool is_new, const JsonValue *body);
    /* After the body was read, before the checks: sets values, adds problems. */
    Error *(*before_save)(Task *task, RecordDraft *draft);
    /* After the row and its place in a tree were written: what other records have to follow. `body`
     * as it was checked. Not in a dry run. */
    Error *(*after_save)(Task *task, const RecordDraft *draft, const JsonValue *body);
    Error *(*before_delete)(Task *task, Str id);
    /* Cached logins rest on these records. */
    bool affects_logins;
    /* The model is made from these records, too (schema/model.h): it follows in the same
     * transaction. */
    bool is_model;
};

/* NULL when the entity has none. */
const RecordHook *record_hook_find(const Instance *instance, const Entity *entity);
