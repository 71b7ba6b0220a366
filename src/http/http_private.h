#pragma once
/* What the files of this folder share.
 *
 *   HttpServer --- HttpThread (one per I/O thread: free slots, counters, compressor)
 *              \-- HttpConnection list, under `lock` --- HttpSlot while a request is under way
 *
 * A connection between requests holds its HttpConnection only. A slot (exchange, warm arena, body)
 * is taken when the request line is read and goes back when the answer is out, both on the same I/O
 * thread, so the free list needs no lock.
 *
 * Who owns a suspended exchange is told by `handoff`, the only word that two threads may change:
 *
 *   NONE -suspend-> WAITING -send-> READY -I/O thread queues the answer-> NONE
 *                      \-stop, grace is over-> ABANDONED -connection closed-> DROPPED -send-> freed
 *                                                  \-send-> LATE -connection closed-> freed */

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "base/error.h"
#include "http/http_server.h"

/* The library's memory for one connection, and what of it a request must leave for the headers of
 * its answer. An idle connection, once used, costs this and half a KiB. */
#define HTTP_CONNECTION_MEMORY 15360
#define HTTP_ANSWER_HEAD_BYTES 2048
#define HTTP_HEAD_MAX_BYTES 12288
#define HTTP_MAX_HEADERS 100
#define HTTP_ARENA_FIRST_BYTES 32768
#define HTTP_FREE_SLOTS 32 /* kept warm by each thread */
#define HTTP_BACKLOG 1024

typedef struct HttpConnection HttpConnection;
typedef struct HttpSlot HttpSlot;
typedef struct HttpThread HttpThread;

typedef enum HttpStage { HTTP_STAGE_HEAD, HTTP_STAGE_BODY, HTTP_STAGE_LATER } HttpStage;

typedef enum HttpHandoff {
    HTTP_HANDOFF_NONE,
    HTTP_HANDOFF_WAITING,
    HTTP_HANDOFF_READY,
    HTTP_HANDOFF_ABANDONED,
    HTTP_HANDOFF_DROPPED,
    HTTP_HANDOFF_LATE,
} HttpHandoff;

/* Where a connection stands; which deadline holds follows from it (http_deadline.c). */
typedef enum HttpPhase {
    HTTP_PHASE_NEW,
    HTTP_PHASE_HEAD,
    HTTP_PHASE_BODY,
    HTTP_PHASE_RUNNING,
    HTTP_PHASE_ANSWERING,
    HTTP_PHASE_IDLE,
    HTTP_PHASE_CUT, /* set by the sweeper only; the I/O thread must not answer any more */
} HttpPhase;

/* Why a request is not handed on. */
typedef struct HttpRefusal {
    int status;
    bool is_direct; /* the library may have no memory left to answer with */
    ErrorKind kind;
    int retry_after_s;
    const char *reason;
} HttpRefusal;

struct HttpSlot {
    HttpExchange exchange; /* first: a pointer to it is a pointer to the slot */
    HttpServer *server;
    HttpThread *thread;
    HttpStage stage;
    bool is_counted; /* in thread->handling */
    bool was_shown;  /* to a hook */
    bool is_chunked;
    bool body_is_heap;
    size_t uri_len;
    const char *version;   /* where the library must find the HTTP version */
    size_t content_length; /* 0 when chunked */
    size_t header_count;
    Str accept_encoding;
    char *body;
    size_t body_len;
    size_t body_capacity;       /* counted in server->body_bytes; without the padding */
    size_t answer_held;         /* counted in server->answer_bytes */
    size_t received;            /* also counts what is thrown away */
    const HttpRefusal *refusal; /* found while the body came in; the rest of it is thrown away */
    HttpSlot *next;
};

struct HttpThread {
    HttpServer *server;
    HttpThread *next;
    HttpSlot *free_slots;
    unsigned free_count;
    atomic_uint running;  /* slots out; written by the thread itself only */
    atomic_uint handling; /* of them: inside `handle`, or handed off and not yet answered */
    struct z_stream_s *deflater;
};

struct HttpConnection {
    HttpServer *server;
    struct MHD_Connection *library;
    int socket;
    uint32_t sequence; /* of the request; the I/O thread's */
    bool is_refused;   /* closed with unread input: linger */
    HttpSlot *slot;    /* of the request under way; the I/O thread's */
    atomic_int handoff;
    atomic_uint progress; /* sequence << 3 | HttpPhase */
    atomic_size_t body_bytes;
    /* The rest but the address is the sweeper's, under server->lock. */
    HttpConnection *previous;
    HttpConnection *next;
    unsigned seen_progress;
    int64_t seen_since_ms;
    int64_t window_since_ms;
    uint64_t window_bytes;
    bool is_partial; /* bytes came while idle, but no request line */
    uint8_t remote_len;
    char remote[46];
};

/* A refused connection whose answer must not be lost to a reset: read and dropped for a while. */
typedef struct HttpLingerer {
    int socket;
    int64_t until_ms;
    struct HttpLingerer *next;
} HttpLingerer;

struct HttpServer {
    HttpServerOptions options;
    struct MHD_Daemon *daemon;
    unsigned port;
    pthread_t sweeper;
    pthread_mutex_t lock; /* connections, lingerers, threads, sweeper_stops */
    pthread_cond_t wake;
    bool sweeper_stops;
    HttpConnection *connections;
    HttpLingerer *lingerers;
    unsigned lingerer_count;
    HttpThread *threads;
    atomic_bool is_stopping; /* answers close their connection, no new ones */
    atomic_bool is_closing;  /* nothing new reaches `handle` */
    atomic_uint senders;     /* threads inside http_exchange_send */
    atomic_size_t body_bytes;
    atomic_size_t answer_bytes; /* memory of large answers on their way */
};

/* http_slot.c */
HttpThread *http_thread_current(HttpServer *server);
void http_threads_free(HttpServer *server);
HttpSlot *http_slot_take(HttpServer *server);
/* On its I/O thread: back to the free list. */
void http_slot_release(HttpSlot *slot);
/* Anywhere, when its thread no longer knows it. */
void http_slot_free(HttpSlot *slot);
/* Makes the room that Content-Length asks for, as far as it may be believed. */
void http_slot_expect_body(HttpSlot *slot);
/* False: more than twice the limit came, drop the connection. */
bool http_slot_add_body(HttpSlot *slot, const char *data, size_t size);
void http_slot_complete_body(HttpSlot *slot);
bool http_slot_body_fits(const HttpSlot *slot, size_t bytes);

/* http_framing.c */
void http_framing_split_uri(HttpSlot *slot, Str uri);
HttpMethod http_framing_method(const char *name);
/* Reads the headers into the request; NULL when they are in order. */
const HttpRefusal *http_framing_check(HttpSlot *slot, struct MHD_Connection *library,
                                      const char *version);
extern const HttpRefusal http_refusal_head_too_large;
extern const HttpRefusal http_refusal_body_too_large;
extern const HttpRefusal http_refusal_busy;
extern const HttpRefusal http_refusal_answer_too_large;
extern const HttpRefusal http_refusal_many_answers;

/* http_answer.c */
enum MHD_Result http_answer_queue(HttpSlot *slot);
enum MHD_Result http_answer_refuse(HttpSlot *slot, const HttpRefusal *refusal);

/* http_gzip.c */
bool http_gzip_is_accepted(Str accept_encoding);
bool http_gzip_is_worthwhile(Str content_type);
/* False (and `out` untouched) when it would not be shorter. */
bool http_gzip_pack(HttpThread *thread, Arena *arena, Str plain, Str *out);
void http_gzip_free(HttpThread *thread);

/* http_address.c */
typedef struct HttpAddress {
    struct sockaddr_storage storage;
    socklen_t len;
} HttpAddress;
Error *http_address_parse(Arena *arena, Str text, HttpAddress *out) must_check;
unsigned http_address_port(const HttpAddress *address);
/* Writes at most 46 bytes, returns how many; 0 for what is no IP address. */
size_t http_address_write(const struct sockaddr *address, char *out);

/* http_connection.c: the library's callbacks */
void http_connection_notify(void *server, struct MHD_Connection *library, void **socket_context,
                            enum MHD_ConnectionNotificationCode code);
void *http_connection_begin(void *server, const char *uri, struct MHD_Connection *library);
enum MHD_Result http_connection_access(void *server, struct MHD_Connection *library,
                                       const char *url, const char *method, const char *version,
                                       const char *data, size_t *size, void **slot);
void http_connection_completed(void *server, struct MHD_Connection *library, void **slot,
                               enum MHD_RequestTerminationCode code);
/* Stop: takes every waiting exchange from its connection. */
void http_connection_abandon_waiting(HttpServer *server);

/* http_deadline.c */
Error *http_deadline_start(Arena *arena, HttpServer *server) must_check;
void http_deadline_stop(HttpServer *server);
void http_deadline_add(HttpConnection *connection);
void http_deadline_remove(HttpConnection *connection);
int64_t http_deadline_now_ms(void);

static inline void http_connection_enter(HttpConnection *connection, HttpPhase phase)
{
    atomic_store_explicit(&connection->progress, connection->sequence << 3 | phase,
                          memory_order_release);
}
