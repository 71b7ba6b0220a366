/* The floor: what libmicrohttpd and the engine's library alone need for the product's operations,
 * on a copy of the product's own database.
 *
 * usage: floor PLAN DATABASE PORT [CACHE_KIB]            the embedded engine: a file
 *        floor_postgres PLAN DATABASE PORT               a database server: its URL
 *
 * Same library flags, pragmas, SQL and answers as the product; between them nothing but routing by
 * string comparison and cutting ids and terms out of the request line. No login, rights, metadata,
 * validation, limits or log. It trusts its only client, bench/run, and must never face a network.
 * SIGTERM prints how well commits were shared and ends it. */

#include <arpa/inet.h>
#include <err.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lane.h"
#include "row.h"

#define CONNECTION_MEMORY 15360
#define MAX_CONNECTIONS 12000
#define DEFAULT_CACHE_KIB 65536
#define PRODUCTS "/api/v1/Product"
#define UPSERT "/api/v1/MassActions/action/upsert"

typedef enum Stage { STAGE_HEAD, STAGE_BODY, STAGE_PARKED, STAGE_DONE } Stage;

typedef struct Request {
    LaneJob job; /* first: a pointer to it is a pointer to the request */
    struct MHD_Connection *connection;
    Stage stage;
    bool is_list;
    bool is_upsert;
    PlanShapeId shape;
    char id[64];
    size_t id_len;
    char term[TOTALS_MAX_TERM];
    StorePage page;
    Text body;
    Text out;
    struct Request *next;
} Request;

static StoreOptions options;
static _Thread_local Request *free_requests;
static _Thread_local Store *reader;

static Request *request_take(void)
{
    Request *request = free_requests;
    if (request == NULL) {
        request = calloc(1, sizeof *request);
        if (request == NULL)
            err(1, "memory");
        return request;
    }
    free_requests = request->next;
    request->body.len = 0;
    request->out.len = 0;
    return request;
}

/* ---- request line ---- */

static int64_t parameter(const char *query, const char *name, int64_t fallback)
{
    const char *found = strstr(query, name);
    return found == NULL ? fallback : strtoll(found + strlen(name), NULL, 10);
}

static void take_term(Request *request, const char *query)
{
    const char *found = strstr(query, "[value]=");
    request->page.term = NULL;
    if (found == NULL)
        return;
    found += strlen("[value]=");
    size_t len = strcspn(found, "&");
    if (len >= TOTALS_MAX_TERM)
        len = TOTALS_MAX_TERM - 1;
    memcpy(request->term, found, len);
    request->page.term = request->term;
    request->page.term_len = len;
}

static void parse_list(Request *request, const char *query)
{
    request->is_list = true;
    take_term(request, query);
    request->page.rows = parameter(query, "maxSize=", 200);
    request->page.offset = parameter(query, "offset=", 0);
    if (strstr(query, "totalOnly=true") != NULL)
        request->page.rows = 0;
}

static void parse_uri(Request *request, const char *uri)
{
    const char *rest = uri + strlen(PRODUCTS);
    size_t len = strcspn(uri, "?");
    const char *query = uri + len;
    request->is_list = false;
    request->id_len = 0;
    request->is_upsert = strcmp(uri, UPSERT) == 0;
    if (request->is_upsert || strncmp(uri, PRODUCTS, strlen(PRODUCTS)) != 0)
        return;
    if (*rest != '/') {
        parse_list(request, query);
        return;
    }
    request->id_len = (size_t)(query - rest) - 1;
    if (request->id_len > sizeof request->id)
        request->id_len = 0;
    memcpy(request->id, rest + 1, request->id_len);
    request->shape = strstr(query, "select=id,name") != NULL ? PLAN_SLIM : PLAN_FULL;
}

/* Like the product, hides the query from the library's own argument parser. */
static void *begin_request(void *nothing, const char *uri, struct MHD_Connection *connection)
{
    (void)nothing;
    Request *request = request_take();
    request->connection = connection;
    request->stage = STAGE_HEAD;
    parse_uri(request, uri);
    char *question = strchr(uri, '?');
    if (question != NULL)
        question[1] = '\0';
    return request;
}

/* ---- answers ---- */

static enum MHD_Result answer(Request *request, unsigned status)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        request->out.len, request->out.data, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "application/json; charset=utf-8");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "Pragma", "no-cache");
    enum MHD_Result result = MHD_queue_response(request->connection, status, response);
    MHD_destroy_response(response);
    request->stage = STAGE_DONE;
    return result;
}

static void finish_write(LaneJob *job)
{
    Request *request = (Request *)job;
    MHD_resume_connection(request->connection);
}

static enum MHD_Result write_later(Request *request, const char *method)
{
    request->job = (LaneJob){ .kind = request->is_upsert            ? LANE_BATCH
                                      : strcmp(method, "POST") == 0 ? LANE_CREATE
                                                                    : LANE_UPDATE,
                              .id = request->id,
                              .id_len = request->id_len,
                              .body = request->body.data,
                              .body_len = request->body.len,
                              .out = &request->out,
                              .finish = finish_write };
    request->stage = STAGE_PARKED;
    MHD_suspend_connection(request->connection);
    lane_submit(&request->job);
    return MHD_YES;
}

static enum MHD_Result read_now(Request *request)
{
    if (reader == NULL)
        reader = store_open(&options, false);
    if (request->is_list) {
        store_list(reader, &request->page, &request->out);
        return answer(request, 200);
    }
    if (request->id_len > 0 &&
        store_read(reader, request->shape, request->id, request->id_len, &request->out))
        return answer(request, 200);
    TEXT_PUT_LITERAL(&request->out, "{\"status\":\"ok\"}");
    return answer(request, request->id_len > 0 ? 404 : 200);
}

static enum MHD_Result handle(void *nothing, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **context)
{
    (void)nothing;
    (void)connection;
    (void)url;
    (void)version;
    Request *request = *context;
    if (request->stage == STAGE_HEAD) {
        request->stage = STAGE_BODY;
        return MHD_YES;
    }
    if (*size > 0) {
        text_put(&request->body, data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (request->stage == STAGE_PARKED)
        return answer(request, 200);
    return method[0] == 'G' ? read_now(request) : write_later(request, method);
}

static void end_request(void *nothing, struct MHD_Connection *connection, void **context,
                        enum MHD_RequestTerminationCode code)
{
    (void)nothing;
    (void)connection;
    (void)code;
    Request *request = *context;
    if (request == NULL)
        return;
    request->next = free_requests;
    free_requests = request;
    *context = NULL;
}

static void start(unsigned port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = cores > 2 ? (unsigned)cores * 2 : 4;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    /* clang-format off */
    struct MHD_Daemon *daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, NULL,
        MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U,
        MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024U,
        MHD_OPTION_THREAD_POOL_SIZE, threads,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, begin_request, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, end_request, NULL,
        MHD_OPTION_END);
    /* clang-format on */
    if (daemon == NULL)
        errx(1, "the HTTP server could not start on port %u", port);
}

int main(int count, char **arguments)
{
    sigset_t ends;
    int signal_number;
    uint64_t commits;
    uint64_t jobs;
    if (count < 4)
        errx(2, "usage: floor PLAN DATABASE PORT [CACHE_KIB]");
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    store_start();
    row_start();
    unsigned port = (unsigned)strtoul(arguments[3], NULL, 10);
    unsigned cache_kib = count > 4 ? (unsigned)strtoul(arguments[4], NULL, 10) : DEFAULT_CACHE_KIB;
    options = (StoreOptions){ .location = arguments[2],
                              .plan = plan_load(arguments[1]),
                              .cache_kib = cache_kib };
    lane_start(&options);
    start(port);
    printf("listening on http://127.0.0.1:%u\n", port);
    fflush(stdout);
    sigwait(&ends, &signal_number);
    lane_counts(&commits, &jobs);
    printf("{\"event\":\"lane\",\"commits\":%llu,\"jobs\":%llu}\n", (unsigned long long)commits,
           (unsigned long long)jobs);
    fflush(stdout);
    _exit(0);
}
