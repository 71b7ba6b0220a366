#include "api/route.h"

#include "access/access.h"
#include "json/brackets.h"
#include "json/json_reader.h"

/* `{name}` takes any one segment that is not empty; a word takes itself. */
static bool match_segments(const char *pattern, Str path, Str *values)
{
    Str rest_pattern = str_slice(str_from(pattern), 1, strlen(pattern));
    Str word;
    Str segment;
    size_t count = 0;
    while (str_next_part(&rest_pattern, '/', &word)) {
        if (!str_next_part(&path, '/', &segment))
            return false;
        bool is_name = word.len > 0 && word.data[0] == '{';
        if (is_name && segment.len > 0)
            values[count++] = segment;
        else if (is_name || !str_equal(word, segment))
            return false;
    }
    return str_is_none(path);
}

/* The path behind the base, without the leading and one trailing slash; none when it is outside the
 * API. */
static Str api_path(Str path)
{
    static const Str bases[] = { { "/api/v1", 7 }, { "/api", 4 } };
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        if (!str_starts_with(path, bases[i]))
            continue;
        Str rest = str_slice(path, bases[i].len, path.len);
        if (rest.len == 0)
            return STR("");
        if (rest.data[0] != '/')
            continue;
        rest = str_slice(rest, 1, rest.len);
        if (rest.len > 0 && rest.data[rest.len - 1] == '/')
            rest = str_slice(rest, 0, rest.len - 1);
        return rest;
    }
    return STR_NONE;
}

static Error *answer_options(Task *task, ApiCall *call)
{
    (void)task;
    call->exchange->response.status = 200;
    return NULL;
}

static const Route options_route = { .method = HTTP_OPTIONS,
                                     .needs = NEEDS_NOTHING,
                                     .handle = answer_options };

typedef struct Search {
    Str inside;  /* path in the API, or none */
    Str outside; /* whole path without the leading slash */
    HttpMethod method;
    const char *pattern; /* the first that fits the path: it claims it, whatever the method */
    unsigned allowed;    /* bits of the methods that the pattern has */
    ApiCall *out;
} Search;

static bool search_row(Search *search, const Route *route)
{
    Str path = route->is_outside ? search->outside : search->inside;
    Str values[ROUTE_MAX_VALUES] = { 0 };
    if (search->pattern != NULL && strcmp(search->pattern, route->path) != 0)
        return false;
    if (str_is_none(path) || !match_segments(route->path, path, values))
        return false;
    if (route->is_override && route->method != search->method)
        return false;
    search->pattern = route->path;
    search->allowed |= 1u << route->method;
    if (route->method != search->method)
        return false;
    search->out->route = route;
    memcpy(search->out->values, values, sizeof values);
    return true;
}

static bool search_tables(Search *search)
{
    for (const Route *const *table = route_tables; *table != NULL; table++)
        for (const Route *route = *table; route->path != NULL; route++)
            if (search_row(search, route))
                return true;
    return false;
}

static void allow(Task *task, HttpExchange *exchange, unsigned allowed)
{
    Buf buf;
    buf_init(&buf, task->arena, 256);
    if (allowed & (1u << HTTP_GET))
        allowed |= 1u << HTTP_HEAD;
    for (HttpMethod method = HTTP_GET; method < HTTP_OPTIONS; method++) {
        if ((allowed & (1u << method)) == 0)
            continue;
        if (buf.len > 0)
            buf_append(&buf, STR(", "));
        buf_append(&buf, http_method_name(method));
    }
    http_response_header(exchange, STR("Allow"), buf_str(&buf));
}

static Error *decode_values(Task *task, ApiCall *call)
{
    for (size_t i = 0; i < ROUTE_MAX_VALUES; i++)
        if (!str_is_none(call->values[i]) &&
            str_find(call->values[i], '%', 0) < call->values[i].len)
            TRY(brackets_decode(task->arena, call->values[i], false, &call->values[i]));
    return NULL;
}

Error *route_match(Task *task, HttpExchange *exchange, ApiCall *out)
{
    Str path = exchange->request.path;
    HttpMethod method = exchange->request.method;
    *out = (ApiCall){ .exchange = exchange };
    Search search = { .inside = api_path(path),
                      .outside = path.len > 0 ? str_slice(path, 1, path.len) : STR(""),
                      .method = method == HTTP_HEAD ? HTTP_GET : method,
                      .out = out };
    if (search_tables(&search))
        return decode_values(task, out);
    if (method == HTTP_OPTIONS && (search.allowed != 0 || !str_is_none(search.inside))) {
        out->route = &options_route;
        return NULL;
    }
    if (search.allowed == 0)
        return error_new_code(task->arena, ERROR_NOT_FOUND, "noSuchRoute",
                              "There is nothing at this path");
    allow(task, exchange, search.allowed);
    return error_new(task->arena, ERROR_METHOD, "This path does not take the method %.*s",
                     STR_ARGS(http_method_name(method)));
}

Error *route_admit(Task *task, const ApiCall *call)
{
    if (call->route->needs == NEEDS_ADMIN)
        return access_check_admin(task);
    return call->route->needs == NEEDS_LOGIN ? access_check_login(task) : NULL;
}

static bool has_json_type(const HttpRequest *request)
{
    static const Str json = { "application/json", 16 };
    Str type = http_request_header(request, STR("Content-Type"));
    for (size_t i = 0; i + json.len <= type.len; i++)
        if (str_equal_ignoring_case(str_slice(type, i, i + json.len), json))
            return true;
    return false;
}

Error *route_read_body(Task *task, ApiCall *call)
{
    const HttpRequest *request = &call->exchange->request;
    if (call->route->body == BODY_NONE)
        return NULL;
    if (request->body.len == 0) {
        if (call->route->body == BODY_OPTIONAL)
            return NULL;
        return error_new_code(task->arena, ERROR_INVALID, "bodyRequired",
                              "This request needs a JSON body");
    }
    if (!has_json_type(request))
        return error_new(task->arena, ERROR_MEDIA_TYPE,
                         "The body must be sent as Content-Type: application/json");
    return json_read(task->arena, request->body, &call->body);
}

Error *route_check_tables(Arena *arena)
{
    for (const Route *const *table = route_tables; *table != NULL; table++)
        for (const Route *route = *table; route->path != NULL; route++)
            if (route->needs == NEEDS_UNDECLARED)
                return error_new(arena, ERROR_INTERNAL, "The route %s does not say what it needs",
                                 route->path);
    return NULL;
}

RoutePlace route_place(Task *task, const ApiCall *call)
{
    const Route *route = call->route;
    if (route->place == PLACE_WRITE && route->is_slow != NULL && route->is_slow(task, call))
        return PLACE_HEAVY;
    return route->place;
}

bool route_has_flag(const ApiCall *call, Str header)
{
    Str value = http_request_header(&call->exchange->request, header);
    return str_equal_ignoring_case(value, STR("true")) || str_equal(value, STR("1"));
}
