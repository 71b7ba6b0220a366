#pragma once
/* Condition: a filter that has been checked against the schema - known operators, known keys,
 * operands of the right type. Made by where_parse, turned into SQL by condition_put. Plain data in
 * the arena. */

#include "schema/field_type.h"

typedef struct Operator Operator;

typedef struct Condition {
    const Operator *op;
    const Key *key;                       /* NULL for groups */
    const struct Condition *const *parts; /* of a group */
    size_t part_count;
    const SqlValue *values; /* operands, converted to the key's type */
    size_t value_count;
} Condition;

/* How text searches are run: from the matching rows (few of them), or along the sort order, testing
 * each row (many). */
typedef enum SearchMode { SEARCH_SEEK, SEARCH_WALK } SearchMode;

/* Puts a condition that is never NULL-sensitive above it; `alias` is the entity's table alias. */
void condition_put(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode);
/* True when some part is answered by a side index. */
bool condition_searches_text(const Condition *condition);
/* The entities whose rows decide the result, beside the condition's own: calls `visit` for each
 * (repeats possible). */
void condition_visit_targets(const Condition *condition,
                             void (*visit)(void *context, const Entity *target), void *context);
