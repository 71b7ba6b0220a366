#pragma once
/* Schema: the compiled model - which entities there are, their fields, links and columns. Made from
 * the metadata document (metadata.h), immutable, refcounted; a task holds the snapshot that it
 * began with. Everything in it lives in its arena. An entity has *fields*; a field shows itself
 * under one or more JSON *keys* (spec 3.7: the field `brand` has the keys `brandId` and
 * `brandName`); keys that are stored have a *column*. Threads: shared read-only;
 * schema_ref/schema_unref are atomic. */

#include "base/map.h"
#include "json/json.h"
#include "schema/language.h"
#include "sql/dialect.h"

typedef struct Schema Schema;
typedef struct Entity Entity;
typedef struct Field Field;
typedef struct FieldType FieldType;
typedef struct Link Link;
typedef struct Pattern Pattern;
typedef struct Conditional Conditional;
typedef struct Hierarchy Hierarchy;
typedef struct SideIndex SideIndex;

typedef struct Column {
    SqlName name;
    SqlType type;
    unsigned index; /* among the entity's columns */
    const Field *field;
    SqlName sequence; /* of an autoincrement field: where its numbers come from */
} Column;

typedef enum KeyRole {
    KEY_VALUE,       /* the stored value itself; also `…Id` of a link */
    KEY_LINK_NAME,   /* name of the linked record, read-only */
    KEY_LINK_IDS,    /* list of linked ids */
    KEY_LINK_NAMES,  /* object id -> name, read-only */
    KEY_PARENT_NAME, /* name of the record that a linkParent leads to, read-only */
    KEY_SECRET,      /* taken, never shown (password) */
    KEY_COMPUTED,    /* made from other rows when it is read (ComputedField), read-only */
} KeyRole;

/* What a field shows that is not stored but follows from the record's place in its tree. */
typedef enum ComputedField {
    COMPUTED_NONE,
    COMPUTED_IS_ROOT,
    COMPUTED_HAS_CHILDREN,
    COMPUTED_CHILDREN_COUNT,
    COMPUTED_ROUTE,           /* object id -> name, from the root to the direct parent */
    COMPUTED_ROUTES,          /* list of `|rootId|...|parentId|`, one a way up */
    COMPUTED_ROUTE_IDS,       /* the first of them as text, empty at a root */
    COMPUTED_ROUTE_NAMES,     /* `Root / Parent` */
    COMPUTED_INHERITED_FIELDS /* single reads only */
} ComputedField;

typedef struct Key {
    Str name;
    Str quoted; /* `"brandId":` */
    KeyRole role;
    const Field *field;
    const Column *column; /* NULL when not stored in this entity's table */
    unsigned index;       /* among the entity's keys */
} Key;

struct Field {
    Str name;
    Str label; /* for sentences: "Name" */
    const FieldType *type;
    const Entity *entity;
    const Key *keys;
    unsigned key_count;
    const Column *column; /* NULL when nothing is stored */
    const Link *link;     /* of link and linkMultiple fields */
    const Field *main;    /* whose companion it is (companion.h), or NULL */
    const Field *from;    /* of a range: its bounds */
    const Field *to;
    const Field *parent_id; /* of a linkParent: where it leads */
    const Field *parent_type;
    const Conditional *conditional; /* schema/premise.h; NULL when nothing depends */
    ComputedField computed;
    bool is_inherited; /* a child takes it from its parent (spec content 6.10) */
    bool is_required;
    bool is_unique;
    bool is_indexed; /* wants an index of its own */
    bool is_not_null;
    bool is_protected;  /* may not be changed through the API: the key is dropped */
    bool is_system;     /* set by the server alone */
    bool is_internal;   /* never shown, filtered, sorted or written by a client */
    bool is_not_loaded; /* only on request (`noLoad`) */
    bool is_always_selected;
    bool is_trimmed;
    bool counts_bytes;
    bool refuses_empty_items;
    bool defaults_if_required;
    bool defaults_to_caller;
    bool has_min;
    bool has_max;
    double min;
    double max;
    int64_t max_length;     /* 0 = none */
    int digits;             /* after the point; -1 = as given */
    const Pattern *pattern; /* NULL when none */
    const Str *options;
    const Str *option_codes; /* what is stored for them; mostly the same */
    size_t option_count;
    const JsonValue *default_value; /* NULL when none */
    const Field *fold_of; /* kept as the folded name of that field (`foldOf`); NULL otherwise */
    const SideIndex *side_index; /* where its folded text is kept; NULL = nowhere */
    const Field *main_field;     /* of a language variant: whose; NULL otherwise */
    const Language *language;    /* of a language variant */
    const Field **variants;      /* by the index of the language; NULL when not multilingual */
    const Field *sorted_within;  /* a number of its place among records with the same value there */
    const Field *sole_within;    /* a flag that one record has of those with the same value there */
};

typedef enum LinkType { LINK_BELONGS_TO, LINK_HAS_MANY, LINK_MANY_TO_MANY } LinkType;

struct Link {
    Str name;
    LinkType type;
    const Entity *entity; /* whose link it is */
    const Entity *target;
    const Field *field;     /* that shows it, or NULL */
    const Field *foreign;   /* HAS_MANY: the target's link field that points back */
    const Entity *relation; /* MANY_TO_MANY: the entity of the relation rows */
    const Field *near;      /* MANY_TO_MANY: the relation's link field to this entity ... */
    const Field *far;       /* ... and to the target */
    const Field *order;     /* the relation's number by which linked records come, children among
                               them; NULL = by age */
    bool is_inherited;      /* a child takes these links from its parent */
};

/* The tree that the records of an entity of type Hierarchy form. Its rows are those of `relation`
 * (`{Entity}Hierarchy`); with a single parent the record keeps it as well, in `own_parent`, and
 * `children` is the link that this field answers. */
struct Hierarchy {
    const Entity *relation;
    const Field *child;      /* of the relation: the lower record ... */
    const Field *parent;     /* ... the upper one ... */
    const Field *order;      /* ... and the child's number among its siblings */
    const Field *own_parent; /* the record's `parent`; NULL when it may have many */
    const Field *root_order; /* `sortOrder`: the number among the roots */
    const Link *parents;
    const Link *children;
    bool inherits_fields;
    bool inherits_links;
};

/* Fields that are unique together among live records. */
typedef struct UniqueTuple {
    Str name;
    const Field *shown; /* that a clash is told of */
    const Field **fields;
    size_t count;
} UniqueTuple;

typedef struct FieldIndex {
    Str name;
    const Field **fields;
    size_t count;
} FieldIndex;

/* Folded text of an entity's fields, to be searched (design §4): the fields of the main language in
 * one, those of each additional language in one of their own - so that a new language adds a table
 * and touches none. The main one has a row for each live record; the others where there is a value.
 */
struct SideIndex {
    const Entity *entity;
    Str word;        /* the table's plain name: `product_search`, `product_search_de_de` */
    uint64_t bit;    /* in a change's `new_text` */
    bool is_partial; /* rows without any value are left out */
    SqlSearchIndex sql;
    const Field **fields;
};

struct Entity {
    const struct Schema *schema;
    Str name;
    unsigned index; /* in the schema */
    SqlName table;
    Str table_word;
    bool is_relation;
    const Hierarchy *hierarchy; /* NULL when its records form no tree */
    const Entity *tree;         /* of `{Entity}Hierarchy`: the entity whose tree its rows are */
    bool is_internal;  /* of the type Internal: what the program keeps for itself, no records */
    bool is_reference; /* few records for administrators: no trash, no mass calls (spec 3.12) */
    const SideIndex *side_indexes;
    size_t side_index_count;
    bool has_associates; /* its records may be associated with each other (content 6.8) */
    Str associates_for;  /* of such an entity: whose records it associates; none for all others */
    const Field *fields;
    size_t field_count;
    const Key *keys;
    size_t key_count;
    const Column *columns;
    size_t column_count;
    const Link *links;
    size_t link_count;
    Map fields_by_name;
    Map keys_by_name;
    Map links_by_name;
    const UniqueTuple *tuples;
    size_t tuple_count;
    const FieldIndex *indexes;
    size_t index_count;
    const Field *id;
    const Field *deleted;
    const Field *name_field; /* shown as the record's name; NULL when it has none */
    const Field *created_at; /* NULL when the entity has none; so the next ones */
    const Field *modified_at;
    const Field *created_by;
    const Field *modified_by;
    const Field *owner_user;
    const Field *assigned_user;
    const Field *first_end; /* of a relation entity: its two link fields; else NULL */
    const Field *second_end;
    const Field *sort_field; /* of the collection, or NULL */
    bool sorts_descending;
    const Field *personal_user; /* records belong to the user that it links to, and only that user
                                   sees them ... */
    const Field *shared_flag;   /* ... but for those with this flag; NULL when there is none */
    bool has_bookmarks;
    bool is_admin_only; /* acl false: administrators only (spec 6.1) */
};

struct Schema {
    Arena *arena;
    unsigned refs; /* atomic */
    const Entity *entities;
    size_t entity_count;
    Map entities_by_name;
    Str main_language;         /* its code */
    const Language *languages; /* the additional ones */
    size_t language_count;
    int64_t version;           /* of the stored part of the model (model.h); 0 = only shipped */
    const JsonValue *metadata; /* the completed document, as GET Metadata shows it */
    Pattern *patterns;
};

/* Takes the arena. INVALID: a definition that contradicts itself; the reason names entity and
 * field. */
Error *schema_compile(Arena *arena, const JsonValue *metadata, Schema **out) must_check;
Schema *schema_ref(Schema *schema);
void schema_unref(Schema *schema);
/* Exact name; NULL when unknown. */
const Entity *schema_find_entity(const Schema *schema, Str name);
/* An additional language; NULL when unknown. */
const Language *schema_find_language(const Schema *schema, Str code);
/* INVALID `unknownLanguage`. `main` and the main language's code mean the main one, none means all.
 */
Error *schema_choose_language(Arena *arena, const Schema *schema, Str code,
                              LanguageChoice *out) must_check;
/* The field that holds the value of `field` in `language` (NULL = the main one). */
const Field *field_in_language(const Field *field, const Language *language);
const Field *entity_find_field(const Entity *entity, Str name);
const Key *entity_find_key(const Entity *entity, Str name);
const Link *entity_find_link(const Entity *entity, Str name);
