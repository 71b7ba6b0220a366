#include "api/record_api.h"

#include <assert.h>

#include "api/respond.h"
#include "feature/mass/mass.h"
#include "json/brackets.h"
#include "query/parameter.h"
#include "record/draft.h"
#include "record/history.h"
#include "record/link.h"
#include "record/record.h"

Error *record_api_entity(Task *task, const ApiCall *call, const Entity **out)
{
    char *name = str_copy_c(task->arena, call->values[0]);
    if (name[0] >= 'a' && name[0] <= 'z')
        name[0] = (char)(name[0] - 32);
    *out = schema_find_entity(task->schema, (Str){ name, call->values[0].len });
    if (*out != NULL)
        return NULL;
    return error_new_code(task->arena, ERROR_NOT_FOUND, "noSuchEntity", "There is no such entity");
}

static Error *answer_record(Task *task, ApiCall *call, const Entity *entity,
                            const RecordResult *result)
{
    Buf *body = respond_json(call);
    TRY(record_read(task, entity, result->id, NULL, body));
    if (str_is_none(result->secret))
        return NULL;
    /* The one answer that shows it: `…,"authToken":"…"}` */
    JsonWriter writer = { .buf = body, .needs_comma = true };
    body->len--;
    json_write_key(&writer, STR("authToken"));
    json_write_text(&writer, result->secret);
    json_end_object(&writer);
    call->exchange->response.is_secret = true;
    return buf_check(body);
}

static Error *read_language(Task *task, const ApiCall *call, ListSpec *out)
{
    Str code = http_request_header(&call->exchange->request, STR("language"));
    return schema_choose_language(task->arena, task->schema, code, &out->language);
}

static Error *record_api_list(Task *task, ApiCall *call)
{
    const Entity *entity;
    ListSpec spec;
    TRY(record_api_entity(task, call, &entity));
    TRY(list_spec_parse(task->arena, entity, call->exchange->request.query,
                        task->instance->max_list_size, &spec));
    TRY(read_language(task, call, &spec));
    return record_list(task, &spec, respond_json(call));
}

static Error *record_api_read(Task *task, ApiCall *call)
{
    const Entity *entity;
    const JsonValue *parameters = NULL;
    ListSpec spec = { 0 };
    TRY(record_api_entity(task, call, &entity));
    TRY(read_language(task, call, &spec));
    TRY(brackets_read(task->arena, call->exchange->request.query, &parameters));
    TRY(list_spec_parse_select(task->arena, entity, parameters, &spec));
    return record_read(task, entity, call->values[1], &spec, respond_json(call));
}

/* A record that is being written: its entity, and the body after what has to happen before the
 * lane. */
typedef struct Writing {
    ApiCall *call;
    const Entity *entity;
    const JsonValue *body;
} Writing;

static Error *begin_writing(Task *task, ApiCall *call, Writing *out)
{
    *out = (Writing){ .call = call };
    TRY(record_api_entity(task, call, &out->entity));
    return record_prepare(task, out->entity, call->route->method == HTTP_POST, call->body,
                          &out->body);
}

static bool is_slow(Task *task, const ApiCall *call)
{
    const Entity *entity;
    return record_api_entity(task, call, &entity) == NULL &&
           record_prepares_slowly(task, entity, call->route->method == HTTP_POST, call->body);
}

static Error *create(Task *task, void *context)
{
    Writing *writing = context;
    RecordResult result;
    TRY(record_create(task, writing->entity, writing->body, &result));
    writing->call->short_answer = str_format(task->arena, "{\"id\":\"%.*s\"}", STR_ARGS(result.id));
    return answer_record(task, writing->call, writing->entity, &result);
}

static Error *record_api_create(Task *task, ApiCall *call)
{
    Writing writing;
    TRY(begin_writing(task, call, &writing));
    return task_write(task, create, &writing);
}

static Error *update(Task *task, void *context)
{
    Writing *writing = context;
    RecordResult result;
    TRY(record_update(task, writing->entity, writing->call->values[1], writing->body, &result));
    if (result.outcome != RECORD_UNCHANGED)
        return answer_record(task, writing->call, writing->entity, &result);
    respond_unchanged(writing->call);
    return NULL;
}

static Error *record_api_update(Task *task, ApiCall *call)
{
    Writing writing;
    TRY(begin_writing(task, call, &writing));
    return task_write(task, update, &writing);
}

static Error *record_api_delete(Task *task, ApiCall *call)
{
    const Entity *entity;
    TRY(record_api_entity(task, call, &entity));
    TRY(record_delete(task, entity, call->values[1], route_has_flag(call, STR("permanently"))));
    respond_true(call, true);
    return NULL;
}

static Error *record_api_restore(Task *task, ApiCall *call)
{
    const Entity *entity;
    bool is_restored = false;
    Str id = json_find_text(call->body, STR("id"));
    TRY(record_api_entity(task, call, &entity));
    if (str_is_none(id))
        return error_new(task->arena, ERROR_INVALID,
                         "The body needs the 'id' of the record to restore");
    TRY(record_restore(task, entity, id, &is_restored));
    respond_true(call, is_restored);
    return NULL;
}

/* ---- history ---- */

static Error *record_api_history(Task *task, ApiCall *call)
{
    const Entity *entity;
    const JsonValue *parameters = NULL;
    HistoryPage page = { 0 };
    TRY(record_api_entity(task, call, &entity));
    TRY(brackets_read(task->arena, call->exchange->request.query, &parameters));
    TRY(parameter_read_number(task->arena, parameters, STR("offset"), LIST_MAX_OFFSET,
                              &page.offset));
    TRY(parameter_read_number(task->arena, parameters, STR("maxSize"), INT64_MAX, &page.page_rows));
    if (page.page_rows == 0)
        page.page_rows = LIST_DEFAULT_ROWS;
    if (page.page_rows > task->instance->max_list_size)
        page.page_rows = task->instance->max_list_size;
    return history_list(task, entity, call->values[1], &page, respond_json(call));
}

static Error *record_api_revert(Task *task, ApiCall *call)
{
    const Entity *entity;
    RecordResult result;
    Str version = json_find_text(call->body, STR("version"));
    TRY(record_api_entity(task, call, &entity));
    if (str_is_none(version)) {
        Error *error = error_new(task->arena, ERROR_INVALID,
                                 "The body needs the 'version' to go back to, as text");
        error->field = STR("version");
        return error;
    }
    TRY(history_revert(task, entity, call->values[1], version, json_find(call->body, STR("fields")),
                       &result));
    if (result.outcome != RECORD_UNCHANGED)
        return answer_record(task, call, entity, &result);
    respond_unchanged(call);
    return NULL;
}

/* ---- links ---- */

static Error *link_from_path(Task *task, const ApiCall *call, const Entity **out_entity,
                             const Link **out)
{
    TRY(record_api_entity(task, call, out_entity));
    assert(*out_entity != NULL);
    *out = entity_find_link(*out_entity, call->values[2]);
    if (*out != NULL)
        return NULL;
    Error *error = error_new_code(task->arena, ERROR_INVALID, "noSuchLink",
                                  "'%.*s' has no such link", STR_ARGS((*out_entity)->name));
    error->entity = (*out_entity)->name;
    return error;
}

static Error *record_api_list_linked(Task *task, ApiCall *call)
{
    const Entity *entity;
    const Link *link;
    ListSpec spec;
    TRY(link_from_path(task, call, &entity, &link));
    TRY(list_spec_parse_linked(task->arena, link, call->values[1], call->exchange->request.query,
                               task->instance->max_list_size, &spec));
    TRY(read_language(task, call, &spec));
    return link_list(task, &spec, respond_json(call));
}

/* A call that links or unlinks: which records, and what could not be done. */
typedef struct Linking {
    const Link *link;
    Str id;
    DraftLinks ids;
    size_t next; /* the first id of the coming slice */
    size_t end;  /* behind the last one of the slice that ran */
    bool adds;
    FieldProblems failed;     /* of all slices */
    FieldProblems failed_now; /* of the slice that ran */
} Linking;

/* `{"massRelate": true, "where": […]}`: all that the filter finds. */
static Error *ids_by_where(Task *task, const ApiCall *call, const Entity *target, DraftLinks *out)
{
    Str *ids = NULL;
    size_t count = 0;
    TRY(mass_find_ids(task, target, json_find(call->body, STR("where")), LINK_MAX_IDS, &ids,
                      &count));
    task_end_read(task);
    out->ids = ARENA_ARRAY(task->arena, Str, count + 1);
    for (size_t i = 0; i < count; i++)
        draft_links_add(out, task->arena, ids[i]);
    if (count > 0)
        return NULL;
    return error_new_code(task->arena, ERROR_INVALID, "nothingToLink",
                          "The filter finds no records");
}

/* `{"id": "x"}`, `{"ids": ["x", "y"]}`, or `?ids=x,y`. */
static Error *ids_from_call(Task *task, const ApiCall *call, DraftLinks *out)
{
    const JsonValue *parameters = NULL;
    const JsonValue *ids = json_find(call->body, STR("ids"));
    Str one = json_find_text(call->body, STR("id"));
    TRY(brackets_read(task->arena, call->exchange->request.query, &parameters));
    Str rest = call->body == NULL ? json_find_text(parameters, STR("ids")) : STR_NONE;
    Str part;
    size_t most = (json_is_list(ids) ? ids->list.count : 0) + rest.len + 1;
    if (json_is_list(ids) && ids->list.count > LINK_MAX_IDS)
        return error_new(task->arena, ERROR_INVALID, "At most %d ids in one call", LINK_MAX_IDS);
    out->ids = ARENA_ARRAY(task->arena, Str, most);
    if (one.len > 0)
        draft_links_add(out, task->arena, one);
    for (size_t i = 0; json_is_list(ids) && i < ids->list.count; i++) {
        if (!json_is_text(&ids->list.items[i]))
            return error_new_code(task->arena, ERROR_INVALID, "badId", "ids[%zu] is not text", i);
        draft_links_add(out, task->arena, ids->list.items[i].text);
    }
    while (str_next_part(&rest, ',', &part))
        if (str_trim(part).len > 0)
            draft_links_add(out, task->arena, str_trim(part));
    if (out->count > 0)
        return NULL;
    return error_new_code(task->arena, ERROR_INVALID, "nothingToLink",
                          "Say which records, as 'id' or 'ids'");
}

static bool links_many(Task *task, const ApiCall *call)
{
    const JsonValue *ids = json_find(call->body, STR("ids"));
    (void)task;
    if (json_find_true(call->body, STR("massRelate")))
        return true;
    return json_is_list(ids) && ids->list.count > LINK_SLICE_IDS;
}

static Error *link_slice(Task *task, void *context)
{
    Linking *linking = context;
    const Str *ids = linking->ids.ids + linking->next;
    size_t rest = linking->ids.count - linking->next;
    size_t count = rest < LINK_SLICE_IDS ? rest : LINK_SLICE_IDS;
    linking->end = linking->next + count;
    linking->failed_now = (FieldProblems){ 0 };
    if (linking->adds)
        return link_add(task, linking->link, linking->id, ids, count, &linking->failed_now);
    return link_remove(task, linking->link, linking->id, ids, count, &linking->failed_now);
}

/* A slice may run several times (sql/lane.h); what it said last counts. */
static void finish_slice(Linking *linking)
{
    FieldProblem *first = linking->failed_now.first;
    linking->next = linking->end;
    if (first == NULL)
        return;
    if (linking->failed.first == NULL)
        linking->failed.first = first;
    else
        linking->failed.last->next = first;
    linking->failed.last = linking->failed_now.last;
}

static size_t count_problems(const FieldProblem *problem)
{
    size_t count = 0;
    for (; problem != NULL; problem = problem->next)
        count++;
    return count;
}

/* What could be done is done and stays; the answer tells the rest (spec 3.6). */
static void answer_failed(Task *task, ApiCall *call, const FieldProblems *failed)
{
    Buf buf;
    JsonWriter writer;
    Error *error = error_new(task->arena, ERROR_INVALID, "%.*s", STR_ARGS(failed->first->reason));
    error->code = failed->first->code;
    buf_init(&buf, task->arena, RESPOND_MAX_BYTES);
    json_writer_init(&writer, &buf);
    json_begin_object(&writer);
    json_write_key(&writer, STR("failed"));
    json_begin_list(&writer);
    for (const FieldProblem *problem = failed->first; problem != NULL; problem = problem->next) {
        json_begin_object(&writer);
        json_write_key(&writer, STR("id"));
        json_write_text(&writer, problem->field);
        json_write_key(&writer, STR("reason"));
        json_write_text(&writer, problem->reason);
        json_end_object(&writer);
    }
    json_end_list(&writer);
    json_end_object(&writer);
    error->data = buf_str(&buf);
    respond_error(call->exchange, error);
}

static Error *change_links(Task *task, ApiCall *call, bool adds)
{
    const Entity *entity;
    Linking linking = { .id = call->values[1], .adds = adds };
    TRY(link_from_path(task, call, &entity, &linking.link));
    if (adds && json_find_true(call->body, STR("massRelate")))
        TRY(ids_by_where(task, call, linking.link->target, &linking.ids));
    else
        TRY(ids_from_call(task, call, &linking.ids));
    while (linking.next < linking.ids.count) {
        TRY(task_write(task, link_slice, &linking));
        finish_slice(&linking);
    }
    if (linking.failed.first == NULL) {
        respond_true(call, true);
        return NULL;
    }
    if (count_problems(linking.failed.first) == linking.ids.count)
        return error_new_code(
            task->arena, ERROR_INVALID, adds ? "noSuchRecord" : "nothingToLink", "%s",
            adds ? "There are no such records" : "None of these records is linked");
    answer_failed(task, call, &linking.failed);
    return NULL;
}

static Error *record_api_link(Task *task, ApiCall *call)
{
    return change_links(task, call, true);
}

static Error *record_api_unlink(Task *task, ApiCall *call)
{
    return change_links(task, call, false);
}

static Error *record_api_no_action(Task *task, ApiCall *call)
{
    (void)call;
    return error_new_code(task->arena, ERROR_NOT_FOUND, "noSuchAction", "There is no such action");
}

/* clang-format off */
const Route record_api_routes[] = {
    { .method = HTTP_POST,   .path = "/{entity}/action/restore",  .needs = NEEDS_LOGIN, .place = PLACE_WRITE, .body = BODY_JSON,
      .handle = record_api_restore, .summary = "Takes a record out of the trash" },
    { .method = HTTP_GET,    .path = "/{entity}/action/{action}", .needs = NEEDS_LOGIN, .handle = record_api_no_action },
    { .method = HTTP_POST,   .path = "/{entity}/action/{action}", .needs = NEEDS_LOGIN, .handle = record_api_no_action },
    { .method = HTTP_PUT,    .path = "/{entity}/action/{action}", .needs = NEEDS_LOGIN, .handle = record_api_no_action },
    { .method = HTTP_GET,    .path = "/{entity}",                 .needs = NEEDS_LOGIN,
      .handle = record_api_list, .summary = "Returns a page of records" },
    { .method = HTTP_POST,   .path = "/{entity}",                 .needs = NEEDS_LOGIN, .place = PLACE_WRITE, .body = BODY_JSON,
      .handle = record_api_create, .is_slow = is_slow, .summary = "Creates a record" },
    { .method = HTTP_GET,    .path = "/{entity}/{id}",            .needs = NEEDS_LOGIN,
      .handle = record_api_read, .summary = "Returns a record" },
    { .method = HTTP_PUT,    .path = "/{entity}/{id}",            .needs = NEEDS_LOGIN, .place = PLACE_WRITE, .body = BODY_JSON,
      .handle = record_api_update, .is_slow = is_slow, .summary = "Changes the given fields of a record" },
    { .method = HTTP_PATCH,  .path = "/{entity}/{id}",            .needs = NEEDS_LOGIN, .place = PLACE_WRITE, .body = BODY_JSON,
      .handle = record_api_update, .is_slow = is_slow, .summary = "Changes the given fields of a record" },
    { .method = HTTP_DELETE, .path = "/{entity}/{id}",            .needs = NEEDS_LOGIN, .place = PLACE_WRITE,
      .handle = record_api_delete, .summary = "Moves a record to the trash, or removes it for good" },
    { .method = HTTP_GET,    .path = "/{entity}/{id}/history",    .needs = NEEDS_LOGIN,
      .handle = record_api_history, .summary = "Returns who changed what of a record" },
    { .method = HTTP_POST,   .path = "/{entity}/{id}/history/revert", .needs = NEEDS_LOGIN, .place = PLACE_WRITE, .body = BODY_JSON,
      .handle = record_api_revert, .summary = "Gives a record the values of an earlier version" },
    { .method = HTTP_GET,    .path = "/{entity}/{id}/{link}",     .needs = NEEDS_LOGIN,
      .handle = record_api_list_linked, .summary = "Returns a page of the records that a link leads to" },
    { .method = HTTP_POST,   .path = "/{entity}/{id}/{link}",     .needs = NEEDS_LOGIN, .place = PLACE_WRITE, .body = BODY_JSON,
      .handle = record_api_link, .is_slow = links_many, .summary = "Links records" },
    { .method = HTTP_DELETE, .path = "/{entity}/{id}/{link}",     .needs = NEEDS_LOGIN, .place = PLACE_WRITE, .body = BODY_OPTIONAL,
      .handle = record_api_unlink, .is_slow = links_many, .summary = "Unlinks records" },
    { 0 },
};
/* clang-format on */
