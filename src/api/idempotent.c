#include "api/idempotent.h"

#include "access/digest.h"
#include "api/respond.h"
#include "base/log.h"
#include "feature/idempotency/idempotency.h"

static Str request_digest(Task *task, const HttpRequest *request)
{
    Str parts[] = { http_method_name(request->method), request->path, request->query,
                    request->body };
    return digest_of(task->arena, parts, sizeof parts / sizeof *parts);
}

static void replay(ApiCall *call, const IdempotencyClaim *claim)
{
    Buf *body = respond_json(call);
    buf_append(body, claim->answer);
    call->exchange->response.status = claim->status;
    http_response_header(call->exchange, STR("Idempotency-Replayed"), STR("true"));
}

/* What is kept of the answer. */
static Str answer_of(const ApiCall *call)
{
    const HttpResponse *response = &call->exchange->response;
    bool is_too_much = response->is_secret || response->body.len > IDEMPOTENCY_MAX_ANSWER_BYTES;
    if (!is_too_much)
        return buf_str(&response->body);
    return str_is_none(call->short_answer) ? STR("{}") : call->short_answer;
}

static Error *store(Task *task, const ApiCall *call, const IdempotencyClaim *claim)
{
    TRY(buf_check(&call->exchange->response.body));
    return idempotency_answer(task, claim, call->exchange->response.status, answer_of(call));
}

/* The whole call is one transaction on the lane. */
static Error *run_whole(Task *task, ApiCall *call, Str key)
{
    IdempotencyClaim claim;
    TRY(idempotency_claim(task, key, request_digest(task, &call->exchange->request), &claim));
    if (claim.is_answered) {
        replay(call, &claim);
        return NULL;
    }
    call->series = claim.seed;
    TRY(call->route->handle(task, call));
    return store(task, call, &claim);
}

/* ---- a call of several transactions ---- */

typedef struct Keyed {
    ApiCall *call;
    Str key;
    Str request;
    IdempotencyClaim claim;
} Keyed;

static Error *claim_first(Task *task, void *context)
{
    Keyed *keyed = context;
    return idempotency_claim(task, keyed->key, keyed->request, &keyed->claim);
}

static Error *store_last(Task *task, void *context)
{
    const Keyed *keyed = context;
    return store(task, keyed->call, &keyed->claim);
}

static Error *release(Task *task, void *context)
{
    const Keyed *keyed = context;
    return idempotency_release(task, &keyed->claim);
}

/* The claim stays behind when this fails, until somebody takes it over. */
static void finish(Task *task, Keyed *keyed, Error *(*step)(Task *task, void *context))
{
    Error *error = task_write(task, step, keyed);
    if (error != NULL)
        log_error(LOG_WARNING, "an idempotency key could not be finished", error);
}

static Error *run_in_steps(Task *task, ApiCall *call, Str key)
{
    Keyed keyed = { .call = call,
                    .key = key,
                    .request = request_digest(task, &call->exchange->request) };
    TRY(task_write(task, claim_first, &keyed));
    if (keyed.claim.is_answered) {
        replay(call, &keyed.claim);
        return NULL;
    }
    call->series = keyed.claim.seed;
    Error *error = call->route->handle(task, call);
    finish(task, &keyed, error == NULL ? store_last : release);
    return error;
}

static bool changes_something(HttpMethod method)
{
    return method != HTTP_GET && method != HTTP_HEAD && method != HTTP_OPTIONS;
}

Error *idempotent_run(Task *task, ApiCall *call)
{
    const HttpRequest *request = &call->exchange->request;
    Str key = http_request_header(request, STR("Idempotency-Key"));
    call->short_answer = STR_NONE;
    call->series = STR_NONE;
    if (key.len == 0 || !changes_something(request->method) || task->caller->is_anonymous)
        return call->route->handle(task, call);
    if (key.len > IDEMPOTENCY_MAX_KEY_BYTES) {
        Error *error =
            error_new(task->arena, ERROR_INVALID, "An idempotency key has at most %d bytes",
                      IDEMPOTENCY_MAX_KEY_BYTES);
        error->field = STR("Idempotency-Key");
        return error;
    }
    return task->is_writing ? run_whole(task, call, key) : run_in_steps(task, call, key);
}
