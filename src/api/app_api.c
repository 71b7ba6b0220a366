#include "api/app_api.h"

#include "api/respond.h"
#include "feature/token/token.h"
#include "json/json_reader.h"
#include "record/record.h"
#include "schema/metadata.h"

/* Hours in a header of App/user: absent = -1. */
static Error *read_hours(Task *task, const ApiCall *call, Str header, int64_t *out)
{
    Str value = http_request_header(&call->exchange->request, header);
    *out = -1;
    if (str_is_none(value))
        return NULL;
    if (str_parse_int(str_trim(value), out) && *out >= 0 && *out <= 876000)
        return NULL;
    return error_new(task->arena, ERROR_INVALID, "The header '%.*s' must be a number of hours",
                     STR_ARGS(header));
}

/* With a token the same one comes back; with a password a new one is made. */
static Error *take_token(Task *task, const ApiCall *call, Str *out)
{
    TokenRequest request = { .user_id = task->caller->user_id,
                             .remote_address = call->exchange->request.remote_address };
    *out = task->caller->token;
    if (!str_is_none(*out))
        return NULL;
    TRY(read_hours(task, call, STR("Authorization-Token-Lifetime"), &request.lifetime_hours));
    TRY(read_hours(task, call, STR("Authorization-Token-Idletime"), &request.idle_hours));
    return token_issue(task, &request, out);
}

static void write_acl(Task *task, JsonWriter *writer)
{
    json_write_key(writer, STR("acl"));
    json_begin_object(writer);
    json_write_key(writer, STR("table"));
    json_begin_object(writer);
    for (size_t i = 0; i < task->schema->entity_count; i++) {
        json_write_key(writer, task->schema->entities[i].name);
        if (task->caller->is_admin)
            json_write_raw(
                writer,
                STR("{\"create\":\"yes\",\"read\":\"all\",\"edit\":\"all\",\"delete\":\"all\","
                    "\"stream\":\"all\"}"));
        else
            json_write_bool(writer, false);
    }
    json_end_object(writer);
    json_write_raw(writer,
                   STR("\"fieldTable\":{},\"fieldTableQuickAccess\":{},\"attributeTable\":{}"));
    json_end_object(writer);
}

/* A user may always see oneself here, whatever the role says of users. */
static Error *write_user(Task *task, JsonWriter *writer)
{
    const Entity *entity = schema_find_entity(task->schema, STR("User"));
    const Caller *caller = task->caller;
    Caller self = *caller;
    Buf user;
    self.is_admin = true;
    buf_init(&user, task->arena, (size_t)1 << 20);
    task->caller = &self;
    Error *error = record_read(task, entity, caller->user_id, NULL, &user);
    task->caller = caller;
    TRY(error);
    json_write_key(writer, STR("user"));
    json_write_raw(writer, buf_str(&user));
    return NULL;
}

/* Nobody can have preferences or settings of one's own yet: they are empty, not absent. */
static void write_surroundings(const Task *task, JsonWriter *writer)
{
    json_write_key(writer, STR("preferences"));
    json_begin_object(writer);
    json_end_object(writer);
    json_write_key(writer, STR("settings"));
    json_begin_object(writer);
    json_end_object(writer);
    json_write_key(writer, STR("language"));
    json_write_text(writer, STR("en_US"));
    json_write_key(writer, STR("appParams"));
    json_begin_object(writer);
    json_write_key(writer, STR("maxUploadSize"));
    json_write_int(writer, task->instance->max_body_mib);
    json_end_object(writer);
}

static Error *app_api_user(Task *task, ApiCall *call)
{
    Str token;
    JsonWriter writer;
    TRY(take_token(task, call, &token));
    Str authorization = credentials_to_text(task->arena, task->caller->user_name, token);
    call->exchange->response.is_secret = true;
    json_writer_init(&writer, respond_json(call));
    json_begin_object(&writer);
    json_write_key(&writer, STR("authorizationToken"));
    json_write_text(&writer, authorization);
    if (!route_has_flag(call, STR("Authorization-Token-Only"))) {
        json_write_key(&writer, STR("token"));
        json_write_text(&writer, token);
        TRY(write_user(task, &writer));
        write_acl(task, &writer);
        write_surroundings(task, &writer);
    }
    json_end_object(&writer);
    return buf_check(writer.buf);
}

static Error *app_api_destroy_token(Task *task, ApiCall *call)
{
    bool is_done = false;
    Str token = json_find_text(call->body, STR("token"));
    if (token.len == 0)
        return error_new(task->arena, ERROR_INVALID, "The body needs the 'token' to destroy");
    TRY(token_destroy(task, token, &is_done));
    respond_true(call, is_done);
    return NULL;
}

static Error *app_api_root(Task *task, ApiCall *call)
{
    JsonWriter writer;
    (void)task;
    json_writer_init(&writer, respond_json(call));
    json_write_text(&writer, STR("Pimento REST API"));
    return NULL;
}

static Error *app_api_metadata(Task *task, ApiCall *call)
{
    const JsonValue *document = NULL;
    JsonWriter writer;
    TRY(metadata_describe(task->arena, task->schema->metadata, &document));
    json_writer_init(&writer, respond_json(call));
    json_write_value(&writer, document);
    return buf_check(writer.buf);
}

static Error *app_api_health(Task *task, ApiCall *call)
{
    JsonWriter writer;
    TRY(task_reader(task)); /* a database that can't be read is no good health */
    json_writer_init(&writer, respond_json(call));
    json_begin_object(&writer);
    json_write_key(&writer, STR("status"));
    json_write_text(&writer, STR("ok"));
    json_end_object(&writer);
    return NULL;
}

/* clang-format off */
const Route app_api_routes[] = {
    { .method = HTTP_GET,  .path = "/healthz",                     .needs = NEEDS_NOTHING, .is_outside = true,
      .handle = app_api_health, .summary = "Says that the server and its database answer" },
    { .method = HTTP_GET,  .path = "/",                            .needs = NEEDS_LOGIN,
      .handle = app_api_root, .summary = "Says that the caller is logged in" },
    { .method = HTTP_GET,  .path = "/App/user",                    .needs = NEEDS_LOGIN, .place = PLACE_HEAVY,
      .handle = app_api_user, .summary = "Logs in: returns a token, and the user" },
    { .method = HTTP_GET,  .path = "/userSession",                 .needs = NEEDS_LOGIN, .place = PLACE_HEAVY,
      .handle = app_api_user, .summary = "The same as App/user" },
    { .method = HTTP_POST, .path = "/App/action/destroyAuthToken", .needs = NEEDS_LOGIN, .place = PLACE_HEAVY, .body = BODY_JSON,
      .handle = app_api_destroy_token, .summary = "Ends a token" },
    { .method = HTTP_GET,  .path = "/Metadata",                    .needs = NEEDS_LOGIN,
      .handle = app_api_metadata, .summary = "Returns the instance's metadata" },
    { 0 },
};
/* clang-format on */
