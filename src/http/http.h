#pragma once
/* HTTP as the rest of the server sees it: a request that is complete, a response that is filled,
 * and the exchange that holds both. Nothing here knows what the bytes mean. Everything lives in the
 * exchange's arena until the answer is out (`finished` of http_server.h is the last moment). */

#include "base/buf.h"

/* Zero bytes that follow a body and may be read: a parser may run in steps of this size. */
#define HTTP_BODY_PADDING 64

typedef enum HttpMethod {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_OTHER,
} HttpMethod;

typedef struct HttpHeader {
    Str name;
    Str value; /* of a response: followed by a NUL, as is the name */
    struct HttpHeader *next;
} HttpHeader;

typedef struct HttpRequest {
    HttpMethod method;
    Str path;           /* raw, as sent, without the query (and without scheme and host) */
    Str query;          /* raw, without the '?'; empty when absent */
    Str body;           /* never none; HTTP_BODY_PADDING readable bytes follow when not empty */
    Str remote_address; /* numeric, of the socket; an IPv4 client on an IPv6 socket shows as IPv4 */
    const HttpHeader *headers; /* in the order in which they came */
    int64_t started_us;        /* monotonic, when the request line was read */
} HttpRequest;

typedef struct HttpResponse {
    int status;
    Buf body;
    Str borrowed_body; /* sent instead of `body` when not none; must outlive the process' answers */
    int file;          /* sent instead of both when not -1: `file_bytes` of this descriptor from */
    uint64_t file_bytes; /* `file_offset` on; closed by us, at the latest with the exchange */
    uint64_t file_offset;
    HttpHeader *headers;
    bool is_secret; /* never compressed (holds a token) */
    bool closes_connection;
} HttpResponse;

typedef struct HttpExchange {
    Arena *arena;
    HttpRequest request;
    HttpResponse response;
    void *context;                     /* the owner's, NULL at the start */
    struct HttpConnection *connection; /* private to http */
} HttpExchange;

/* The first of that name, in any letter case; none when absent. */
Str http_request_header(const HttpRequest *request, Str name);
Str http_method_name(HttpMethod method);
/* Both are copied; control characters in `value` become spaces, an empty value is left out.
 * `name` must be a plain header name. Content-Length, Date and Connection are made by http. */
void http_response_header(HttpExchange *exchange, Str name, Str value);
/* Drops what was written so far: body, file and headers. */
void http_response_clear(HttpExchange *exchange);
