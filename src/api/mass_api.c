#include "api/mass_api.h"

#include "api/respond.h"
#include "feature/mass/upsert.h"
#include "json/brackets.h"
#include "query/parameter.h"

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

static const char *status_of(const UpsertItem *item)
{
    static const char *const statuses[] = { [RECORD_CREATED] = "Created",
                                            [RECORD_UPDATED] = "Updated",
                                            [RECORD_UNCHANGED] = "NotModified" };
    return item->error != NULL ? "Failed" : statuses[item->result.outcome];
}

static void write_item(JsonWriter *writer, Arena *arena, const UpsertItem *item, bool is_dry_run)
{
    json_begin_object(writer);
    json_write_key(writer, STR("status"));
    json_write_text(writer, str_from(status_of(item)));
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

static Error *mass_api_upsert(Task *task, ApiCall *call)
{
    const JsonValue *parameters = NULL;
    UpsertItem *items = NULL;
    size_t count = 0;
    JsonWriter writer;
    TRY(brackets_read(task->arena, call->exchange->request.query, &parameters));
    UpsertOptions options = { 0 };
    TRY(parameter_read_bool(task->arena, parameters, STR("dryRun"), &options.is_dry_run));
    TRY(upsert_run(task, call->body, &options, &items, &count));
    json_writer_init(&writer, respond_json(call));
    json_begin_list(&writer);
    for (size_t i = 0; i < count; i++)
        write_item(&writer, task->arena, &items[i], options.is_dry_run);
    json_end_list(&writer);
    return buf_check(writer.buf);
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
