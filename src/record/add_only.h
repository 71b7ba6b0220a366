#pragma once
/* Add-only mode (spec 3.4): with `{field}AddOnlyMode: true` in a body, what it sends for a list is
 * added to the stored one instead of replacing it; null and an empty list add nothing. */

#include "record/draft.h"

/* Whether the body wants it for the field. */
bool add_only_is_on(const JsonValue *body, const Field *field);
/* INVALID `badParameter`: a field that is no list. `member` may be any key of a body. */
Error *add_only_check(Arena *arena, const Entity *entity, const JsonMember *member) must_check;
/* The stored list and what it lacks of the new one. */
SqlValue add_only_merge(Arena *arena, const SqlValue *stored, const SqlValue *added);
