#pragma once
/* A client that sends exactly the bytes it is told to and reads answers one by one: for requests
 * that no proper client would make. Blocking, with a patience of ten seconds for every read. */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

typedef struct RawClient {
    int socket;
    char *input; /* read and not yet taken */
    size_t input_len;
    size_t input_capacity;
    char *answer; /* what the last answer's Strs point into */
} RawClient;

typedef struct RawAnswer {
    int status; /* 0: the connection ended before an answer was whole */
    Str head;   /* status line and headers */
    Str body;
} RawAnswer;

void raw_client_open(RawClient *client, unsigned port);
void raw_client_close(RawClient *client);
/* False when the other side is gone. */
bool raw_client_send(RawClient *client, Str bytes);
/* Sends what fits without waiting and returns how much. */
size_t raw_client_send_some(RawClient *client, Str bytes);
void raw_client_end_sending(RawClient *client);
/* The next answer; `is_head`: to HEAD, so no body comes. Valid until the next call. */
RawAnswer raw_client_read(RawClient *client, bool is_head);
/* One request, one answer, on an open connection. */
RawAnswer raw_client_ask(RawClient *client, Str request);
/* Waits until the other side has ended the stream (true) or `timeout_ms` is over. */
bool raw_client_is_ended(RawClient *client, int timeout_ms);
/* None when absent. */
Str raw_answer_header(const RawAnswer *answer, Str name);
