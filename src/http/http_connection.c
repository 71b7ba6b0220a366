#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "http/http_private.h"

static HttpConnection *connection_of(struct MHD_Connection *library)
{
    return MHD_get_connection_info(library, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* The exchange's life is over; its memory stays with the caller. */
static void tell_finished(HttpSlot *slot)
{
    const HttpServerOptions *options = &slot->server->options;
    if (slot->was_shown && options->hooks->finished != NULL)
        options->hooks->finished(options->owner, &slot->exchange);
}

/* The last of the two sides of an abandoned exchange is here. */
static void free_late(HttpConnection *connection, HttpSlot *slot)
{
    tell_finished(slot);
    http_slot_free(slot);
    memory_free(connection);
}

static HttpConnection *connection_new(HttpServer *server, struct MHD_Connection *library)
{
    HttpConnection *connection = memory_zalloc(sizeof(HttpConnection));
    connection->server = server;
    connection->library = library;
    connection->socket =
        MHD_get_connection_info(library, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    const struct sockaddr *address =
        MHD_get_connection_info(library, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    connection->remote_len = (uint8_t)http_address_write(address, connection->remote);
    return connection;
}

void *http_connection_begin(void *server, const char *uri, struct MHD_Connection *library)
{
    HttpConnection *connection = connection_of(library);
    HttpSlot *slot = http_slot_take(server);
    HttpRequest *request = &slot->exchange.request;
    slot->exchange.connection = connection;
    connection->slot = slot;
    request->started_us = clock_monotonic_us();
    request->remote_address = (Str){ connection->remote, connection->remote_len };
    slot->uri_len = strlen(uri);
    slot->version = uri + slot->uri_len + 1;
    http_framing_split_uri(slot, str_copy(slot->exchange.arena, (Str){ uri, slot->uri_len }));
    /* The library would split the query into its own memory, and a connection whose memory is full
     * of arguments is never answered. The buffer is writable, and ours to change here. */
    char *question = strchr(uri, '?');
    if (question != NULL)
        question[1] = '\0';
    connection->sequence++;
    http_connection_enter(connection, HTTP_PHASE_HEAD);
    return slot;
}

/* Steps on; false when the sweeper has cut the connection. */
static bool advance(HttpConnection *connection, HttpPhase from, HttpPhase to)
{
    unsigned expected = connection->sequence << 3 | from;
    return atomic_compare_exchange_strong_explicit(&connection->progress, &expected,
                                                   connection->sequence << 3 | to,
                                                   memory_order_acq_rel, memory_order_relaxed);
}

static void count_handling(HttpSlot *slot, bool is_counted)
{
    unsigned handling = atomic_load_explicit(&slot->thread->handling, memory_order_relaxed);
    slot->is_counted = is_counted;
    atomic_store(&slot->thread->handling, is_counted ? handling + 1 : handling - 1);
}

static enum MHD_Result answer(HttpSlot *slot)
{
    enum MHD_Result result = http_answer_queue(slot);
    count_handling(slot, false);
    return result;
}

static enum MHD_Result read_head(HttpSlot *slot, const char *method, const char *version)
{
    HttpConnection *connection = slot->exchange.connection;
    slot->exchange.request.method = http_framing_method(method);
    const HttpRefusal *refusal = http_framing_check(slot, connection->library, version);
    bool has_body = slot->is_chunked || slot->content_length > 0;
    HttpPhase next = has_body && refusal == NULL ? HTTP_PHASE_BODY : HTTP_PHASE_RUNNING;
    if (next == HTTP_PHASE_BODY)
        atomic_store_explicit(&connection->body_bytes, 0, memory_order_relaxed);
    if (!advance(connection, HTTP_PHASE_HEAD, next))
        return MHD_NO;
    slot->stage = HTTP_STAGE_BODY;
    if (refusal != NULL)
        return http_answer_refuse(slot, refusal);
    if (has_body)
        http_slot_expect_body(slot);
    return MHD_YES;
}

static enum MHD_Result read_body(HttpSlot *slot, const char *data, size_t *size)
{
    if (!http_slot_add_body(slot, data, *size))
        return MHD_NO;
    *size = 0;
    atomic_store_explicit(&slot->exchange.connection->body_bytes, slot->received,
                          memory_order_relaxed);
    return MHD_YES;
}

static enum MHD_Result run(HttpSlot *slot)
{
    const HttpServerOptions *options = &slot->server->options;
    bool had_body = slot->is_chunked || slot->content_length > 0;
    if (had_body && !advance(slot->exchange.connection, HTTP_PHASE_BODY, HTTP_PHASE_RUNNING))
        return MHD_NO;
    if (slot->refusal != NULL)
        return http_answer_refuse(slot, slot->refusal);
    http_slot_complete_body(slot);
    /* Stop reads `handling` after it has set `is_closing`; here the order is the other way round,
     * so one of the two always sees the other. */
    count_handling(slot, true);
    if (atomic_load(&slot->server->is_closing))
        return MHD_NO;
    slot->was_shown = true;
    slot->stage = HTTP_STAGE_LATER;
    if (options->hooks->handle(options->owner, &slot->exchange) == HTTP_LATER)
        return MHD_YES;
    return answer(slot);
}

/* The connection was resumed: by the answer, or because the server stops. */
static enum MHD_Result resume(HttpSlot *slot)
{
    int handoff = atomic_load_explicit(&slot->exchange.connection->handoff, memory_order_acquire);
    if (handoff == HTTP_HANDOFF_WAITING)
        return MHD_YES;
    if (handoff != HTTP_HANDOFF_READY)
        return MHD_NO;
    atomic_store_explicit(&slot->exchange.connection->handoff, HTTP_HANDOFF_NONE,
                          memory_order_relaxed);
    return answer(slot);
}

enum MHD_Result http_connection_access(void *server, struct MHD_Connection *library,
                                       const char *url, const char *method, const char *version,
                                       const char *data, size_t *size, void **slot)
{
    (void)server;
    (void)library;
    (void)url;
    HttpSlot *current = *slot;
    switch (current->stage) {
    case HTTP_STAGE_HEAD:
        return read_head(current, method, version);
    case HTTP_STAGE_BODY:
        return *size > 0 ? read_body(current, data, size) : run(current);
    case HTTP_STAGE_LATER:
        return resume(current);
    }
    return MHD_NO;
}

/* Stop has taken the exchange from the connection; another thread has it. */
static bool is_abandoned(HttpConnection *connection)
{
    int handoff = atomic_load_explicit(&connection->handoff, memory_order_acquire);
    return handoff == HTTP_HANDOFF_ABANDONED || handoff == HTTP_HANDOFF_LATE;
}

static void complete(HttpConnection *connection)
{
    HttpSlot *slot = connection->slot;
    HttpThread *thread = slot->thread;
    if (slot->is_counted)
        count_handling(slot, false);
    if (!is_abandoned(connection)) {
        connection->slot = NULL;
        atomic_store_explicit(&connection->handoff, HTTP_HANDOFF_NONE, memory_order_relaxed);
        tell_finished(slot);
        http_slot_release(slot);
        http_connection_enter(connection, HTTP_PHASE_IDLE);
    }
    unsigned running = atomic_load_explicit(&thread->running, memory_order_relaxed);
    atomic_store_explicit(&thread->running, running - 1, memory_order_release);
}

void http_connection_completed(void *server, struct MHD_Connection *library, void **slot,
                               enum MHD_RequestTerminationCode code)
{
    (void)server;
    (void)library;
    (void)code;
    if (*slot != NULL)
        complete(((HttpSlot *)*slot)->exchange.connection);
    *slot = NULL;
}

static void close_connection(HttpConnection *connection)
{
    if (connection->slot != NULL && !is_abandoned(connection)) {
        /* When cookies fill its memory, the library closes without an answer and without a word. */
        if (connection->slot->stage == HTTP_STAGE_HEAD)
            http_answer_refuse(connection->slot, &http_refusal_head_too_large);
        complete(connection);
    }
    http_deadline_remove(connection);
    int before = atomic_exchange(&connection->handoff, HTTP_HANDOFF_DROPPED);
    if (before == HTTP_HANDOFF_ABANDONED)
        return; /* whoever has the exchange frees both */
    if (before == HTTP_HANDOFF_LATE)
        free_late(connection, connection->slot);
    else
        memory_free(connection);
}

void http_connection_notify(void *server, struct MHD_Connection *library, void **socket_context,
                            enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        close_connection(*socket_context);
        return;
    }
    HttpConnection *connection = connection_new(server, library);
    *socket_context = connection;
    http_deadline_add(connection);
}

void http_exchange_suspend(HttpExchange *exchange)
{
    HttpConnection *connection = exchange->connection;
    MHD_suspend_connection(connection->library);
    /* Only now: a stop that found it waiting before would resume what is not yet suspended. */
    atomic_store_explicit(&connection->handoff, HTTP_HANDOFF_WAITING, memory_order_release);
}

void http_exchange_send(HttpExchange *exchange)
{
    HttpSlot *slot = (HttpSlot *)exchange;
    HttpConnection *connection = exchange->connection;
    HttpServer *server = slot->server;
    int expected = HTTP_HANDOFF_WAITING;
    atomic_fetch_add(&server->senders, 1);
    if (atomic_compare_exchange_strong(&connection->handoff, &expected, HTTP_HANDOFF_READY))
        MHD_resume_connection(connection->library);
    else if (atomic_exchange(&connection->handoff, HTTP_HANDOFF_LATE) == HTTP_HANDOFF_DROPPED)
        free_late(connection, slot);
    atomic_fetch_sub(&server->senders, 1);
}

void http_connection_abandon_waiting(HttpServer *server)
{
    pthread_mutex_lock(&server->lock);
    for (HttpConnection *each = server->connections; each != NULL; each = each->next) {
        int expected = HTTP_HANDOFF_WAITING;
        if (atomic_compare_exchange_strong(&each->handoff, &expected, HTTP_HANDOFF_ABANDONED))
            MHD_resume_connection(each->library);
    }
    pthread_mutex_unlock(&server->lock);
}
