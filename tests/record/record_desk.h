#pragma once
/* Record desk: a test instance with the commit hooks, and an administrator who works on it. Errors
 * and records live until the desk is closed. */

#include "record/record.h"
#include "support/test_instance.h"

typedef struct RecordDesk {
    TestInstance test;
    Caller caller;
    Arena *arena; /* the test instance's */
} RecordDesk;

/* Fixtures; `*state` is the RecordDesk. */
int record_desk_open(void **state);
/* On the type model (support/type_model.h), with the groups g1 and g2. */
int record_desk_open_types(void **state);
/* On another model; takes the schema. */
int record_desk_open_schema(void **state, Schema *schema);
int record_desk_close(void **state);

const Entity *record_desk_entity(const RecordDesk *desk, const char *name);
void record_desk_begin(RecordDesk *desk, Task *out);

/* One call in a task of its own, committed when it returns. Bodies are single-quoted JSON. */
Error *record_desk_create(RecordDesk *desk, const char *entity, const char *body,
                          RecordResult *out);
Error *record_desk_update(RecordDesk *desk, const char *entity, const char *id, const char *body,
                          RecordResult *out);
Error *record_desk_delete(RecordDesk *desk, const char *entity, const char *id, bool is_permanent);
Error *record_desk_restore(RecordDesk *desk, const char *entity, const char *id,
                           bool *out_restored);
/* What is told of the one id is an error here, its field the id. */
Error *record_desk_link(RecordDesk *desk, const char *entity, const char *id, const char *link,
                        const char *linked_id);
Error *record_desk_unlink(RecordDesk *desk, const char *entity, const char *id, const char *link,
                          const char *linked_id);

/* The record, and NULL when there is none. */
const JsonValue *record_desk_read(RecordDesk *desk, const char *entity, const char *id);
/* The answer to a list; the query as in a URL. Fails the test on an error. */
const JsonValue *record_desk_list(RecordDesk *desk, const char *entity, const char *query);
int64_t record_desk_total(RecordDesk *desk, const char *entity, const char *query);
/* A number by SQL, on a state of its own. */
int64_t record_desk_number(RecordDesk *desk, const char *statement);

/* Ids of products that a `contains` on `name` finds. */
size_t record_desk_count_hits(RecordDesk *desk, const char *entity, const char *part);
void assert_code(const Error *error, const char *code);
/* The error carries this problem of this field. */
void assert_problem(const Error *error, const char *field, const char *code);
/* Counters say what the tables hold, for every entity. */
void assert_counters_are_exact(RecordDesk *desk);
