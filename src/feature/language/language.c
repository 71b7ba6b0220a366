#include "feature/language/language.h"

#include "query/lookup.h"
#include "record/record.h"
#include "record/row.h"

static const Field *field_of(const RecordDraft *draft, const char *name)
{
    return entity_find_field(draft->entity, str_from(name));
}

static bool is_changed(const RecordDraft *draft, const Field *field)
{
    const SqlValue *stored = &draft->stored[field->column->index];
    return draft_is_given(draft, field) && !sql_value_equal(draft_get(draft, field), stored);
}

static bool is_main(const SqlValue *role)
{
    return role->kind == SQL_TEXT && str_equal(role->text, STR("main"));
}

/* Two codes of one suffix would name the same fields. */
static bool is_taken(Task *task, const Language *language)
{
    for (size_t i = 0; i < task->schema->language_count; i++)
        if (str_equal(task->schema->languages[i].suffix, language->suffix))
            return true;
    return str_equal_ignoring_case(task->schema->main_language, language->code);
}

static void check_code(Task *task, RecordDraft *draft, const Field *field)
{
    const SqlValue *code = draft_get(draft, field);
    if (code->kind != SQL_TEXT || code->text.len == 0)
        return; /* told as required */
    if (!language_is_code(code->text)) {
        field_problems_add(&draft->problems, task->arena, "patternMismatch", field->name,
                           "Field 'Code' must be a language's code, such as de_DE.");
        return;
    }
    Language language = language_make(task->arena, code->text, 0);
    if (is_taken(task, &language))
        field_problems_add(&draft->problems, task->arena, "notUnique", field->name,
                           "There is a language with the code '%.*s' already.",
                           STR_ARGS(code->text));
}

static void check_new(Task *task, RecordDraft *draft)
{
    const Field *role = field_of(draft, "role");
    check_code(task, draft, field_of(draft, "code"));
    if (is_main(draft_get(draft, role)))
        field_problems_add(&draft->problems, task->arena, "notUnique", role->name,
                           "There is a main language already.");
    if (task->schema->language_count >= LANGUAGE_MAX)
        field_problems_add(&draft->problems, task->arena, "outOfRange", role->name,
                           "There are at most %d additional languages.", LANGUAGE_MAX);
}

/* The main language may get another code: it only says what the values are in. */
static void check_stored(Task *task, RecordDraft *draft)
{
    const Field *role = field_of(draft, "role");
    const Field *code = field_of(draft, "code");
    if (is_changed(draft, role))
        field_problems_add(&draft->problems, task->arena, "immutable", role->name,
                           "The role of a language can't be changed.");
    if (!is_changed(draft, code))
        return;
    if (is_main(&draft->stored[role->column->index]))
        check_code(task, draft, code);
    else
        field_problems_add(&draft->problems, task->arena, "immutable", code->name,
                           "The code of an additional language can't be changed.");
}

static Error *before_save(Task *task, RecordDraft *draft)
{
    if (draft->is_new)
        check_new(task, draft);
    else
        check_stored(task, draft);
    return NULL;
}

static Error *before_delete(Task *task, Str id)
{
    RecordDraft draft;
    const Entity *entity = schema_find_entity(task->schema, STR("Language"));
    TRY(draft_begin_update(task, entity, id, &draft));
    if (is_main(draft_get(&draft, field_of(&draft, "role"))))
        return error_new_code(task->arena, ERROR_INVALID, "inUse",
                              "The main language can't be deleted");
    return NULL;
}

const RecordHook language_hook = { .entity = "Language",
                                   .before_save = before_save,
                                   .before_delete = before_delete,
                                   .is_model = true };

/* ---- the first ones ---- */

static Error *is_there(Task *task, const Entity *entity, const char *field, Str value, bool *out)
{
    Str id;
    LookupMatch match = { .column = entity_find_field(entity, str_from(field))->column,
                          .value = sql_text(value) };
    TRY(lookup_find_id(task->sql, entity, &match, 1, &id));
    *out = !str_is_none(id);
    return NULL;
}

static Error *add_first(Task *task, const char *name, const char *role)
{
    const Entity *entity = schema_find_entity(task->schema, str_from(name));
    RecordDraft draft;
    bool is_made = false;
    TRY(is_there(task, entity, "id", STR(LANGUAGE_FIRST_ID), &is_made));
    if (is_made)
        return NULL;
    draft_begin_new(task, entity, &draft);
    draft.id = STR(LANGUAGE_FIRST_ID);
    draft_set(&draft, entity->name_field, sql_text(STR("English")));
    draft_set(&draft, field_of(&draft, "code"), sql_text(STR(LANGUAGE_MAIN_CODE)));
    if (role != NULL)
        draft_set(&draft, field_of(&draft, "role"), sql_text(str_from(role)));
    else
        draft_set(&draft, field_of(&draft, "languageCode"), sql_text(STR(LANGUAGE_MAIN_CODE)));
    draft_fill_defaults(task, &draft);
    return row_add(task, &draft);
}

static Error *make_first(Task *task, void *context)
{
    (void)context;
    TRY(add_first(task, "Language", "main"));
    return add_first(task, "Locale", NULL);
}

static Error *has_first(Task *task, bool *out)
{
    const Entity *entity = schema_find_entity(task->schema, STR("Locale"));
    TRY(task_reader(task));
    return is_there(task, entity, "id", STR(LANGUAGE_FIRST_ID), out);
}

Error *language_make_first(Task *task)
{
    bool is_made = false;
    TRY(has_first(task, &is_made));
    if (is_made)
        return NULL;
    Error *error = task_write(task, make_first, NULL);
    if (error == NULL)
        return NULL;
    /* Another process on this database may have been quicker. */
    TRY(has_first(task, &is_made));
    return is_made ? NULL : error;
}

typedef struct Addition {
    Str code;
    Str name;
} Addition;

static Error *add(Task *task, void *context)
{
    const Addition *addition = context;
    const Entity *entity = schema_find_entity(task->schema, STR("Language"));
    JsonMember members[] = { { STR("code"), { .kind = JSON_TEXT, .text = addition->code } },
                             { STR("name"), { .kind = JSON_TEXT, .text = addition->name } } };
    JsonValue body = { .kind = JSON_OBJECT };
    RecordResult result;
    bool is_known = false;
    TRY(is_there(task, entity, "code", addition->code, &is_known));
    if (is_known)
        return NULL;
    body.object.members = members;
    body.object.count = sizeof members / sizeof *members;
    return record_create(task, entity, &body, &result);
}

Error *language_add(Task *task, Str code, Str name)
{
    Addition addition = { .code = code, .name = name };
    return task_write(task, add, &addition);
}
