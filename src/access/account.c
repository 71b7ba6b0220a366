#include "access/account.h"

#include <assert.h>

#include "base/clock.h"
#include "query/lookup.h"

#define MAX_WANTED 8

/* The names of stored fields, in the order in which their values come back. */
typedef struct Question {
    const char *entity;
    const char *by;
    Str value;
    const char *wanted[MAX_WANTED]; /* ends with NULL */
} Question;

/* The shipped model has these entities and fields, and nobody can take them away. */
static const Column *get_column(const Entity *entity, const char *name)
{
    const Field *field = entity_find_field(entity, str_from(name));
    assert(field != NULL && field->column != NULL);
    return field->column;
}

static Error *ask(Task *task, const Question *question, SqlValue *out_values, bool *out_found)
{
    const Entity *entity = schema_find_entity(task->schema, str_from(question->entity));
    assert(entity != NULL);
    const Column *columns[MAX_WANTED];
    size_t count = 0;
    for (; count < MAX_WANTED && question->wanted[count] != NULL; count++)
        columns[count] = get_column(entity, question->wanted[count]);
    LookupMatch match = { .column = get_column(entity, question->by),
                          .value = sql_text(question->value) };
    Lookup lookup = { .entity = entity,
                      .matches = &match,
                      .match_count = 1,
                      .columns = columns,
                      .column_count = count };
    TRY(task_reader(task));
    return lookup_find(task->sql, &lookup, out_values, out_found);
}

static Str text_of(const SqlValue *value)
{
    return value->kind == SQL_TEXT ? value->text : STR_NONE;
}

static bool is_true(const SqlValue *value)
{
    return value->kind == SQL_INT && value->integer != 0;
}

static int64_t time_of(const SqlValue *value)
{
    int64_t time_us = 0;
    return clock_read_text(text_of(value), &time_us) ? time_us : 0;
}

static Error *find_user(Task *task, const char *by, Str value, Account *out, bool *out_found)
{
    enum { ID, USER_NAME, KEY, NAME, PASSWORD_HASH, IS_ACTIVE, IS_ADMIN, COUNT };
    Question question = {
        .entity = "User",
        .by = by,
        .value = value,
        .wanted = { "id", "userName", "userNameKey", "name", "passwordHash", "isActive",
                    "isAdmin" },
    };
    SqlValue values[COUNT];
    TRY(ask(task, &question, values, out_found));
    if (!*out_found)
        return NULL;
    *out = (Account){
        .user_id = text_of(&values[ID]),
        .user_name = text_of(&values[USER_NAME]),
        .user_name_key = text_of(&values[KEY]),
        .name = text_of(&values[NAME]),
        .password_hash = text_of(&values[PASSWORD_HASH]),
        .is_active = is_true(&values[IS_ACTIVE]),
        .is_admin = is_true(&values[IS_ADMIN]),
    };
    return NULL;
}

Error *account_find_by_name(Task *task, Str user_name_key, Account *out, bool *out_found)
{
    return find_user(task, "userNameKey", user_name_key, out, out_found);
}

Error *account_find_by_id(Task *task, Str user_id, Account *out, bool *out_found)
{
    return find_user(task, "id", user_id, out, out_found);
}

Error *account_find_token(Task *task, Str token_hash, TokenRecord *out, bool *out_found)
{
    enum { ID, USER, IS_ACTIVE, LIFETIME, IDLE_TIME, CREATED_AT, LAST_ACCESS, COUNT };
    Question question = {
        .entity = "AuthToken",
        .by = "tokenHash",
        .value = token_hash,
        .wanted = { "id", "user", "isActive", "lifetime", "idleTime", "createdAt", "lastAccess" },
    };
    SqlValue values[COUNT];
    TRY(ask(task, &question, values, out_found));
    if (!*out_found)
        return NULL;
    *out = (TokenRecord){
        .id = text_of(&values[ID]),
        .user_id = text_of(&values[USER]),
        .is_active = is_true(&values[IS_ACTIVE]),
        .has_lifetime = values[LIFETIME].kind == SQL_INT,
        .has_idle_time = values[IDLE_TIME].kind == SQL_INT,
        .lifetime_hours = values[LIFETIME].kind == SQL_INT ? values[LIFETIME].integer : 0,
        .idle_hours = values[IDLE_TIME].kind == SQL_INT ? values[IDLE_TIME].integer : 0,
        .created_at_us = time_of(&values[CREATED_AT]),
        .last_access_us = time_of(&values[LAST_ACCESS]),
    };
    return NULL;
}
