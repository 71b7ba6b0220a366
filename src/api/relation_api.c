#include "api/relation_api.h"

#include "api/record_api.h"
#include "api/respond.h"
#include "feature/mass/relation.h"

static void write_texts(JsonWriter *writer, const char *id_key, Str id, const char *name_key,
                        Str name)
{
    json_write_key(writer, str_from(id_key));
    json_write_text(writer, id);
    json_write_key(writer, str_from(name_key));
    json_write_text_or_null(writer, name);
}

static void write_failed(JsonWriter *writer, const RelationFailure *failure)
{
    json_begin_object(writer);
    write_texts(writer, "id", failure->id, "name", failure->name);
    write_texts(writer, "foreignId", failure->foreign_id, "foreignName", failure->foreign_name);
    json_write_key(writer, STR("reason"));
    json_write_text(writer, failure->reason);
    json_end_object(writer);
}

static Error *answer(Task *task, ApiCall *call, const RelationResult *result)
{
    JsonWriter writer;
    json_writer_init(&writer, respond_json(call));
    json_begin_object(&writer);
    json_write_key(&writer, STR("message"));
    json_write_text(&writer, result->message);
    json_write_key(&writer, STR("done"));
    json_write_int(&writer, result->done);
    json_write_key(&writer, STR("failed"));
    json_begin_list(&writer);
    for (const RelationFailure *failure = result->failures; failure != NULL;
         failure = failure->next)
        write_failed(&writer, failure);
    json_end_list(&writer);
    if (!str_is_none(result->job_id)) {
        json_write_key(&writer, STR("jobId"));
        json_write_text(&writer, result->job_id);
    }
    json_end_object(&writer);
    (void)task;
    return buf_check(writer.buf);
}

static Error *change(Task *task, ApiCall *call, bool adds)
{
    RelationRequest request = { .link_name = call->values[1], .body = call->body, .adds = adds };
    RelationResult result;
    TRY(record_api_entity(task, call, &request.entity));
    TRY(relation_run(task, &request, &result));
    return answer(task, call, &result);
}

static Error *relation_api_add(Task *task, ApiCall *call)
{
    return change(task, call, true);
}

static Error *relation_api_remove(Task *task, ApiCall *call)
{
    return change(task, call, false);
}

static Error *relation_api_unlink_all(Task *task, ApiCall *call)
{
    const Entity *entity;
    TRY(record_api_entity(task, call, &entity));
    TRY(relation_unlink_all(task, entity, json_find_text(call->body, STR("id")),
                            json_find_text(call->body, STR("link"))));
    respond_true(call, true);
    return NULL;
}

/* clang-format off */
const Route relation_api_routes[] = {
    { .method = HTTP_POST,   .path = "/{entity}/{link}/relation",   .needs = NEEDS_LOGIN, .place = PLACE_HEAVY, .body = BODY_JSON,
      .handle = relation_api_add, .summary = "Links every one of many records with every one of many others" },
    { .method = HTTP_DELETE, .path = "/{entity}/{link}/relation",   .needs = NEEDS_LOGIN, .place = PLACE_HEAVY, .body = BODY_JSON,
      .handle = relation_api_remove, .summary = "Unlinks every one of many records from every one of many others" },
    { .method = HTTP_POST,   .path = "/{entity}/action/unlinkAll",  .needs = NEEDS_LOGIN, .place = PLACE_HEAVY, .body = BODY_JSON,
      .handle = relation_api_unlink_all, .summary = "Unlinks all records that a link leads to" },
    { 0 },
};
/* clang-format on */
