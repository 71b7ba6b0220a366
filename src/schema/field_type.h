#pragma once
/* Field type: what a kind of field stores, takes and shows (spec 3.7, 3.8, 8.5). One const
 * FieldType a file type_x.c, listed in field_type.c; ordinary fields and attributes use the same
 * table. */

#include "json/json_writer.h"
#include "schema/schema.h"
#include "sql/sql.h"

typedef struct KeyPart {
    const char *suffix;
    KeyRole role;
} KeyPart;

/* Where text search and the like-family operators find the folded text. */
typedef enum SearchKind { SEARCH_NONE, SEARCH_STORED, SEARCH_INDEXED } SearchKind;

/* What an operator may be used on (spec 4.3). */
typedef enum ValueClass {
    VALUE_TEXT,
    VALUE_NUMBER,
    VALUE_BOOL,
    VALUE_DATE,
    VALUE_CHOICE,
    VALUE_LIST,
    VALUE_LINKS,
    VALUE_OTHER
} ValueClass;

struct FieldType {
    const char *name;
    ValueClass value_class;
    SqlType column_type;
    bool has_column;
    bool is_sortable;
    bool is_line;         /* trimmed unless the field says not; may have a pattern */
    bool is_list;         /* a JSON list, which AddOnlyMode may add to */
    bool is_range;        /* its bounds are fields of their own */
    bool is_assigned;     /* by a sequence of the database, never by a client */
    bool takes_languages; /* the options are the active languages */
    bool takes_entities;  /* ... are the names of entities in `entityList` */
    SearchKind search;
    int64_t max_length; /* when the field says none; 0 = unlimited */
    KeyPart parts[3];   /* ends with a NULL suffix */
    /* A client's value -> what is stored; null is handled before. False and a problem when it is
     * not acceptable. */
    bool (*read)(Arena *arena, const Field *field, const JsonValue *value, FieldProblems *problems,
                 SqlValue *out);
    /* What is stored -> JSON. */
    void (*write)(JsonWriter *writer, const SqlRows *rows, int column);
    /* A filter's operand, typed or text (spec 4.1): false when it is none of this type. NULL: can't
     * be filtered. */
    bool (*operand)(Arena *arena, const JsonValue *value, SqlValue *out);
    /* What null becomes with `notNull`. */
    SqlValue empty;
};

/* Of one stored value, in bytes, whatever the field says. */
#define FIELD_MAX_VALUE_BYTES ((size_t)1 << 20)

const FieldType *field_type_find(Str name);
/* All types, for documents. */
const FieldType *const *field_type_all(size_t *out_count);
const char *field_type_class_name(ValueClass value_class);

/* A client's value for a stored key -> what is stored; null, required, notNull and the type's own
 * rules. Adds every problem to `problems` and says false then. */
bool field_read(Arena *arena, const Field *field, const JsonValue *value, FieldProblems *problems,
                SqlValue *out);
