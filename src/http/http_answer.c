#include "http/http_private.h"

/* From here on an answer counts. */
#define HTTP_LARGE_ANSWER_BYTES ((size_t)128 << 10)

#define GZIP_MIN_BYTES 1024
#define GZIP_MAX_BYTES ((size_t)1 << 20) /* more would hold the I/O thread for too long */

static const HttpHeader *find_header(const HttpResponse *response, Str name)
{
    for (const HttpHeader *header = response->headers; header != NULL; header = header->next)
        if (str_equal_ignoring_case(header->name, name))
            return header;
    return NULL;
}

static bool can_have_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

/* The body as it goes out; may add headers. */
static Str final_body(HttpSlot *slot)
{
    HttpResponse *response = &slot->exchange.response;
    Str body =
        str_is_none(response->borrowed_body) ? buf_str(&response->body) : response->borrowed_body;
    if (!can_have_body(response->status))
        return STR("");
    if (body.len <= GZIP_MIN_BYTES || body.len > GZIP_MAX_BYTES || response->is_secret)
        return body;
    if (!http_gzip_is_accepted(slot->accept_encoding))
        return body;
    const HttpHeader *type = find_header(response, STR("Content-Type"));
    if (type == NULL || !http_gzip_is_worthwhile(type->value) ||
        find_header(response, STR("Content-Encoding")) != NULL)
        return body;
    if (http_gzip_pack(slot->thread, slot->exchange.arena, body, &body)) {
        http_response_header(&slot->exchange, STR("Content-Encoding"), STR("gzip"));
        http_response_header(&slot->exchange, STR("Vary"), STR("Accept-Encoding"));
    }
    return body;
}

static struct MHD_Response *make_response(HttpSlot *slot)
{
    HttpResponse *response = &slot->exchange.response;
    if (response->file >= 0 && can_have_body(response->status)) {
        struct MHD_Response *made = MHD_create_response_from_fd_at_offset64(
            response->file_bytes, response->file, response->file_offset);
        if (made != NULL)
            response->file = -1; /* the library closes it */
        return made;
    }
    Str body = final_body(slot);
    void *data;
    memcpy(&data, &body.data, sizeof data); /* only read, but declared writable */
    return MHD_create_response_from_buffer(body.len, data, MHD_RESPMEM_PERSISTENT);
}

static void add_headers(HttpSlot *slot, struct MHD_Response *made)
{
    const HttpResponse *response = &slot->exchange.response;
    bool has_cache_control = false;
    for (const HttpHeader *header = response->headers; header != NULL; header = header->next) {
        MHD_add_response_header(made, header->name.data, header->value.data);
        has_cache_control |=
            header->name.len == 13 && str_equal_ignoring_case(header->name, STR("Cache-Control"));
    }
    if (!has_cache_control) {
        MHD_add_response_header(made, "Cache-Control", "no-store");
        MHD_add_response_header(made, "Pragma", "no-cache");
    }
    if (response->closes_connection ||
        atomic_load_explicit(&slot->server->is_stopping, memory_order_relaxed))
        MHD_add_response_header(made, "Connection", "close");
}

static enum MHD_Result queue(HttpSlot *slot)
{
    struct MHD_Response *made = make_response(slot);
    if (made == NULL)
        return MHD_NO;
    add_headers(slot, made);
    HttpConnection *connection = slot->exchange.connection;
    http_connection_enter(connection, HTTP_PHASE_ANSWERING);
    enum MHD_Result result =
        MHD_queue_response(connection->library, (unsigned)slot->exchange.response.status, made);
    MHD_destroy_response(made);
    return result;
}

/* Past the library, which then only closes the connection. */
static void send_directly(HttpSlot *slot)
{
    const HttpExchange *exchange = &slot->exchange;
    const HttpResponse *response = &exchange->response;
    Str body = slot->exchange.request.method == HTTP_HEAD ? STR("") : buf_str(&response->body);
    Buf text;
    buf_init(&text, exchange->arena, 65536);
    buf_format(&text, "HTTP/1.1 %d %s\r\n", response->status,
               MHD_get_reason_phrase_for((unsigned)response->status));
    for (const HttpHeader *header = response->headers; header != NULL; header = header->next)
        buf_format(&text, "%.*s: %.*s\r\n", STR_ARGS(header->name), STR_ARGS(header->value));
    buf_format(&text, "Cache-Control: no-store\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
               response->body.len);
    buf_append(&text, body);
    ssize_t sent =
        send(exchange->connection->socket, text.data, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent; /* the connection ends in any case */
}

enum MHD_Result http_answer_refuse(HttpSlot *slot, const HttpRefusal *refusal)
{
    HttpExchange *exchange = &slot->exchange;
    const HttpServerOptions *options = &slot->server->options;
    Error *error = error_new(exchange->arena, refusal->kind, "%s", refusal->reason);
    error->retry_after_s = refusal->retry_after_s;
    http_response_clear(exchange);
    exchange->response.status = refusal->status;
    slot->was_shown = true;
    options->hooks->refuse(options->owner, exchange, error);
    exchange->response.status = refusal->status;
    exchange->response.closes_connection = true;
    if (error->retry_after_s > 0 && find_header(&exchange->response, STR("Retry-After")) == NULL)
        http_response_header(exchange, STR("Retry-After"),
                             str_format(exchange->arena, "%d", error->retry_after_s));
    exchange->connection->is_refused = true;
    if (!refusal->is_direct)
        return queue(slot);
    send_directly(slot);
    return MHD_NO;
}

/* A client that doesn't read keeps its answer in memory: all large ones together are bounded. */
static bool may_hold(HttpSlot *slot)
{
    HttpServer *server = slot->server;
    size_t held = arena_held_bytes(slot->exchange.arena);
    if (held < HTTP_LARGE_ANSWER_BYTES)
        return true;
    slot->answer_held = held;
    return atomic_fetch_add_explicit(&server->answer_bytes, held, memory_order_relaxed) + held <=
           server->options.max_answers_in_flight;
}

enum MHD_Result http_answer_queue(HttpSlot *slot)
{
    const Buf *body = &slot->exchange.response.body;
    if (body->is_over)
        return http_answer_refuse(slot, &http_refusal_answer_too_large);
    if (!may_hold(slot))
        return http_answer_refuse(slot, &http_refusal_many_answers);
    return queue(slot);
}
