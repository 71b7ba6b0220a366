#pragma once
/* Routes: method and path to a handler, one row each in the table that ends every <resource>_api.c;
 * routes.c lists the tables in the order in which they are tried (spec 1.1). A path is literal
 * words and `{names}`; names become the call's path values in order. The base of a row is /api/v1
 * (also /api), or nothing with `.is_outside`. Every row says what it needs: a row without `.needs`
 * stops the server at start. */

#include "access/task.h"
#include "http/http.h"

#define ROUTE_MAX_VALUES 4

typedef struct Route Route;

/* One request on its way through a handler. */
typedef struct ApiCall {
    const Route *route;
    HttpExchange *exchange;
    Str values[ROUTE_MAX_VALUES]; /* of the path, decoded */
    const JsonValue *body;        /* NULL when there is none */
    /* With an Idempotency-Key: an id that new ids may be made of (id_in_series), the same when the
     * call is run again; else none. */
    Str series;
    Str short_answer; /* JSON, set by the handler: stands for an answer that is not kept whole */
} ApiCall;

typedef enum RouteNeeds { NEEDS_UNDECLARED, NEEDS_NOTHING, NEEDS_LOGIN, NEEDS_ADMIN } RouteNeeds;

/* Where a handler runs (design §3). */
typedef enum RoutePlace {
    PLACE_READ,  /* on the I/O thread; must not write */
    PLACE_WRITE, /* on the write lane, whole */
    PLACE_HEAVY, /* on the heavy pool; writes through task_write */
} RoutePlace;

typedef enum RouteBody { BODY_NONE, BODY_OPTIONAL, BODY_JSON } RouteBody;

struct Route {
    HttpMethod method;
    const char *path;
    RouteNeeds needs;
    RoutePlace place;
    RouteBody body;
    bool is_outside;
    bool is_override; /* of this method alone: others find the path in a later row */
    Error *(*handle)(Task *task, ApiCall *call);
    /* PLACE_HEAVY instead of PLACE_WRITE for this very call; NULL = never. */
    bool (*is_slow)(Task *task, const ApiCall *call);
    const char *summary;
};

/* A table ends with a row without a path. */
extern const Route *const route_tables[];

/* NOT_FOUND `noSuchRoute`; METHOD, with the `Allow` header set, when only the method is wrong.
 * OPTIONS of anything known gives a route that answers 200. HEAD is GET. */
Error *route_match(Task *task, HttpExchange *exchange, ApiCall *out) must_check;
/* Login and administrator rights, as the row says. */
Error *route_admit(Task *task, const ApiCall *call) must_check;
/* Parses the body. MEDIA_TYPE, INVALID `bodyRequired`, `invalidJson`. */
Error *route_read_body(Task *task, ApiCall *call) must_check;
/* INVALID: names the first row that declares no needs. */
Error *route_check_tables(Arena *arena) must_check;
RoutePlace route_place(Task *task, const ApiCall *call);
/* True for a header of the request that says `true` or `1`. */
bool route_has_flag(const ApiCall *call, Str header);
