#include "support/raw_client.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"

#define PATIENCE_MS 10000

void raw_client_open(RawClient *client, unsigned port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    *client = (RawClient){ .socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    int result = connect(client->socket, (struct sockaddr *)&address, sizeof address);
    assert(result == 0);
    (void)result;
}

void raw_client_close(RawClient *client)
{
    close(client->socket);
    memory_free(client->input);
    memory_free(client->answer);
    *client = (RawClient){ .socket = -1 };
}

bool raw_client_send(RawClient *client, Str bytes)
{
    while (bytes.len > 0) {
        ssize_t count = send(client->socket, bytes.data, bytes.len, MSG_NOSIGNAL);
        if (count <= 0)
            return false;
        bytes = str_slice(bytes, (size_t)count, bytes.len);
    }
    return true;
}

size_t raw_client_send_some(RawClient *client, Str bytes)
{
    ssize_t count = send(client->socket, bytes.data, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    return count > 0 ? (size_t)count : 0;
}

void raw_client_end_sending(RawClient *client)
{
    shutdown(client->socket, SHUT_WR);
}

/* False at the end of the stream or of the patience. */
static bool read_more(RawClient *client, int timeout_ms)
{
    struct pollfd wait = { .fd = client->socket, .events = POLLIN };
    if (client->input_capacity - client->input_len < 65536) {
        client->input_capacity = client->input_capacity * 2 + 131072;
        client->input = memory_realloc(client->input, client->input_capacity);
    }
    if (poll(&wait, 1, timeout_ms) <= 0)
        return false;
    ssize_t count = recv(client->socket, client->input + client->input_len,
                         client->input_capacity - client->input_len, 0);
    if (count <= 0)
        return false;
    client->input_len += (size_t)count;
    return true;
}

static size_t head_len(const RawClient *client)
{
    if (client->input_len == 0)
        return 0;
    const char *end = memmem(client->input, client->input_len, "\r\n\r\n", 4);
    return end != NULL ? (size_t)(end - client->input) + 4 : 0;
}

Str raw_answer_header(const RawAnswer *answer, Str name)
{
    Str rest = answer->head;
    Str line;
    while (str_next_part(&rest, '\n', &line)) {
        size_t colon = str_find(line, ':', 0);
        if (colon < line.len && str_equal_ignoring_case(str_slice(line, 0, colon), name))
            return str_trim(str_slice(line, colon + 1, line.len));
    }
    return STR_NONE;
}

static bool has_body(int status, bool is_head)
{
    return !is_head && status >= 200 && status != 204 && status != 304;
}

static void drop(RawClient *client, size_t len)
{
    client->input_len -= len;
    memmove(client->input, client->input + len, client->input_len);
}

RawAnswer raw_client_read(RawClient *client, bool is_head)
{
    RawAnswer answer = { 0 };
    int64_t status = 0;
    int64_t body_len = 0;
    while (head_len(client) == 0)
        if (!read_more(client, PATIENCE_MS))
            return answer;
    size_t head = head_len(client);
    answer.head = (Str){ client->input, head };
    if (head < 12 || !str_parse_int(str_slice(answer.head, 9, 12), &status))
        return answer;
    if (has_body((int)status, is_head))
        str_parse_int(raw_answer_header(&answer, STR("Content-Length")), &body_len);
    while (client->input_len < head + (size_t)body_len)
        if (!read_more(client, PATIENCE_MS))
            return (RawAnswer){ 0 };
    client->answer = memory_realloc(client->answer, head + (size_t)body_len);
    memcpy(client->answer, client->input, head + (size_t)body_len);
    drop(client, head + (size_t)body_len);
    answer.status = (int)status;
    answer.head = (Str){ client->answer, head };
    answer.body = (Str){ client->answer + head, (size_t)body_len };
    return answer;
}

RawAnswer raw_client_ask(RawClient *client, Str request)
{
    if (!raw_client_send(client, request))
        return (RawAnswer){ 0 };
    return raw_client_read(client, str_starts_with(request, STR("HEAD ")));
}

bool raw_client_is_ended(RawClient *client, int timeout_ms)
{
    struct pollfd wait = { .fd = client->socket, .events = POLLIN };
    while (poll(&wait, 1, timeout_ms) > 0)
        if (!read_more(client, 0))
            return true;
    return false;
}
