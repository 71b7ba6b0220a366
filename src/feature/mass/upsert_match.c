#include "feature/mass/upsert_match.h"

#include "base/utf8.h"
#include "record/record_check.h"
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

/* One way to mean a record: its id, a unique value, or a whole tuple. */
typedef struct MatchWay {
    LookupMatch *matches;
    size_t count;
} MatchWay;

static void add_way(Task *task, const Field *const *fields, size_t count, const JsonValue *payload,
                    MatchWay *ways, size_t *way_count)
{
    LookupMatch *matches = ARENA_ARRAY(task->arena, LookupMatch, count);
    for (size_t i = 0; i < count; i++) {
        matches[i].column = fields[i]->column;
        if (!find_value(task, fields[i], payload, &matches[i].value))
            return;
    }
    ways[(*way_count)++] = (MatchWay){ .matches = matches, .count = count };
}

/* The ways that the payload takes, in the order in which they are tried. */
static size_t find_ways(Task *task, const Entity *entity, const JsonValue *payload, MatchWay **out)
{
    size_t count = 0;
    *out = ARENA_ARRAY(task->arena, MatchWay, 1 + entity->column_count + entity->tuple_count);
    add_way(task, &entity->id, 1, payload, *out, &count);
    for (size_t i = 0; i < entity->column_count; i++)
        if (entity->columns[i].field->is_unique)
            add_way(task, &entity->columns[i].field, 1, payload, *out, &count);
    for (size_t i = 0; i < entity->tuple_count; i++)
        add_way(task, entity->tuples[i].fields, entity->tuples[i].count, payload, *out, &count);
    return count;
}

void upsert_match_ask(Task *task, const Entity *entity, const JsonValue *payload)
{
    MatchWay *ways = NULL;
    size_t count = find_ways(task, entity, payload, &ways);
    for (size_t i = 0; i < count; i++)
        known_ask(task->known, ways[i].matches, ways[i].count);
}

Error *upsert_match_find(Task *task, const Entity *entity, const JsonValue *payload, Str *out_id)
{
    MatchWay *ways = NULL;
    size_t count = find_ways(task, entity, payload, &ways);
    Str found;
    *out_id = STR_NONE;
    for (size_t i = 0; i < count; i++) {
        TRY(record_find_by(task, ways[i].matches, ways[i].count, &found));
        TRY(keep_match(task, found, out_id));
        bool is_settled = ways[i].matches[0].column->field == entity->id;
        if (is_settled && !str_is_none(found))
            return NULL;
    }
    return NULL;
}
