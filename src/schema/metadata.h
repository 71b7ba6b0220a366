#pragma once
/* Metadata document: the model as data, in the shape of spec §8 (`scopes`, `entityDefs`,
 * `clientDefs`). The shipped files are merged in the order of their names, then completed: every
 * entity gets the fields of its type's template and of the traits that its scope switches on
 * (hasActive, hasOwner ...), a many-to-many link without a relation entity gets one. `templates` is
 * our own section and not shown. */

#include "json/json.h"

/* The shipped model, merged and completed. */
Error *metadata_load(Arena *arena, const JsonValue **out) must_check;
/* INVALID: an entity of an unknown type, a link to an unknown entity. */
Error *metadata_complete(Arena *arena, const JsonValue *document, const JsonValue **out) must_check;
/* Fields with `isMultilang` get one of their own for each additional language behind them
 * (spec 8.3), and `multilang.languageList` names the languages: `codes`, the main one first. Other
 * fields that say isMultilang can't be, and lose it. At least the main language. */
const JsonValue *metadata_add_languages(Arena *arena, const JsonValue *completed, const Str *codes,
                                        size_t count);
/* The document as `GET Metadata` answers it: with the field types and without what clients may not
 * see. */
Error *metadata_describe(Arena *arena, const JsonValue *completed,
                         const JsonValue **out) must_check;
