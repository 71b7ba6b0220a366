#include "http/http_private.h"

/* clang-format off */
static const HttpRefusal refusal_nul         = { 400, false, ERROR_INVALID, 0, "The request line holds a NUL byte" };
static const HttpRefusal refusal_name        = { 400, false, ERROR_INVALID, 0, "White space in a header name" };
static const HttpRefusal refusal_host        = { 400, false, ERROR_INVALID, 0, "Exactly one Host header is needed" };
static const HttpRefusal refusal_length      = { 400, false, ERROR_INVALID, 0, "Content-Length must be one whole number" };
static const HttpRefusal refusal_both        = { 400, false, ERROR_INVALID, 0, "Content-Length and Transfer-Encoding exclude each other" };
static const HttpRefusal refusal_old_chunked = { 400, false, ERROR_INVALID, 0, "Transfer-Encoding needs HTTP/1.1" };
static const HttpRefusal refusal_coding      = { 501, false, ERROR_INVALID, 0, "The only known Transfer-Encoding is chunked" };
static const HttpRefusal refusal_uri         = { 414, true, ERROR_URI_TOO_LONG, 0, "The address is longer than 12 KiB; send long filters in a body" };
static const HttpRefusal refusal_count       = { 431, true, ERROR_TOO_LARGE, 0, "More than 100 headers" };
const HttpRefusal http_refusal_head_too_large   = { 431, true, ERROR_TOO_LARGE, 0, "Request line and headers are longer than 12 KiB" };
const HttpRefusal http_refusal_body_too_large   = { 413, false, ERROR_TOO_LARGE, 0, "The body is larger than this server takes" };
const HttpRefusal http_refusal_busy             = { 503, false, ERROR_UNAVAILABLE, 5, "Too many uploads at once; try again" };
const HttpRefusal http_refusal_many_answers     = { 503, false, ERROR_UNAVAILABLE, 5, "Too many large answers at once; try again" };
const HttpRefusal http_refusal_answer_too_large = { 413, false, ERROR_TOO_LARGE, 0, "The answer would be too large; ask for less" };
/* clang-format on */

typedef struct HeadScan {
    HttpSlot *slot;
    HttpHeader **end;
    Str length;
    Str coding;
    unsigned hosts;
    unsigned lengths;
    unsigned codings;
    bool has_bad_name;
} HeadScan;

/* "http://host/path" is a legal way to say "/path". */
static Str without_authority(Str uri)
{
    size_t scheme = str_find(uri, ':', 0);
    if (scheme + 3 > uri.len || memcmp(uri.data + scheme, "://", 3) != 0)
        return uri;
    size_t slash = str_find(uri, '/', scheme + 3);
    return slash < uri.len ? str_slice(uri, slash, uri.len) : STR("/");
}

void http_framing_split_uri(HttpSlot *slot, Str uri)
{
    HttpRequest *request = &slot->exchange.request;
    const char *question = memchr(uri.data, '?', uri.len);
    size_t path_len = question != NULL ? (size_t)(question - uri.data) : uri.len;
    request->path = str_slice(uri, 0, path_len);
    request->query = question != NULL ? str_slice(uri, path_len + 1, uri.len) : STR("");
    if (path_len > 0 && uri.data[0] != '/')
        request->path = without_authority(request->path);
}

HttpMethod http_framing_method(const char *name)
{
    /* GET first: it is nearly all of the traffic. */
    for (HttpMethod method = HTTP_GET; method < HTTP_OTHER; method++)
        if (strcmp(name, http_method_name(method).data) == 0)
            return method;
    return HTTP_OTHER;
}

/* The few headers that frame a request, told apart by length first. */
static void note_framing(HeadScan *scan, Str name, Str value)
{
    switch (name.len) {
    case 4:
        scan->hosts += str_equal_ignoring_case(name, STR("Host"));
        break;
    case 14:
        if (str_equal_ignoring_case(name, STR("Content-Length"))) {
            scan->lengths++;
            scan->length = value;
        }
        break;
    case 15:
        if (str_equal_ignoring_case(name, STR("Accept-Encoding")))
            scan->slot->accept_encoding = value;
        break;
    case 17:
        if (str_equal_ignoring_case(name, STR("Transfer-Encoding"))) {
            scan->codings++;
            scan->coding = value;
        }
        break;
    default:
        break;
    }
}

static enum MHD_Result add_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                  size_t name_len, const char *value, size_t value_len)
{
    (void)kind;
    HeadScan *scan = cls;
    if (++scan->slot->header_count > HTTP_MAX_HEADERS)
        return MHD_NO;
    /* Copied, because a suspended exchange may outlive the connection's memory. */
    HttpHeader *header =
        arena_alloc(scan->slot->exchange.arena, sizeof(HttpHeader) + name_len + value_len);
    char *text = (char *)(header + 1);
    memcpy(text, name, name_len);
    if (value_len > 0)
        memcpy(text + name_len, value, value_len);
    header->name = (Str){ text, name_len };
    header->value = str_trim((Str){ text + name_len, value_len });
    header->next = NULL;
    *scan->end = header;
    scan->end = &header->next;
    if (name_len == 0 || memchr(name, ' ', name_len) != NULL ||
        memchr(name, '\t', name_len) != NULL)
        scan->has_bad_name = true;
    note_framing(scan, header->name, header->value);
    return MHD_YES;
}

static bool parse_length(Str text, size_t *out)
{
    int64_t length;
    if (text.len == 0 || text.data[0] == '-' || !str_parse_int(text, &length))
        return false;
    *out = (size_t)length;
    return true;
}

static const HttpRefusal *check_body(HeadScan *scan, bool is_old)
{
    HttpSlot *slot = scan->slot;
    if (scan->lengths > 1 || (scan->lengths == 1 && scan->codings > 0))
        return scan->codings > 0 ? &refusal_both : &refusal_length;
    if (scan->codings > 0) {
        if (is_old)
            return &refusal_old_chunked;
        if (scan->codings > 1 || !str_equal_ignoring_case(scan->coding, STR("chunked")))
            return &refusal_coding;
        slot->is_chunked = true;
        return http_slot_body_fits(slot, 1) ? NULL : &http_refusal_busy;
    }
    if (scan->lengths == 0)
        return NULL;
    if (!parse_length(scan->length, &slot->content_length))
        return &refusal_length;
    if (slot->content_length > slot->server->options.max_body_bytes)
        return &http_refusal_body_too_large;
    return http_slot_body_fits(slot, slot->content_length) ? NULL : &http_refusal_busy;
}

/* What the library keeps of a header or cookie beside its text. */
#define ENTRY_BYTES 64

static size_t cookie_bytes(HttpSlot *slot, struct MHD_Connection *library)
{
    Str cookie = http_request_header(&slot->exchange.request, STR("Cookie"));
    if (str_is_none(cookie))
        return 0;
    int count = MHD_get_connection_values_n(library, MHD_COOKIE_KIND, NULL, NULL);
    return cookie.len + (size_t)count * ENTRY_BYTES;
}

static size_t head_bytes(struct MHD_Connection *library)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(library, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info != NULL ? info->header_size : 0;
}

const HttpRefusal *http_framing_check(HttpSlot *slot, struct MHD_Connection *library,
                                      const char *version)
{
    HttpHeader *first = NULL;
    HeadScan scan = { .slot = slot, .end = &first };
    bool is_old = strcmp(version, "HTTP/1.0") == 0;
    MHD_get_connection_values_n(library, MHD_HEADER_KIND, add_header, &scan);
    slot->exchange.request.headers = first;
    if (version != slot->version)
        return &refusal_nul;
    if (slot->uri_len > HTTP_HEAD_MAX_BYTES)
        return &refusal_uri;
    if (slot->header_count > HTTP_MAX_HEADERS)
        return &refusal_count;
    size_t head = head_bytes(library);
    if (head > HTTP_HEAD_MAX_BYTES)
        return &http_refusal_head_too_large;
    if (head > HTTP_HEAD_MAX_BYTES / 3 &&
        head + slot->header_count * ENTRY_BYTES + cookie_bytes(slot, library) >
            HTTP_CONNECTION_MEMORY - HTTP_ANSWER_HEAD_BYTES)
        return &http_refusal_head_too_large;
    if (scan.has_bad_name)
        return &refusal_name;
    if (scan.hosts > 1 || (scan.hosts == 0 && !is_old))
        return &refusal_host;
    return check_body(&scan, is_old);
}
