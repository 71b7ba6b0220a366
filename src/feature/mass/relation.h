#pragma once
/* Relations of many records with many others (spec 5.4): every record of one side is linked with
 * (unlinked from) every one of the other side. Each pair stands alone: what can't be done is told
 * of that pair; a pair that is as it should be counts as done. More than RELATION_MAX_DIRECT pairs
 * become a job. Call it from a thread that may wait. */

#include "record/record.h"

#define RELATION_MAX_DIRECT 5000
/* Pairs of one record that go to the lane together. */
#define RELATION_PAIRS 100

typedef struct RelationRequest {
    const Entity *entity;
    Str link_name;
    const JsonValue *body; /* `ids` and `foreignIds`, or `where` and `foreignWhere`; `data` */
    bool adds;
} RelationRequest;

typedef struct RelationFailure {
    Str id;
    Str name; /* none when it has none, or is not there; so the next */
    Str foreign_id;
    Str foreign_name;
    Str reason;
    struct RelationFailure *next;
} RelationFailure;

typedef struct RelationResult {
    Str message;
    int64_t done; /* pairs */
    RelationFailure *failures;
    Str job_id; /* none when it was done at once */
} RelationResult;

/* INVALID: no such link, no or too many records on a side. */
Error *relation_run(Task *task, const RelationRequest *request, RelationResult *out) must_check;
/* Everything that `link_name` leads to from the record. NOT_FOUND: no such record. */
Error *relation_unlink_all(Task *task, const Entity *entity, Str id, Str link_name) must_check;
