#include "record/conditional.h"

#include "base/log.h"
#include "base/utf8.h"
#include "json/json_reader.h"
#include "record/linked.h"
#include "schema/field_type.h"

typedef struct Owner {
    Task *task;
    const RecordDraft *draft;
} Owner;

static const DraftLinks *find_given(const RecordDraft *draft, const Field *field)
{
    for (size_t i = 0; i < draft->link_count; i++)
        if (draft->links[i].field == field)
            return &draft->links[i];
    return NULL;
}

/* As the body sets them, else as they are stored; both when the body only adds. */
static Error *find_links(void *context, const Field *field, const Str **out_ids, size_t *out_count)
{
    Owner *owner = context;
    const DraftLinks *given = find_given(owner->draft, field);
    size_t given_count = given == NULL ? 0 : given->count;
    bool is_stored = !owner->draft->is_new && (given == NULL || given->is_added_only);
    Str *stored = NULL;
    size_t stored_count = 0;
    if (is_stored)
        TRY(linked_ids(owner->task, field, owner->draft->id, &stored, &stored_count));
    Str *ids = ARENA_ARRAY(owner->task->arena, Str, given_count + stored_count);
    if (given_count > 0)
        memcpy(ids, given->ids, given_count * sizeof *ids);
    if (stored_count > 0)
        memcpy(ids + given_count, stored, stored_count * sizeof *ids);
    *out_ids = ids;
    *out_count = given_count + stored_count;
    return NULL;
}

bool conditional_holds(Task *task, const RecordDraft *draft, const Premise *premise)
{
    Owner owner = { .task = task, .draft = draft };
    PremiseFacts facts = { .values = draft->values,
                           .user_id = task->caller->user_id,
                           .now = task_now_text(task),
                           .find_links = find_links,
                           .owner = &owner };
    bool holds = false;
    const Error *error = premise_holds(task->arena, premise, &facts, &holds);
    if (error == NULL)
        return holds;
    log_error(LOG_WARNING, "condition undecided", error);
    return false;
}

bool conditional_is_required(Task *task, const RecordDraft *draft, const Field *field)
{
    return field->is_required || (field->conditional != NULL &&
                                  conditional_holds(task, draft, field->conditional->required));
}

static bool is_protected(Task *task, const RecordDraft *draft, const Field *field)
{
    return field->conditional != NULL &&
           conditional_holds(task, draft, field->conditional->is_protected);
}

/* All are decided before one is taken back: the premises look at each other's fields. */
bool conditional_drop_protected(Task *task, RecordDraft *draft)
{
    const Entity *entity = draft->entity;
    bool any = false;
    bool *is_dropped = ARENA_ARRAY(task->arena, bool, entity->column_count);
    size_t kept = 0;
    for (size_t i = 0; i < entity->column_count; i++)
        is_dropped[i] = draft->is_given[i] && is_protected(task, draft, entity->columns[i].field);
    bool *is_link_dropped = ARENA_ARRAY(task->arena, bool, draft->link_count);
    for (size_t i = 0; i < draft->link_count; i++)
        is_link_dropped[i] = is_protected(task, draft, draft->links[i].field);
    for (size_t i = 0; i < entity->column_count; i++) {
        if (!is_dropped[i])
            continue;
        any = true;
        draft->is_given[i] = false;
        draft->values[i] = draft->stored == NULL ? sql_null() : draft->stored[i];
    }
    for (size_t i = 0; i < draft->link_count; i++)
        if (!is_link_dropped[i])
            draft->links[kept++] = draft->links[i];
    any = any || kept < draft->link_count;
    draft->link_count = kept;
    return any;
}

static bool is_disabled(Task *task, const RecordDraft *draft, const Conditional *conditional,
                        Str option)
{
    for (size_t i = 0; i < conditional->disabled_count; i++) {
        const DisabledOptions *disabled = &conditional->disabled[i];
        for (size_t j = 0; j < disabled->count; j++)
            if (str_equal(disabled->options[j], option) &&
                conditional_holds(task, draft, disabled->when))
                return true;
    }
    return false;
}

static void check_option(Task *task, RecordDraft *draft, const Field *field, Str option)
{
    if (is_disabled(task, draft, field->conditional, option))
        field_problems_add(&draft->problems, task->arena, "optionDisabled", field->name,
                           "Field '%.*s' may not have the option '%.*s' now.",
                           STR_ARGS(field->label), STR_ARGS(utf8_prefix(option, 100)));
}

static void check_options(Task *task, RecordDraft *draft, const Field *field, Str stored)
{
    const JsonValue *list = NULL;
    if (!field->type->is_list) {
        check_option(task, draft, field, stored);
        return;
    }
    if (json_read(task->arena, stored, &list) != NULL || !json_is_list(list))
        return; /* was written by this program, as a list */
    for (size_t i = 0; i < list->list.count; i++)
        if (json_is_text(&list->list.items[i]))
            check_option(task, draft, field, list->list.items[i].text);
}

void conditional_check_options(Task *task, RecordDraft *draft)
{
    for (size_t i = 0; i < draft->entity->column_count; i++) {
        const Field *field = draft->entity->columns[i].field;
        if (field->conditional != NULL && field->conditional->disabled_count > 0 &&
            draft->values[i].kind == SQL_TEXT)
            check_options(task, draft, field, draft->values[i].text);
    }
}
