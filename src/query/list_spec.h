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
    bool is_link_order;      /* as the link orders its records (children); else as above */
    bool is_descending;
    bool wants_total;
    bool wants_rows;
    int64_t offset;
    int64_t page_rows;
    /* Linked lists: only the records that `link` leads to from the record `from_id`; NULL
     * otherwise. */
    const Link *link;
    Str from_id;
} ListSpec;

/* `query` as in the URL. `page_rows` is clamped to `max_rows`. INVALID: `badParameter`,
 * `fieldDoesNotExist` (select), `unknownField` (sortBy), and what where_parse says. Unknown
 * parameters are ignored. */
Error *list_spec_parse(Arena *arena, const Entity *entity, Str query, int64_t max_rows,
                       ListSpec *out) must_check;
/* The parts of it that a single read takes: select, and the time zone (INVALID `unknownTimezone`).
 */
Error *list_spec_parse_select(Arena *arena, const Entity *entity, const JsonValue *parameters,
                              ListSpec *out) must_check;
/* Turns the list into the linked list of one record. `names_order`: the query has `sortBy`; without
 * it children come in their order. */
void list_spec_follow(ListSpec *spec, const Link *link, Str from_id, bool names_order);
