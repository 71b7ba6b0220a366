#pragma once
/* Mass actions: one change to many records, named by their ids or by a filter (spec 5.2). Up to
 * `mass_max_direct` records are changed at once, in slices on the lane; more become a job
 * (mass_job.h), whose payload is read by the same rules as the request's body. Each record is
 * changed whole or not at all, and stands alone: what is refused for one is told of that one.
 * Call it from a thread that may wait. */

#include "access/access.h"
#include "record/record.h"

#define MASS_MAX_IDS 10000
#define MASS_SLICE_US 20000
#define MASS_MAX_FOREIGN_IDS 1000

typedef struct MassAction MassAction;

/* What is done to each record. */
typedef struct MassWork {
    const MassAction *action;
    const Entity *entity;
    const JsonValue *attributes; /* update: the values */
    bool is_permanent;           /* delete: for good */
    const Link *link;            /* link, unlink: which, and the records at its other end */
    const Str *foreign_ids;
    size_t foreign_count;
} MassWork;

struct MassAction {
    const char *name;
    const char *job_type;
    AccessAction right;
    bool is_for_trash; /* a filter means trashed records */
    /* The action's own part of a body. */
    Error *(*read)(Task *task, const JsonValue *body, MassWork *out);
    /* On the lane, in a savepoint. */
    Error *(*apply)(Task *task, const MassWork *work, Str id);
};

extern const MassAction mass_update;
extern const MassAction mass_delete;
extern const MassAction mass_restore;
extern const MassAction mass_link;   /* body: `link`, `foreignIds` */
extern const MassAction mass_unlink; /* the same */

typedef struct MassFailure {
    Str id;
    Str name; /* none when it has none, or is not there */
    Str reason;
    struct MassFailure *next;
} MassFailure;

typedef struct MassResult {
    int64_t count; /* selected */
    bool is_direct;
    Str job_id;            /* none when it was done at once */
    MassFailure *failures; /* in order */
    int64_t failed;
    int64_t changed; /* dry run: how many would be changed; -1 = not looked */
} MassResult;

/* `is_dry_run`: only counts. INVALID: neither `ids` nor `byWhere` with `where`, too many ids, a
 * filter that is none. */
Error *mass_run(Task *task, const MassAction *action, const Entity *entity, const JsonValue *body,
                bool is_dry_run, MassResult *out) must_check;
/* The work that a body asks for, and the right to do it. */
Error *mass_work_read(Task *task, const MassAction *action, const Entity *entity,
                      const JsonValue *body, MassWork *out) must_check;
/* One record, in a savepoint: inside task_write_items. `*out` is NULL when it was done, else says
 * why not; an Error is returned when the transaction can't go on. */
Error *mass_apply(Task *task, const MassWork *work, Str id, MassFailure **out) must_check;
/* The ids in a body's list `key`, once each. INVALID `badId`, or more than `max`. */
Error *mass_read_ids(Task *task, const JsonValue *body, const char *key, size_t max, Str **out,
                     size_t *out_count) must_check;
/* The ids of the live records (or the trashed ones) that `where` finds. INVALID: more than `max`.
 */
Error *mass_find_ids(Task *task, const Entity *entity, const JsonValue *where, size_t max,
                     Str **out, size_t *out_count) must_check;
/* What could be done in slices on the lane; failures are added to `out`. */
Error *mass_apply_all(Task *task, const MassWork *work, const Str *ids, size_t count,
                      MassResult *out) must_check;
