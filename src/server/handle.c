#include "server/handle.h"

#include "api/idempotent.h"
#include "api/respond.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"

static Error *admit(Task *task, ApiCall *call)
{
    TRY(route_admit(task, call));
    return route_read_body(task, call);
}

Error *handle_route(Task *task, HttpExchange *exchange, ApiCall *call)
{
    TRY(route_match(task, exchange, call));
    return call->route->needs == NEEDS_NOTHING ? admit(task, call) : NULL;
}

Error *handle_login(Task *task, ApiCall *call, Credentials *credentials, LoginOutcome *out_login)
{
    const HttpRequest *request = &call->exchange->request;
    TRY(credentials_read(task->arena, http_request_header(request, STR("Authorization")),
                         http_request_header(request, STR("Authorization-Token")),
                         request->remote_address, credentials));
    TRY(login_authenticate(task, credentials, out_login));
    return *out_login == LOGIN_DONE ? admit(task, call) : NULL;
}

Error *handle_after_login(Task *task, ApiCall *call, const Credentials *credentials)
{
    TRY(login_check_password(task, credentials));
    return admit(task, call);
}

Error *handle_run(Task *task, ApiCall *call)
{
    TRY(idempotent_run(task, call));
    return buf_check(&call->exchange->response.body);
}

static void log_request(const Task *task, const HttpExchange *exchange, Str request_id,
                        const Error *error)
{
    const HttpRequest *request = &exchange->request;
    bool is_fault =
        error != NULL && (error->kind == ERROR_INTERNAL || error->kind == ERROR_STORAGE_FULL);
    LogLevel level = is_fault ? LOG_ERROR : LOG_INFO;
    if (!log_is_on(level))
        return;
    /* The path without the query: filters may hold what is nobody's business. */
    LOG_EVENT(
        level, "request", { "requestId", request_id, 0 },
        { "method", http_method_name(request->method), 0 }, { "path", request->path, 0 },
        { "status", STR_NONE, exchange->response.status },
        { "bytes", STR_NONE, (int64_t)exchange->response.body.len },
        { "us", STR_NONE, clock_monotonic_us() - request->started_us },
        { "user", task->caller->user_name, 0 }, { "address", request->remote_address, 0 },
        { "code", error == NULL ? STR("") : str_from(error->code), 0 },
        { "detail", error == NULL || str_is_none(error->detail) ? STR("") : error->detail, 0 },
        { "origin", error == NULL ? STR("") : str_from(error->file),
          error == NULL ? 0 : error->line });
}

static void finish(Task *task, HttpExchange *exchange, const Error *error)
{
    Str request_id = id_new(exchange->arena);
    http_response_header(exchange, STR("X-Request-Id"), request_id);
    log_request(task, exchange, request_id, error);
}

void handle_finish(Task *task, HttpExchange *exchange, const Error *error)
{
    if (error != NULL)
        respond_error(exchange, error);
    finish(task, exchange, error);
}

void handle_finish_refused(Task *task, HttpExchange *exchange, const Error *error)
{
    respond_error_as(exchange, error, exchange->response.status);
    finish(task, exchange, error);
}
