#pragma once
/* Respond: what every answer has in common - JSON headers, and how an Error becomes status, headers
 * and the body of spec 1.5. The only place that knows HTTP status numbers of errors. */

#include "api/route.h"
#include "json/json_writer.h"

#define RESPOND_MAX_BYTES ((size_t)64 << 20)

/* 200 and the JSON content type; the body is the handler's to fill. */
Buf *respond_json(ApiCall *call);
void respond_true(ApiCall *call, bool value);
void respond_unchanged(ApiCall *call); /* 304 */
/* Drops what the handler wrote. */
void respond_error(HttpExchange *exchange, const Error *error);
/* The same with a status of the transport's own (431, 501). */
void respond_error_as(HttpExchange *exchange, const Error *error, int status);
int respond_status(ErrorKind kind);
/* The object of spec 1.5. */
void respond_write_error(JsonWriter *writer, const Error *error, int status);
