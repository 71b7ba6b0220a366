#pragma once
/* JSON value tree: what a body or a query string holds, read-only after reading. Lives in the arena
 * given to the reader; Str may point into the arena or into the text that was read (which must live
 * as long). Objects keep their order; of a repeated key the last value is kept, once. */

#include "base/error.h"

typedef enum JsonKind {
    JSON_NULL,
    JSON_BOOL,
    JSON_INT,
    JSON_REAL,
    JSON_TEXT,
    JSON_LIST,
    JSON_OBJECT
} JsonKind;

typedef struct JsonMember JsonMember;

typedef struct JsonValue {
    JsonKind kind;
    union {
        bool boolean;
        int64_t integer; /* JSON_INT: a whole number in the range of int64 */
        double real;     /* JSON_REAL: finite */
        Str text;
        struct {
            struct JsonValue *items;
            size_t count;
        } list;
        struct {
            JsonMember *members;
            size_t count;
        } object;
    };
} JsonValue;

struct JsonMember {
    Str key;
    JsonValue value;
};

static inline bool json_is_null(const JsonValue *value)
{
    return value == NULL || value->kind == JSON_NULL;
}

static inline bool json_is_text(const JsonValue *value)
{
    return value != NULL && value->kind == JSON_TEXT;
}

static inline bool json_is_list(const JsonValue *value)
{
    return value != NULL && value->kind == JSON_LIST;
}

static inline bool json_is_object(const JsonValue *value)
{
    return value != NULL && value->kind == JSON_OBJECT;
}

/* The member's value, or NULL when `object` is no object or has no such key. */
const JsonValue *json_find(const JsonValue *object, Str key);
/* json_find for text members: none when absent or not text. */
Str json_find_text(const JsonValue *object, Str key);
/* True only for a member that is JSON true. */
bool json_find_true(const JsonValue *object, Str key);
/* Same kind and content; 3 and 3.0 are equal; members of objects in any order, lists in order. */
bool json_equal(const JsonValue *a, const JsonValue *b);
/* `over` laid on `base`: objects deeply, lists and scalars replaced; a list that starts with
 * "__APPEND__" appends the rest (spec 8.1). */
JsonValue json_merge(Arena *arena, const JsonValue *base, const JsonValue *over);
