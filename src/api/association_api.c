#include "api/association_api.h"

#include "api/record_api.h"
#include "api/respond.h"
#include "feature/association/association.h"

static Error *association_api_remove(Task *task, ApiCall *call)
{
    const Entity *entity;
    TRY(record_api_entity(task, call, &entity));
    if (str_is_none(entity->associates_for))
        return error_new_code(task->arena, ERROR_NOT_FOUND, "noSuchAction",
                              "There is no such action");
    AssociationTie tie = { .main_id = json_find_text(call->body, STR("mainRecordId")),
                           .related_id = json_find_text(call->body, STR("relatedRecordId")),
                           .association_id = json_find_text(call->body, STR("associationId")) };
    TRY(association_remove(task, entity, &tie));
    respond_true(call, true);
    return NULL;
}

/* clang-format off */
const Route association_api_routes[] = {
    { .method = HTTP_POST, .path = "/{entity}/action/removeAssociates", .needs = NEEDS_LOGIN, .place = PLACE_WRITE, .body = BODY_JSON,
      .handle = association_api_remove, .summary = "Removes associations between records" },
    { 0 },
};
/* clang-format on */
