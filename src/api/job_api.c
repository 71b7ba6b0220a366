#include "api/job_api.h"

#include "access/access.h"
#include "api/respond.h"
#include "feature/job/job.h"
#include "json/brackets.h"
#include "query/parameter.h"

static Error *job_api_status(Task *task, ApiCall *call)
{
    const JsonValue *parameters = NULL;
    Str id;
    TRY(access_check(task, schema_find_entity(task->schema, STR("Job")), ACCESS_READ));
    TRY(brackets_read(task->arena, call->exchange->request.query, &parameters));
    TRY(parameter_find(task->arena, parameters, STR("id"), &id));
    if (str_is_none(id))
        return parameter_error(task->arena, STR("id"), "must name a job");
    return job_write_status(task, id, respond_json(call));
}

/* clang-format off */
const Route job_api_routes[] = {
    { .method = HTTP_GET, .path = "/Job/action/massActionStatus", .needs = NEEDS_LOGIN,
      .handle = job_api_status, .summary = "Says whether a job is done, and what went wrong" },
    { 0 },
};
/* clang-format on */
