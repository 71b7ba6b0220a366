#include "http/http.h"

#include <unistd.h>

Str http_request_header(const HttpRequest *request, Str name)
{
    for (const HttpHeader *header = request->headers; header != NULL; header = header->next)
        if (str_equal_ignoring_case(header->name, name))
            return header->value;
    return STR_NONE;
}

Str http_method_name(HttpMethod method)
{
    /* clang-format off */
    static const Str names[] = {
        [HTTP_GET]     = { "GET",     3 },
        [HTTP_HEAD]    = { "HEAD",    4 },
        [HTTP_POST]    = { "POST",    4 },
        [HTTP_PUT]     = { "PUT",     3 },
        [HTTP_PATCH]   = { "PATCH",   5 },
        [HTTP_DELETE]  = { "DELETE",  6 },
        [HTTP_OPTIONS] = { "OPTIONS", 7 },
        [HTTP_OTHER]   = { "OTHER",   5 },
    };
    /* clang-format on */
    return names[method];
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F;
}

void http_response_header(HttpExchange *exchange, Str name, Str value)
{
    if (value.len == 0)
        return;
    HttpHeader *header =
        arena_alloc(exchange->arena, sizeof(HttpHeader) + name.len + value.len + 2);
    char *text = (char *)(header + 1);
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    header->name = (Str){ text, name.len };
    text += name.len + 1;
    for (size_t i = 0; i < value.len; i++)
        text[i] = is_control(value.data[i]) ? ' ' : value.data[i];
    text[value.len] = '\0';
    header->value = (Str){ text, value.len };
    header->next = NULL;
    HttpHeader **end = &exchange->response.headers;
    while (*end != NULL)
        end = &(*end)->next;
    *end = header;
}

void http_response_clear(HttpExchange *exchange)
{
    HttpResponse *response = &exchange->response;
    if (response->file >= 0)
        close(response->file);
    response->file = -1;
    response->headers = NULL;
    response->borrowed_body = STR_NONE;
    response->body.len = 0;
    response->body.is_over = false;
}
