#pragma once
/* Where: a filter as clients send it (spec 4.2: a list of items, or one item) -> Condition. Pure
 * function of the value tree and the schema. Every INVALID error names the position, as in
 * `where[2][value][0]`: `badFilter` (shape, limits), `unknownOperator` (also: not for this type),
 * `unknownField`, `badFilterValue`. */

#include "query/condition.h"

#define WHERE_MAX_DEPTH 8
#define WHERE_MAX_CONDITIONS 200
#define WHERE_MAX_VALUES 10000     /* of one `in` */
#define WHERE_MAX_ALL_VALUES 30000 /* of the whole filter; a statement holds 32,766 */
#define WHERE_MAX_PATTERN_CHARS 1000

/* `*out` is NULL when there is nothing to filter. `where` may be a JSON text (spec 4.1). */
Error *where_parse(Arena *arena, const Entity *entity, const JsonValue *where,
                   const Condition **out) must_check;
