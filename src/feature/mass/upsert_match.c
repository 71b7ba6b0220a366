#include "feature/mass/upsert_match.h"

#include "base/utf8.h"
#include "query/lookup.h"
#include "schema/field_type.h"

/* The value that the payload gives to a stored field, as it would be stored; false when it gives
 * none to match by. */
static bool find_value(Task *task, const Field *field, const JsonValue *payload, SqlValue *out)
{
    FieldProblems ignored = { 0 }; /* told when the record is checked */
    const Field *given = field->fold_of != NULL ? field->fold_of : field;
    const JsonValue *value = given->is_internal ? NULL : json_find(payload, given->keys[0].name);
    if (json_is_null(value) || !field_read(task->arena, given, value, &ignored, out) ||
        sql_value_is_empty(out))
        return false;
    if (field->fold_of != NULL)
        *out = sql_text(utf8_fold_name(task->arena, out->text));
    return true;
}

static Error *keep_match(Task *task, Str found, Str *match)
{
    if (str_is_none(found) || (!str_is_none(*match) && str_equal(found, *match)))
        return NULL;
    if (str_is_none(*match)) {
        *match = found;
        return NULL;
    }
    return error_new_code(task->arena, ERROR_INVALID, "ambiguousMatch",
                          "The unique values of this item belong to different records");
}

static Error *match_tuple(Task *task, const UniqueTuple *tuple, const JsonValue *payload,
                          Str *match)
{
    LookupMatch *matches = ARENA_ARRAY(task->arena, LookupMatch, tuple->count);
    Str found;
    for (size_t i = 0; i < tuple->count; i++) {
        matches[i].column = tuple->fields[i]->column;
        if (!find_value(task, tuple->fields[i], payload, &matches[i].value))
            return NULL;
    }
    TRY(lookup_find_id(task->sql, tuple->fields[0]->entity, matches, tuple->count, &found));
    return keep_match(task, found, match);
}

Error *upsert_match_find(Task *task, const Entity *entity, const JsonValue *payload,
                         const RecordOverlay *overlay, Str *out_id)
{
    SqlValue value;
    Str found;
    *out_id = STR_NONE;
    if (find_value(task, entity->id, payload, &value)) {
        TRY(record_find_by(task, entity->id, value, overlay, out_id));
        if (!str_is_none(*out_id))
            return NULL;
    }
    for (size_t i = 0; i < entity->column_count; i++) {
        const Field *field = entity->columns[i].field;
        if (!field->is_unique || !find_value(task, field, payload, &value))
            continue;
        TRY(record_find_by(task, field, value, overlay, &found));
        TRY(keep_match(task, found, out_id));
    }
    for (size_t i = 0; i < entity->tuple_count; i++)
        TRY(match_tuple(task, &entity->tuples[i], payload, out_id));
    return NULL;
}
