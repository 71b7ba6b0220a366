#pragma once
/* List spec: which records of one entity a caller asks for - filter, order, page, keys (spec 3.2).
 * Plain data; Str point into the request. Not yet checked against rights. */

#include "query/condition.h"

#define LIST_DEFAULT_ROWS 200
#define LIST_MAX_OFFSET 1000000000
#define LIST_MAX_SELECT 500

typedef struct ListSpec {
    const Entity *entity;
    const Key **select; /* NULL: all that a list shows */
    size_t select_count;
    LanguageChoice language;
    const Condition *where;  /* NULL: no filter */
    const Field *sort_field; /* NULL: by id */
    bool is_descending;
    bool wants_total;
    bool wants_rows;
    int64_t offset;
    int64_t page_rows;
    /* Linked lists: only the records that `link` leads to from the record `from_id`; NULL
     * otherwise. */
    const Link *link;
    Str from_id;
    /* Of the rows of a many-to-many link: which of them count, and their own fields shown with each
     * record as `{RelationEntity}__{key}`. */
    const Condition *relation_where; /* NULL: all */
    const Key **relation_select;
    size_t relation_select_count; /* 0: none is shown */
    const Field *relation_sort;   /* in the place of `sort_field`; then nulls are last, always */
} ListSpec;

/* What stands between the name of a relation entity and a key of its rows. */
#define LIST_RELATION_MARK STR("__")

/* `query` as in the URL. `page_rows` is clamped to `max_rows`. INVALID: `badParameter`,
 * `fieldDoesNotExist` (select), `unknownField` (sortBy), and what where_parse says. Unknown
 * parameters are ignored. */
Error *list_spec_parse(Arena *arena, const Entity *entity, Str query, int64_t max_rows,
                       ListSpec *out) must_check;
/* The same for the records that `link` leads to from the record `from_id`. Without `sortBy` they
 * come in the order of the link, if it has one; without `select` all own fields of the relation
 * rows are shown, else those that it names. */
Error *list_spec_parse_linked(Arena *arena, const Link *link, Str from_id, Str query,
                              int64_t max_rows, ListSpec *out) must_check;
/* The parts of it that a single read takes: select, and the time zone (INVALID `unknownTimezone`).
 */
Error *list_spec_parse_select(Arena *arena, const Entity *entity, const JsonValue *parameters,
                              ListSpec *out) must_check;
