#pragma once
/* Premise: a condition on a record's own values that decides something about one of its fields
 * (spec 3.8, conditional properties): whether it is required, protected, visible, read-only, or
 * which of its options may not be chosen. Compiled with the schema; holds or not for a record as it
 * would be after the save. A new kind of condition is a row in premise.c. */

#include "schema/schema.h"

#define PREMISE_MAX_DEPTH 16

typedef struct PremiseType PremiseType;

typedef struct Premise {
    const PremiseType *type;
    const Field *field; /* NULL: the caller's id, or a group */
    const SqlValue *values;
    size_t value_count;
    const struct Premise **parts;
    size_t part_count;
} Premise;

typedef struct DisabledOptions {
    const Str *options;
    size_t count;
    const Premise *when;
} DisabledOptions;

/* What depends on premises for one field; a NULL premise never holds. */
struct Conditional {
    const Premise *visible;
    const Premise *required;
    const Premise *read_only;
    const Premise *is_protected;
    const DisabledOptions *disabled;
    size_t disabled_count;
};

/* The record and who looks at it. */
typedef struct PremiseFacts {
    const SqlValue *values; /* by column */
    Str user_id;
    Str now; /* YYYY-MM-DD HH:MM:SS, UTC */
    Error *(*find_links)(void *owner, const Field *field, const Str **out_ids, size_t *out_count);
    void *owner;
} PremiseFacts;

/* From `conditionalProperties`; when all fields and links of the entity are known. INVALID: a
 * definition that can't be. */
Error *conditional_compile(Arena *arena, const Field *field, const JsonValue *definition,
                           const Conditional **out) must_check;
Error *premise_holds(Arena *arena, const Premise *premise, const PremiseFacts *facts,
                     bool *out) must_check;
