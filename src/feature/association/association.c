#include "feature/association/association.h"

#include "query/lookup.h"
#include "record/record.h"
#include "record/row.h"

static const Field *field_of(const Entity *entity, const char *name)
{
    return entity_find_field(entity, str_from(name));
}

/* `reverseAssociatedProduct` of AssociatedProduct. */
static const Field *opposite_field(Arena *arena, const Entity *entity)
{
    return entity_find_field(entity,
                             str_concat(arena, STR("reverseAssociated"), entity->associates_for));
}

/* ---- kinds ---- */

static Error *find_use(Task *task, const Entity *entity, const char *field, Str id, bool *out_used)
{
    LookupMatch match = { .column = field_of(entity, field)->column, .value = sql_text(id) };
    Str found;
    TRY(lookup_find_id(task->sql, entity, &match, 1, &found));
    *out_used = *out_used || !str_is_none(found);
    return NULL;
}

static Error *check_unused(Task *task, Str id)
{
    bool is_used = false;
    for (size_t i = 0; i < task->schema->entity_count; i++) {
        const Entity *entity = &task->schema->entities[i];
        if (str_is_none(entity->associates_for))
            continue;
        TRY(find_use(task, entity, "association", id, &is_used));
        TRY(find_use(task, entity, "reverseAssociation", id, &is_used));
    }
    return is_used
               ? error_new_code(task->arena, ERROR_INVALID, "inUse", "Records are associated by it")
               : NULL;
}

static Error *before_save_kind(Task *task, RecordDraft *draft)
{
    const Field *entity_id = field_of(draft->entity, "entityId");
    const Field *is_active = field_of(draft->entity, "isActive");
    const SqlValue *name = draft_get(draft, entity_id);
    const SqlValue *active = draft_get(draft, is_active);
    const Entity *entity =
        name->kind == SQL_TEXT ? schema_find_entity(task->schema, name->text) : NULL;
    if (name->kind == SQL_TEXT && (entity == NULL || !entity->has_associates))
        field_problems_add(&draft->problems, task->arena, "noSuchOption", entity_id->name,
                           "Field 'Entity Id' must name an entity whose records are associated.");
    bool is_switched_off = !draft->is_new && active->kind == SQL_INT && active->integer == 0 &&
                           draft->stored[is_active->column->index].integer != 0;
    return is_switched_off ? check_unused(task, draft->id) : NULL;
}

const RecordHook association_hook = { .entity = "Association",
                                      .before_save = before_save_kind,
                                      .before_delete = check_unused };

/* ---- ties ---- */

static JsonValue with_related(Task *task, const JsonValue *body, const JsonValue *related)
{
    JsonValue copy = { .kind = JSON_OBJECT };
    copy.object.members = ARENA_ARRAY(task->arena, JsonMember, body->object.count + 1);
    for (size_t i = 0; i < body->object.count; i++) {
        const JsonMember *member = &body->object.members[i];
        bool is_dropped = str_equal(member->key, STR("id")) ||
                          str_equal(member->key, STR("associatedItemsIds")) ||
                          str_equal(member->key, STR("associatedItemId"));
        if (!is_dropped)
            copy.object.members[copy.object.count++] = *member;
    }
    copy.object.members[copy.object.count++] =
        (JsonMember){ .key = STR("associatedItemId"), .value = *related };
    return copy;
}

/* `associatedItemsIds`: a tie to each; the first is this record's own. */
static Error *prepare_tie(Task *task, bool is_new, const JsonValue *body, const JsonValue **out)
{
    const JsonValue *ids = json_find(body, STR("associatedItemsIds"));
    *out = body;
    if (!is_new || json_is_null(ids))
        return NULL;
    if (!json_is_list(ids) || ids->list.count == 0 || ids->list.count > DRAFT_MAX_LINK_IDS)
        return error_new(task->arena, ERROR_INVALID,
                         "'associatedItemsIds' must be a list of 1 to %d ids", DRAFT_MAX_LINK_IDS);
    JsonValue *prepared = ARENA_NEW(task->arena, JsonValue);
    const JsonValue *id = json_find(body, STR("id"));
    *prepared = with_related(task, body, &ids->list.items[0]);
    JsonMember *members = ARENA_ARRAY(task->arena, JsonMember, prepared->object.count + 2);
    memcpy(members, prepared->object.members, prepared->object.count * sizeof *members);
    prepared->object.members = members;
    members[prepared->object.count++] =
        (JsonMember){ .key = STR("associatedItemsIds"), .value = *ids };
    if (id != NULL)
        members[prepared->object.count++] = (JsonMember){ .key = STR("id"), .value = *id };
    *out = prepared;
    return NULL;
}

static Error *create_others(Task *task, const RecordDraft *draft, const JsonValue *body)
{
    const JsonValue *ids = json_find(body, STR("associatedItemsIds"));
    for (size_t i = 1; draft->is_new && json_is_list(ids) && i < ids->list.count; i++) {
        RecordResult result;
        JsonValue other = with_related(task, body, &ids->list.items[i]);
        TRY(record_create(task, draft->entity, &other, &result));
    }
    return NULL;
}

static Error *point_at(Task *task, const Entity *entity, Str id, SqlValue opposite)
{
    RecordDraft draft;
    bool *is_changed = ARENA_ARRAY(task->arena, bool, entity->column_count);
    TRY(draft_begin_update(task, entity, id, &draft));
    draft_set(&draft, opposite_field(task->arena, entity), opposite);
    return draft_find_changes(task, &draft, is_changed) ? row_change(task, &draft, is_changed)
                                                        : NULL;
}

/* What the opposite of this tie says. */
static void fill_opposite(Task *task, const RecordDraft *draft, RecordDraft *opposite)
{
    static const char *const pairs[][2] = { { "association", "reverseAssociation" },
                                            { "reverseAssociation", "association" },
                                            { "associatingItem", "associatedItem" },
                                            { "associatedItem", "associatingItem" } };
    const Entity *entity = draft->entity;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        draft_set(opposite, field_of(entity, pairs[i][0]),
                  *draft_get(draft, field_of(entity, pairs[i][1])));
    draft_set(opposite, opposite_field(task->arena, entity), sql_text(draft->id));
}

static Error *find_tie(Task *task, const RecordDraft *draft, RecordDraft *out, bool *out_found)
{
    const Entity *entity = draft->entity;
    LookupMatch matches[] = {
        { field_of(entity, "association")->column,
          *draft_get(draft, field_of(entity, "reverseAssociation")) },
        { field_of(entity, "associatingItem")->column,
          *draft_get(draft, field_of(entity, "associatedItem")) },
        { field_of(entity, "associatedItem")->column,
          *draft_get(draft, field_of(entity, "associatingItem")) },
    };
    Str id;
    TRY(lookup_find_id(task->sql, entity, matches, 3, &id));
    *out_found = !str_is_none(id) && !str_equal(id, draft->id);
    return *out_found ? draft_find(task, entity, id, out, out_found) : NULL;
}

static Error *follow_opposite(Task *task, const RecordDraft *draft, RecordDraft *opposite)
{
    bool *is_changed = ARENA_ARRAY(task->arena, bool, draft->entity->column_count);
    fill_opposite(task, draft, opposite);
    return draft_find_changes(task, opposite, is_changed) ? row_change(task, opposite, is_changed)
                                                          : NULL;
}

static Error *add_opposite(Task *task, const RecordDraft *draft, RecordDraft *opposite)
{
    draft_begin_new(task, draft->entity, opposite);
    fill_opposite(task, draft, opposite);
    draft_fill_defaults(task, opposite);
    return row_add(task, opposite);
}

/* A tie of the other direction that is there already becomes the opposite; when it has another
 * opposite, adding refuses. */
static Error *make_opposite(Task *task, const RecordDraft *draft)
{
    RecordDraft opposite;
    bool is_there = false;
    const Field *pointer = opposite_field(task->arena, draft->entity);
    TRY(find_tie(task, draft, &opposite, &is_there));
    if (is_there && draft_get(&opposite, pointer)->kind == SQL_NULL)
        TRY(follow_opposite(task, draft, &opposite));
    else
        TRY(add_opposite(task, draft, &opposite));
    return point_at(task, draft->entity, draft->id, sql_text(opposite.id));
}

static Error *keep_opposite(Task *task, const RecordDraft *draft)
{
    RecordDraft opposite;
    bool is_there = false;
    const SqlValue *reverse = draft_get(draft, field_of(draft->entity, "reverseAssociation"));
    const SqlValue *pointer = draft_get(draft, opposite_field(task->arena, draft->entity));
    if (pointer->kind == SQL_TEXT)
        TRY(draft_find(task, draft->entity, pointer->text, &opposite, &is_there));
    if (reverse->kind == SQL_TEXT && is_there)
        return follow_opposite(task, draft, &opposite);
    if (reverse->kind == SQL_TEXT)
        return make_opposite(task, draft);
    if (pointer->kind == SQL_TEXT)
        TRY(point_at(task, draft->entity, draft->id, sql_null()));
    return is_there ? row_trash(task, draft->entity, opposite.id) : NULL;
}

static Error *after_save_tie(Task *task, const RecordDraft *draft, const JsonValue *body)
{
    TRY(keep_opposite(task, draft));
    return create_others(task, draft, body);
}

static Error *delete_opposite(Task *task, const Entity *entity, Str id)
{
    RecordDraft draft;
    RecordDraft opposite;
    bool is_there = false;
    TRY(draft_find(task, entity, id, &draft, &is_there));
    if (!is_there)
        return NULL; /* in the trash already */
    const SqlValue *pointer = draft_get(&draft, opposite_field(task->arena, entity));
    if (pointer->kind != SQL_TEXT)
        return NULL;
    TRY(draft_find(task, entity, pointer->text, &opposite, &is_there));
    return is_there ? row_trash(task, entity, opposite.id) : NULL;
}

static Error *before_delete_tie(Task *task, Str id)
{
    return delete_opposite(task, schema_find_entity(task->schema, STR("AssociatedProduct")), id);
}

const RecordHook association_product_hook = { .entity = "AssociatedProduct",
                                              .prepare = prepare_tie,
                                              .after_save = after_save_tie,
                                              .before_delete = before_delete_tie };

/* ---- removing ---- */

static size_t matches_of(const Entity *entity, const AssociationTie *tie, LookupMatch *out)
{
    const Str values[] = { tie->main_id, tie->related_id, tie->association_id };
    static const char *const names[] = { "associatingItem", "associatedItem", "association" };
    size_t count = 0;
    for (size_t i = 0; i < 3; i++)
        if (values[i].len > 0)
            out[count++] = (LookupMatch){ .column = field_of(entity, names[i])->column,
                                          .value = sql_text(values[i]) };
    return count;
}

Error *association_remove(Task *task, const Entity *entity, const AssociationTie *tie)
{
    LookupMatch matches[3];
    size_t match_count = matches_of(entity, tie, matches);
    Str *ids = ARENA_ARRAY(task->arena, Str, ASSOCIATION_MAX_REMOVED);
    size_t count = 0;
    if (tie->main_id.len == 0 && tie->related_id.len == 0)
        return record_not_found(task, entity);
    TRY(lookup_find_some(task->sql, matches, match_count, ids, ASSOCIATION_MAX_REMOVED, &count));
    for (size_t i = 0; i < count; i++) {
        RecordDraft draft;
        bool is_there = false;
        TRY(draft_find(task, entity, ids[i], &draft, &is_there));
        if (is_there) /* not gone with its opposite */
            TRY(record_delete(task, entity, ids[i], false));
    }
    return NULL;
}
