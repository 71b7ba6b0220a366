#include "api/mass_action_api.h"

#include "api/record_api.h"
#include "api/respond.h"
#include "feature/mass/mass.h"
#include "json/brackets.h"
#include "query/parameter.h"

static void write_failures(JsonWriter *writer, Arena *arena, const MassResult *result)
{
    json_write_key(writer, STR("errors"));
    json_begin_list(writer);
    if (result->failed > 0)
        json_write_text(writer, str_format(arena, "%lld of %lld records were left as they are",
                                           (long long)result->failed, (long long)result->count));
    for (const MassFailure *failure = result->failures; failure != NULL; failure = failure->next) {
        Str shown = str_is_none(failure->name) ? failure->id : failure->name;
        json_write_text(writer, str_format(arena, "Error for '%.*s': %.*s", STR_ARGS(shown),
                                           STR_ARGS(failure->reason)));
    }
    json_end_list(writer);
}

static void write_result(JsonWriter *writer, Arena *arena, const MassResult *result)
{
    json_begin_object(writer);
    json_write_key(writer, STR("count"));
    json_write_int(writer, result->count);
    json_write_key(writer, STR("sync"));
    json_write_bool(writer, result->is_direct);
    if (result->changed >= 0) {
        json_write_key(writer, STR("changed"));
        json_write_int(writer, result->changed);
    }
    write_failures(writer, arena, result);
    if (!str_is_none(result->job_id)) {
        json_write_key(writer, STR("jobId"));
        json_write_text(writer, result->job_id);
    }
    json_end_object(writer);
}

static Error *run(Task *task, ApiCall *call, const MassAction *action)
{
    const Entity *entity;
    const JsonValue *parameters = NULL;
    bool is_dry_run = false;
    MassResult result;
    JsonWriter writer;
    TRY(record_api_entity(task, call, &entity));
    TRY(brackets_read(task->arena, call->exchange->request.query, &parameters));
    TRY(parameter_read_bool(task->arena, parameters, STR("dryRun"), &is_dry_run));
    TRY(mass_run(task, action, entity, call->body, is_dry_run, &result));
    json_writer_init(&writer, respond_json(call));
    write_result(&writer, task->arena, &result);
    return buf_check(writer.buf);
}

static Error *mass_action_api_update(Task *task, ApiCall *call)
{
    return run(task, call, &mass_update);
}

static Error *mass_action_api_delete(Task *task, ApiCall *call)
{
    return run(task, call, &mass_delete);
}

static Error *mass_action_api_restore(Task *task, ApiCall *call)
{
    return run(task, call, &mass_restore);
}

/* clang-format off */
const Route mass_action_api_routes[] = {
    { .method = HTTP_PUT,  .path = "/{entity}/action/massUpdate",  .needs = NEEDS_LOGIN, .place = PLACE_HEAVY, .body = BODY_JSON,
      .handle = mass_action_api_update, .summary = "Sets the same values in many records" },
    { .method = HTTP_POST, .path = "/{entity}/action/massDelete",  .needs = NEEDS_LOGIN, .place = PLACE_HEAVY, .body = BODY_JSON,
      .handle = mass_action_api_delete, .summary = "Moves many records to the trash, or removes them for good" },
    { .method = HTTP_POST, .path = "/{entity}/action/massRestore", .needs = NEEDS_LOGIN, .place = PLACE_HEAVY, .body = BODY_JSON,
      .handle = mass_action_api_restore, .summary = "Takes many records out of the trash" },
    { 0 },
};
/* clang-format on */
