#include "api/mass_api.h"

#include "api/respond.h"
#include "base/id.h"
#include "feature/mass/upsert.h"
#include "feature/mass/upsert_job.h"
#include "feature/mass/upsert_named.h"
#include "json/brackets.h"
#include "query/parameter.h"

typedef struct Outcomes {
    UpsertItem *items;
    size_t count;
    bool is_dry_run;
} Outcomes;

static void write_failure(JsonWriter *writer, Arena *arena, const UpsertItem *item)
{
    const Error *error = item->error;
    Str message = item->entity == NULL
                      ? error->reason
                      : str_format(arena, "Code: %d. Message: %.*s", respond_status(error->kind),
                                   STR_ARGS(error->reason));
    json_write_key(writer, STR("stored"));
    json_write_bool(writer, false);
    json_write_key(writer, STR("message"));
    json_write_text(writer, message);
    json_write_key(writer, STR("error"));
    respond_write_error(writer, error, respond_status(error->kind));
}

static void write_item(JsonWriter *writer, Arena *arena, const UpsertItem *item, bool is_dry_run)
{
    json_begin_object(writer);
    json_write_key(writer, STR("status"));
    json_write_text(writer, upsert_item_status(item));
    if (item->error != NULL) {
        write_failure(writer, arena, item);
    } else {
        json_write_key(writer, STR("stored"));
        json_write_bool(writer, !is_dry_run);
    }
    if (!str_is_none(item->record)) {
        json_write_key(writer, STR("entity"));
        json_write_raw(writer, item->record);
    }
    json_end_object(writer);
}

/* Items without an id get one, so that what they create is found when the call is run again. */
static const JsonValue *with_ids(Arena *arena, const JsonValue *items, Str series)
{
    if (!json_is_list(items) || str_is_none(series))
        return items;
    JsonValue *list = ARENA_NEW(arena, JsonValue);
    list->kind = JSON_LIST;
    list->list.count = items->list.count;
    list->list.items = ARENA_ARRAY(arena, JsonValue, items->list.count);
    for (size_t i = 0; i < items->list.count; i++)
        list->list.items[i] = upsert_named(arena, &items->list.items[i],
                                           id_in_series(arena, series, (uint32_t)(i % ID_SERIES)));
    return list;
}

static void write_items(JsonWriter *writer, Arena *arena, const Outcomes *outcomes)
{
    json_begin_list(writer);
    for (size_t i = 0; i < outcomes->count; i++)
        write_item(writer, arena, &outcomes->items[i], outcomes->is_dry_run);
    json_end_list(writer);
}

/* What is kept of an answer that is too long for a key: ids instead of records. */
static Str short_form(Arena *arena, const Outcomes *outcomes)
{
    Buf buf;
    JsonWriter writer;
    for (size_t i = 0; i < outcomes->count; i++) {
        UpsertItem *item = &outcomes->items[i];
        if (!str_is_none(item->record))
            item->record = str_format(arena, "{\"id\":\"%.*s\"}", STR_ARGS(item->result.id));
    }
    buf_init(&buf, arena, RESPOND_MAX_BYTES);
    json_writer_init(&writer, &buf);
    write_items(&writer, arena, outcomes);
    return buf_str(&buf);
}

static Error *upsert_now(Task *task, ApiCall *call, bool is_dry_run)
{
    UpsertOptions options = { .is_dry_run = is_dry_run };
    Outcomes outcomes = { .is_dry_run = is_dry_run };
    JsonWriter writer;
    TRY(upsert_run(task, with_ids(task->arena, call->body, call->series), &options, &outcomes.items,
                   &outcomes.count));
    json_writer_init(&writer, respond_json(call));
    write_items(&writer, task->arena, &outcomes);
    if (!str_is_none(call->series))
        call->short_answer = short_form(task->arena, &outcomes);
    return buf_check(writer.buf);
}

static Error *upsert_later(Task *task, ApiCall *call)
{
    JsonWriter writer;
    Str id;
    TRY(upsert_job_add(task, call->body, &id));
    json_writer_init(&writer, respond_json(call));
    json_begin_object(&writer);
    json_write_key(&writer, STR("jobId"));
    json_write_text(&writer, id);
    json_end_object(&writer);
    return NULL;
}

static Error *mass_api_upsert(Task *task, ApiCall *call)
{
    const JsonValue *parameters = NULL;
    bool is_dry_run = false;
    TRY(brackets_read(task->arena, call->exchange->request.query, &parameters));
    TRY(parameter_read_bool(task->arena, parameters, STR("dryRun"), &is_dry_run));
    if (!is_dry_run && route_has_flag(call, STR("Use-Queue")))
        return upsert_later(task, call);
    return upsert_now(task, call, is_dry_run);
}

/* clang-format off */
const Route mass_api_routes[] = {
    { .method = HTTP_POST, .path = "/MassActions/action/upsert", .needs = NEEDS_LOGIN, .place = PLACE_HEAVY, .body = BODY_JSON,
      .handle = mass_api_upsert, .summary = "Creates or updates many records" },
    { .method = HTTP_POST, .path = "/upsert",                    .needs = NEEDS_LOGIN, .place = PLACE_HEAVY, .body = BODY_JSON,
      .handle = mass_api_upsert, .summary = "The same as MassActions/action/upsert" },
    { 0 },
};
/* clang-format on */
