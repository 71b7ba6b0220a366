#include "feature/token/token.h"

#include "base/clock.h"
#include "query/lookup.h"
#include "query/row_statement.h"
#include "record/row.h"

static const Field *token_field(const Entity *entity, const char *name)
{
    return entity_find_field(entity, str_from(name));
}

static void set_new_token(Task *task, RecordDraft *draft, Str *out_token)
{
    const Entity *entity = draft->entity;
    Str token = login_new_token(task->arena);
    draft_set(draft, token_field(entity, "tokenHash"),
              sql_text(login_token_hash(task->arena, token)));
    draft_set(draft, token_field(entity, "lastAccess"), sql_text(task_now_text(task)));
    if (draft_get(draft, entity->name_field)->kind == SQL_NULL)
        draft_set(draft, entity->name_field,
                  sql_text(str_concat(task->arena, STR("Login at "), task_now_text(task))));
    *out_token = token;
}

/* The name that goes with a token: the user's. */
static Error *find_user_name(Task *task, Str user_id, Str *out)
{
    const Entity *entity = schema_find_entity(task->schema, STR("User"));
    const Column *name = token_field(entity, "userName")->column;
    LookupMatch match = { .column = entity->id->column, .value = sql_text(user_id) };
    Lookup lookup = {
        .entity = entity, .matches = &match, .match_count = 1, .columns = &name, .column_count = 1
    };
    SqlValue value = sql_null();
    bool is_found = false;
    TRY(lookup_find(task->sql, &lookup, &value, &is_found));
    *out = is_found && value.kind == SQL_TEXT ? value.text : STR_NONE;
    return NULL;
}

static Error *before_save(Task *task, RecordDraft *draft)
{
    const Field *user = token_field(draft->entity, "user");
    Str user_name;
    Str token;
    if (!draft->is_new) {
        /* set at creation, then immutable (spec 2.3) */
        draft_set(draft, user, draft->stored[user->column->index]);
        return NULL;
    }
    const SqlValue *user_id = draft_get(draft, user);
    if (user_id->kind != SQL_TEXT)
        return NULL; /* the check of required fields says so */
    TRY(find_user_name(task, user_id->text, &user_name));
    set_new_token(task, draft, &token);
    if (!str_is_none(user_name))
        draft->secret = credentials_to_text(task->arena, user_name, token);
    return NULL;
}

const RecordHook token_hook = { .entity = "AuthToken",
                                .before_save = before_save,
                                .affects_logins = true };

typedef struct Issue {
    const TokenRequest *request;
    Str token;
} Issue;

static void set_hours(RecordDraft *draft, const char *name, int64_t hours)
{
    if (hours >= 0)
        draft_set(draft, token_field(draft->entity, name), sql_int(hours));
}

static Error *issue(Task *task, void *context)
{
    Issue *wanted = context;
    const Entity *entity = schema_find_entity(task->schema, STR("AuthToken"));
    RecordDraft draft;
    draft_begin_new(task, entity, &draft);
    draft_set(&draft, token_field(entity, "user"), sql_text(wanted->request->user_id));
    draft_set(&draft, token_field(entity, "ipAddress"), sql_text(wanted->request->remote_address));
    set_hours(&draft, "lifetime", wanted->request->lifetime_hours);
    set_hours(&draft, "idleTime", wanted->request->idle_hours);
    set_new_token(task, &draft, &wanted->token);
    draft_fill_defaults(task, &draft);
    return row_add(task, &draft);
}

Error *token_issue(Task *task, const TokenRequest *request, Str *out)
{
    Issue wanted = { .request = request };
    TRY(task_write(task, issue, &wanted));
    *out = wanted.token;
    return NULL;
}

typedef struct Destruction {
    Str token;
    bool is_done;
} Destruction;

static Error *destroy(Task *task, void *context)
{
    Destruction *wanted = context;
    const Entity *entity = schema_find_entity(task->schema, STR("AuthToken"));
    const Field *user = token_field(entity, "user");
    const Column *columns[] = { entity->id->column, user->column };
    LookupMatch match = { .column = token_field(entity, "tokenHash")->column,
                          .value = sql_text(login_token_hash(task->arena, wanted->token)) };
    Lookup lookup = {
        .entity = entity, .matches = &match, .match_count = 1, .columns = columns, .column_count = 2
    };
    SqlValue found[2];
    bool is_found = false;
    RecordDraft draft;
    TRY(lookup_find(task->sql, &lookup, found, &is_found));
    /* Somebody else's token looks like none to a caller who is no administrator. */
    if (!is_found || (!task->caller->is_admin && !str_equal(found[1].text, task->caller->user_id)))
        return NULL;
    TRY(draft_begin_update(task, entity, found[0].text, &draft));
    draft_set(&draft, token_field(entity, "isActive"), sql_int(0));
    wanted->is_done = true;
    bool *is_changed = ARENA_ARRAY(task->arena, bool, entity->column_count);
    return draft_find_changes(task, &draft, is_changed) ? row_change(task, &draft, is_changed)
                                                        : NULL;
}

Error *token_destroy(Task *task, Str token, bool *out)
{
    Destruction wanted = { .token = token };
    TRY(task_write(task, destroy, &wanted));
    *out = wanted.is_done;
    return NULL;
}

#define USES_SLICE 200

typedef struct Uses {
    const TokenUse *items;
    size_t count;
} Uses;

/* No change that anybody must hear of: neither modifiedAt nor cached logins move. */
static Error *write_use(Task *task, const Entity *entity, const TokenUse *use)
{
    const Column *column = token_field(entity, "lastAccess")->column;
    bool *is_changed = ARENA_ARRAY(task->arena, bool, entity->column_count);
    char *text = arena_alloc(task->arena, CLOCK_TEXT_LEN);
    int64_t row_id;
    SqlValue *values = NULL;
    TRY(row_find(task->sql, entity, use->token_id, false, &row_id, &values));
    if (values == NULL)
        return NULL;
    clock_write_text(use->used_at_us, text);
    values[column->index] = sql_text((Str){ text, CLOCK_TEXT_LEN });
    is_changed[column->index] = true;
    TRY(row_update(task->sql, entity, row_id, values, is_changed));
    sql_note_change(task->sql,
                    (SqlChange){ .subject = entity, .row_id = row_id, .kind = SQL_ROW_TOUCHED });
    return NULL;
}

static Error *write_uses(Task *task, void *context)
{
    const Uses *uses = context;
    const Entity *entity = schema_find_entity(task->schema, STR("AuthToken"));
    for (size_t i = 0; i < uses->count; i++) {
        ArenaMark mark = arena_mark(task->arena);
        TRY(write_use(task, entity, &uses->items[i]));
        arena_reset_to(task->arena, mark);
    }
    return NULL;
}

Error *token_write_uses(Task *task, const TokenUse *uses, size_t count)
{
    for (size_t from = 0; from < count; from += USES_SLICE) {
        size_t rest = count - from;
        Uses slice = { .items = uses + from, .count = rest < USES_SLICE ? rest : USES_SLICE };
        TRY(task_write(task, write_uses, &slice));
    }
    return NULL;
}
