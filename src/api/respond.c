#include "api/respond.h"

static const Str json_type = { "application/json; charset=utf-8", 31 };

int respond_status(ErrorKind kind)
{
    /* clang-format off */
    static const int statuses[] = {
        [ERROR_INVALID]         = 400,
        [ERROR_UNAUTHENTICATED] = 401,
        [ERROR_FORBIDDEN]       = 403,
        [ERROR_NOT_FOUND]       = 404,
        [ERROR_METHOD]          = 405,
        [ERROR_TIMEOUT]         = 408,
        [ERROR_CONFLICT]        = 409,
        [ERROR_TOO_LARGE]       = 413,
        [ERROR_URI_TOO_LONG]    = 414,
        [ERROR_MEDIA_TYPE]      = 415,
        [ERROR_THROTTLED]       = 429,
        [ERROR_UNAVAILABLE]     = 503,
        [ERROR_STORAGE_FULL]    = 507,
        [ERROR_INTERNAL]        = 500,
    };
    /* clang-format on */
    return statuses[kind];
}

Buf *respond_json(ApiCall *call)
{
    HttpResponse *response = &call->exchange->response;
    response->status = 200;
    http_response_header(call->exchange, STR("Content-Type"), json_type);
    return &response->body;
}

void respond_true(ApiCall *call, bool value)
{
    JsonWriter writer;
    json_writer_init(&writer, respond_json(call));
    json_write_bool(&writer, value);
}

void respond_unchanged(ApiCall *call)
{
    call->exchange->response.status = 304;
}

static void write_problems(JsonWriter *writer, const FieldProblem *problem)
{
    json_begin_object(writer);
    json_write_key(writer, STR("errors"));
    json_begin_list(writer);
    for (; problem != NULL; problem = problem->next) {
        json_begin_object(writer);
        json_write_key(writer, STR("field"));
        json_write_text(writer, problem->field);
        json_write_key(writer, STR("code"));
        json_write_text(writer, str_from(problem->code));
        json_write_key(writer, STR("reason"));
        json_write_text(writer, problem->reason);
        json_end_object(writer);
    }
    json_end_list(writer);
    json_end_object(writer);
}

void respond_write_error(JsonWriter *writer, const Error *error, int status)
{
    json_begin_object(writer);
    json_write_key(writer, STR("status"));
    json_write_int(writer, status);
    json_write_key(writer, STR("reason"));
    json_write_text(writer, error->reason);
    json_write_key(writer, STR("code"));
    json_write_text(writer, str_from(error->code));
    json_write_key(writer, STR("field"));
    json_write_text_or_null(writer, error->field);
    json_write_key(writer, STR("entity"));
    json_write_text_or_null(writer, error->entity);
    json_write_key(writer, STR("data"));
    if (!str_is_none(error->data))
        json_write_raw(writer, error->data);
    else if (error->problems != NULL)
        write_problems(writer, error->problems);
    else
        json_write_null(writer);
    json_end_object(writer);
}

/* A header can't carry control characters or other scripts: those are percent-encoded, blanks stand
 * for the rest. */
static Str header_text(Arena *arena, Str text)
{
    static const char hex[] = "0123456789ABCDEF";
    Buf buf;
    buf_init(&buf, arena, 2048);
    for (size_t i = 0; i < text.len && buf.len < 1000; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= 0x80) {
            char escape[] = { '%', hex[c >> 4], hex[c & 15] };
            buf_append(&buf, (Str){ escape, sizeof escape });
            continue;
        }
        buf_append_byte(&buf, c < 0x20 || c == 0x7F ? ' ' : (char)c);
    }
    return buf_str(&buf);
}

void respond_error_as(HttpExchange *exchange, const Error *error, int status)
{
    Str allow = STR_NONE;
    for (const HttpHeader *header = exchange->response.headers; header != NULL;
         header = header->next)
        if (str_equal(header->name, STR("Allow")))
            allow = header->value;
    http_response_clear(exchange);
    ApiCall call = { .exchange = exchange };
    JsonWriter writer;
    json_writer_init(&writer, respond_json(&call));
    respond_write_error(&writer, error, status);
    exchange->response.status = status;
    http_response_header(exchange, STR("X-Status-Reason"),
                         header_text(exchange->arena, error->reason));
    if (!str_is_none(allow))
        http_response_header(exchange, STR("Allow"), allow);
    if (error->retry_after_s > 0)
        http_response_header(exchange, STR("Retry-After"),
                             str_format(exchange->arena, "%d", error->retry_after_s));
    Str requested_with = http_request_header(&exchange->request, STR("X-Requested-With"));
    if (error->kind == ERROR_UNAUTHENTICATED &&
        !str_equal_ignoring_case(requested_with, STR("XMLHttpRequest")))
        http_response_header(exchange, STR("WWW-Authenticate"), STR("Basic realm=\"\""));
}

void respond_error(HttpExchange *exchange, const Error *error)
{
    respond_error_as(exchange, error, respond_status(error->kind));
}
