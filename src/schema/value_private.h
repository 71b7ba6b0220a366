#pragma once
/* What several field types share: text rules, list rules, writers and operands. */

#include "schema/field_type.h"

bool value_read_text(Arena *arena, const Field *field, const JsonValue *value,
                     FieldProblems *problems, SqlValue *out);
/* A list of texts, each one accepted by `accept` (NULL = any); a set keeps repeated ones once. */
typedef bool ValueAccept(const Field *field, Str item);
typedef enum ValueListKind { VALUE_LIST_ALL, VALUE_LIST_SET } ValueListKind;
bool value_read_list(Arena *arena, const Field *field, const JsonValue *value,
                     FieldProblems *problems, ValueListKind kind, ValueAccept *accept,
                     SqlValue *out);
bool value_is_option(const Field *field, Str item);
/* Inclusive `min` and `max` of the field. */
bool value_check_range(Arena *arena, const Field *field, double number, FieldProblems *problems);

void value_write_text(JsonWriter *writer, const SqlRows *rows, int column);
void value_write_int(JsonWriter *writer, const SqlRows *rows, int column);
void value_write_json(JsonWriter *writer, const SqlRows *rows, int column);

bool value_operand_text(Arena *arena, const JsonValue *value, SqlValue *out);
bool value_operand_int(Arena *arena, const JsonValue *value, SqlValue *out);
bool value_operand_real(Arena *arena, const JsonValue *value, SqlValue *out);
bool value_operand_bool(Arena *arena, const JsonValue *value, SqlValue *out);
/* JSON number or numeric text -> double. */
bool value_number_from(Arena *arena, const JsonValue *value, double *out);
/* `YYYY-MM-DD`, impossible dates refused. */
bool value_is_date(Str text);
