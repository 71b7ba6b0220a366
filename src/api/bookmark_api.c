#include "api/bookmark_api.h"

#include "api/respond.h"
#include "feature/bookmark/bookmark.h"
#include "json/brackets.h"
#include "query/list_spec.h"
#include "query/parameter.h"

static Error *read_page(Task *task, const ApiCall *call, const JsonValue **out_parameters,
                        int64_t *out_rows)
{
    *out_rows = LIST_DEFAULT_ROWS;
    TRY(brackets_read(task->arena, call->exchange->request.query, out_parameters));
    TRY(parameter_read_number(task->arena, *out_parameters, STR("maxSize"), INT64_MAX, out_rows));
    if (*out_rows == 0)
        *out_rows = LIST_DEFAULT_ROWS;
    if (*out_rows > task->instance->max_list_size)
        *out_rows = task->instance->max_list_size;
    return NULL;
}

static Error *bookmark_api_list(Task *task, ApiCall *call)
{
    const JsonValue *parameters = NULL;
    int64_t page_rows;
    JsonWriter writer;
    TRY(read_page(task, call, &parameters, &page_rows));
    json_writer_init(&writer, respond_json(call));
    TRY(bookmark_list(task, page_rows, &writer));
    return buf_check(writer.buf);
}

static Error *bookmark_api_tree(Task *task, ApiCall *call)
{
    const JsonValue *parameters = NULL;
    int64_t page_rows;
    Str scope;
    JsonWriter writer;
    TRY(read_page(task, call, &parameters, &page_rows));
    TRY(parameter_find(task->arena, parameters, STR("scope"), &scope));
    json_writer_init(&writer, respond_json(call));
    TRY(bookmark_tree(task, scope, page_rows, &writer));
    return buf_check(writer.buf);
}

static Error *bookmark_api_refuse(Task *task, ApiCall *call)
{
    (void)call;
    return error_new(task->arena, ERROR_FORBIDDEN, "A bookmark is made or removed, not changed");
}

/* clang-format off */
const Route bookmark_api_routes[] = {
    { .method = HTTP_GET,   .path = "/Bookmark",             .is_override = true, .needs = NEEDS_LOGIN,
      .handle = bookmark_api_list, .summary = "Returns the caller's bookmarks by entity" },
    { .method = HTTP_GET,   .path = "/Bookmark/action/tree", .is_override = true, .needs = NEEDS_LOGIN,
      .handle = bookmark_api_tree, .summary = "Returns the bookmarked records of an entity" },
    { .method = HTTP_PUT,   .path = "/Bookmark/{id}",        .is_override = true, .needs = NEEDS_LOGIN, .body = BODY_OPTIONAL,
      .handle = bookmark_api_refuse },
    { .method = HTTP_PATCH, .path = "/Bookmark/{id}",        .is_override = true, .needs = NEEDS_LOGIN, .body = BODY_OPTIONAL,
      .handle = bookmark_api_refuse },
    { 0 },
};
/* clang-format on */
