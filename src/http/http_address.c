#include <arpa/inet.h>
#include <netinet/in.h>

#include "http/http_private.h"

static Error *malformed(Arena *arena, Str text)
{
    return error_new(arena, ERROR_INVALID,
                     "'%.*s' is no address to listen on; write it like 127.0.0.1:8080, "
                     "[::1]:8080 or localhost:8080",
                     STR_ARGS(text));
}

/* "[::1]:80" and "1.2.3.4:80" to host and port. */
static bool split(Str text, Str *host, Str *port)
{
    size_t colon = text.len;
    while (colon > 0 && text.data[colon - 1] != ':')
        colon--;
    if (colon == 0)
        return false;
    *host = str_slice(text, 0, colon - 1);
    *port = str_slice(text, colon, text.len);
    if (str_starts_with(*host, STR("["))) {
        if (!str_ends_with(*host, STR("]")))
            return false;
        *host = str_slice(*host, 1, host->len - 1);
        return host->len > 0;
    }
    return str_find(*host, ':', 0) == host->len;
}

static bool parse_host(Str host, bool is_v6, uint16_t port, HttpAddress *out)
{
    char text[INET6_ADDRSTRLEN] = { 0 };
    if (host.len >= sizeof text)
        return false;
    if (host.len > 0)
        memcpy(text, host.data, host.len);
    if (is_v6) {
        struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
        memcpy(&out->storage, &v6, sizeof v6);
        out->len = sizeof v6;
        return inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&out->storage)->sin6_addr) == 1;
    }
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
    if (str_equal_ignoring_case(host, STR("localhost")))
        v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else if (host.len > 0 && inet_pton(AF_INET, text, &v4.sin_addr) != 1)
        return false;
    memcpy(&out->storage, &v4, sizeof v4);
    out->len = sizeof v4;
    return true;
}

Error *http_address_parse(Arena *arena, Str text, HttpAddress *out)
{
    Str host;
    Str port_text;
    int64_t port;
    HttpAddress address = { 0 };
    if (!split(text, &host, &port_text) || !str_parse_int(port_text, &port))
        return malformed(arena, text);
    if (port < 0 || port > 65535)
        return error_new(arena, ERROR_INVALID, "The port in '%.*s' must be 0 to 65535",
                         STR_ARGS(text));
    if (!parse_host(host, text.data[0] == '[', (uint16_t)port, &address))
        return malformed(arena, text);
    *out = address;
    return NULL;
}

unsigned http_address_port(const HttpAddress *address)
{
    if (address->storage.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address->storage)->sin6_port);
    return ntohs(((const struct sockaddr_in *)&address->storage)->sin_port);
}

size_t http_address_write(const struct sockaddr *address, char *out)
{
    char text[INET6_ADDRSTRLEN] = { 0 };
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    const char *done = NULL;
    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        done = inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    } else if (address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof v6);
        bool is_mapped = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
        const unsigned char *bytes = v6.sin6_addr.s6_addr;
        done = inet_ntop(is_mapped ? AF_INET : AF_INET6, is_mapped ? bytes + 12 : bytes, text,
                         sizeof text);
    }
    if (done == NULL)
        return 0;
    size_t len = strlen(text);
    memcpy(out, text, len);
    return len;
}
