#pragma once
/* Computed fields: what is not stored but follows from the place of a record in its tree
 * (ComputedField, spec content 6.9) - read for all records of an answer in one or two statements,
 * however many they are. */

#include "access/task.h"
#include "json/json_writer.h"
#include "query/select_plan.h"

/* Of ways up that a record has; more parents than that are left out. */
#define COMPUTED_MAX_ROUTES 100
/* Of a way up that are shown, from the record on: what is above them is left out. */
#define COMPUTED_MAX_LEVELS 1000

typedef struct ComputedBatch {
    Arena *arena;
    Map parents;   /* id -> its first way up */
    Map counts;    /* id -> number of children, int64_t */
    Str inherited; /* JSON list of one record; none: not asked for */
} ComputedBatch;

/* Nothing happens when the plan has none. `scope`: the inherited fields are for single reads. */
Error *computed_read(Task *task, const SelectPlan *plan, const Str *ids, size_t count,
                     SelectScope scope, ComputedBatch *out) must_check;
/* `"key":value` of the record `id`. */
void computed_write_key(const ComputedBatch *batch, const Key *key, Str id, JsonWriter *writer);
