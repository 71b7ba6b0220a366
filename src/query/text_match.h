#pragma once
/* Text match: the like-family operators, on folded text in the entity's side index (design §4). The
 * pattern is `values[0]`, already folded and in LIKE form with '\' as escape (text_match_pattern
 * makes it). */

#include "query/condition.h"

SqlValue text_match_pattern(Arena *arena, const Operator *op, Str text);
void text_match_put(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode);
void text_match_put_not(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode);
