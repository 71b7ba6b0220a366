#pragma once
/* What several field types share: text rules, list rules, numbers, times, writers and operands. */

#include "schema/field_type.h"

bool value_read_text(Arena *arena, const Field *field, const JsonValue *value,
                     FieldProblems *problems, SqlValue *out);
/* Text that is one of the field's options, or empty; an option's text becomes its stored code. */
bool value_read_option(Arena *arena, const Field *field, const JsonValue *value,
                       FieldProblems *problems, SqlValue *out);
/* A list of texts; of options when the field has some. A set keeps repeated ones once. */
typedef enum ValueListKind { VALUE_LIST_ALL, VALUE_LIST_SET } ValueListKind;
bool value_read_list(Arena *arena, const Field *field, const JsonValue *value,
                     FieldProblems *problems, ValueListKind kind, SqlValue *out);
/* Hex digits, with or without the #. */
bool value_read_color(Arena *arena, const Field *field, const JsonValue *value,
                      FieldProblems *problems, SqlValue *out);
/* What is stored for an option that is given by its code or its text; none when it is neither. */
Str value_find_option(const Field *field, Str item);
/* `noSuchOption`, with the text that was given. */
void value_refuse_option(Arena *arena, const Field *field, Str given, FieldProblems *problems);

/* In int64; numeric text and 3.0 as well. With the field's `min` and `max`. */
bool value_read_int(Arena *arena, const Field *field, const JsonValue *value,
                    FieldProblems *problems, SqlValue *out);
/* Rounded to the field's digits. */
bool value_read_real(Arena *arena, const Field *field, const JsonValue *value,
                     FieldProblems *problems, SqlValue *out);
/* Inclusive `min` and `max` of the field. */
bool value_check_range(Arena *arena, const Field *field, double number, FieldProblems *problems);
/* JSON number or numeric text -> double. */
bool value_number_from(Arena *arena, const JsonValue *value, double *out);

/* `YYYY-MM-DD`, impossible dates refused. */
bool value_is_date(Str text);
/* `YYYY-MM-DD HH:MM:SS`, also with a `T` between; behind it nothing, `Z` or an offset from UTC,
 * which is taken off (spec 3.8). */
bool value_read_time(Arena *arena, Str text, SqlValue *out);
bool value_read_datetime(Arena *arena, const Field *field, const JsonValue *value,
                         FieldProblems *problems, SqlValue *out);
bool value_operand_datetime(Arena *arena, const JsonValue *value, SqlValue *out);

void value_write_text(JsonWriter *writer, const SqlRows *rows, int column);
void value_write_int(JsonWriter *writer, const SqlRows *rows, int column);
void value_write_real(JsonWriter *writer, const SqlRows *rows, int column);
void value_write_json(JsonWriter *writer, const SqlRows *rows, int column);

bool value_operand_text(Arena *arena, const JsonValue *value, SqlValue *out);
bool value_operand_int(Arena *arena, const JsonValue *value, SqlValue *out);
bool value_operand_real(Arena *arena, const JsonValue *value, SqlValue *out);
bool value_operand_bool(Arena *arena, const JsonValue *value, SqlValue *out);
