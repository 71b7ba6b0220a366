#pragma once
/* JSON out: appends to a Buf, commas by itself. Writes what it is told: the caller keeps begin/end
 * and key/value in step. Numbers: whole doubles without ".0", shortest form that reads back equal,
 * no exponent below 1e15 (spec 1.6). Control characters, '"' and '\' are escaped; other text must
 * be valid UTF-8 and goes out as it is. */

#include "base/buf.h"
#include "json/json.h"

typedef struct JsonWriter {
    Buf *buf;
    bool needs_comma;
} JsonWriter;

void json_writer_init(JsonWriter *writer, Buf *buf);
void json_begin_object(JsonWriter *writer);
void json_end_object(JsonWriter *writer);
void json_begin_list(JsonWriter *writer);
void json_end_list(JsonWriter *writer);
void json_write_key(JsonWriter *writer, Str key);
/* A key made by json_quote_key: `"name":`, appended as it is. */
void json_write_quoted_key(JsonWriter *writer, Str quoted);
Str json_quote_key(Arena *arena, Str key);

void json_write_null(JsonWriter *writer);
void json_write_bool(JsonWriter *writer, bool value);
void json_write_int(JsonWriter *writer, int64_t value);
void json_write_real(JsonWriter *writer, double value);
void json_write_text(JsonWriter *writer, Str value);
/* Null when `value` is none. */
void json_write_text_or_null(JsonWriter *writer, Str value);
/* JSON text that is known to be valid (from our own storage or writer). */
void json_write_raw(JsonWriter *writer, Str json);
void json_write_value(JsonWriter *writer, const JsonValue *value);
/* The same value as compact text of its own. */
Str json_to_text(Arena *arena, const JsonValue *value);
/* A double as text: writes at most 32 bytes, gives the length. Only what does not fit without
 * (mostly below 1e-12) takes an exponent below 1e15. What is not finite becomes null. */
size_t json_format_real(double value, char *out);
