#include "feature/user/user.h"

#include "access/password.h"
#include "base/random.h"
#include "base/utf8.h"
#include "json/json_writer.h"
#include "query/lookup.h"
#include "record/record.h"
#include "record/row.h"

const Caller user_system_caller = { .user_id = { USER_SYSTEM_ID, sizeof USER_SYSTEM_ID - 1 },
                                    .user_name = { "system", 6 },
                                    .name = { "System", 6 },
                                    .is_admin = true };

static const Field *user_field(const RecordDraft *draft, const char *name)
{
    return entity_find_field(draft->entity, str_from(name));
}

/* At least 8 characters, an upper-case letter, a digit and a punctuation mark (spec 2.5). */
static bool is_strong(Str password)
{
    bool has_upper = false;
    bool has_digit = false;
    bool has_mark = false;
    for (size_t i = 0; i < password.len; i++) {
        unsigned char c = (unsigned char)password.data[i];
        bool is_upper = c >= 'A' && c <= 'Z';
        bool is_digit = c >= '0' && c <= '9';
        bool is_letter = is_upper || (c >= 'a' && c <= 'z');
        has_upper = has_upper || is_upper;
        has_digit = has_digit || is_digit;
        has_mark = has_mark || (c > ' ' && c < 0x7F && !is_letter && !is_digit);
    }
    return utf8_count_chars(password) >= 8 && has_upper && has_digit && has_mark;
}

static bool is_slow(bool is_new, const JsonValue *body)
{
    return is_new && json_find(body, STR("password")) != NULL;
}

static Error *password_error(Task *task, const char *code, const char *reason)
{
    Error *error = error_new_code(task->arena, ERROR_INVALID, code, "%s", reason);
    error->field = STR("password");
    error->entity = STR("User");
    return error;
}

/* The body goes on with the hash in the place of the password. A change of a password has a call of
 * its own (spec 2.5): take_password drops it there. */
static Error *prepare(Task *task, bool is_new, const JsonValue *body, const JsonValue **out)
{
    const JsonValue *password = json_find(body, STR("password"));
    if (!is_new || json_is_null(password))
        return NULL;
    if (!json_is_text(password))
        return password_error(task, "notAText", "The password must be text");
    if (!is_strong(password->text))
        return password_error(
            task, "passwordTooWeak",
            "A password needs at least 8 characters, with an upper-case letter, a digit and a "
            "punctuation mark");
    JsonValue *copy = ARENA_NEW(task->arena, JsonValue);
    JsonMember *members = ARENA_ARRAY(task->arena, JsonMember, body->object.count);
    *copy = *body;
    memcpy(members, body->object.members, body->object.count * sizeof *members);
    copy->object.members = members;
    for (size_t i = 0; i < body->object.count; i++)
        if (str_equal(members[i].key, STR("password")))
            TRY(password_hash(task->arena, password->text, &members[i].value.text));
    *out = copy;
    return NULL;
}

static void take_password(Task *task, RecordDraft *draft)
{
    const Field *password = user_field(draft, "password");
    SqlValue hash = *draft_get(draft, password);
    if (!draft_is_given(draft, password))
        return;
    /* Never stored under its own name. */
    draft->is_given[password->column->index] = false;
    draft->values[password->column->index] = sql_null();
    if (!draft->is_new || hash.kind != SQL_TEXT || hash.text.len == 0)
        return;
    draft_set(draft, user_field(draft, "passwordHash"), hash);
    draft_set(draft, user_field(draft, "passwordUpdatedAt"), sql_text(task_now_text(task)));
}

static void keep_stored(RecordDraft *draft, const Field *field)
{
    draft_set(draft, field, draft->stored[field->column->index]);
}

static Error *before_save(Task *task, RecordDraft *draft)
{
    if (!draft->is_new && str_equal(draft->id, STR(USER_SYSTEM_ID)))
        return error_new(task->arena, ERROR_FORBIDDEN, "The internal user can't be changed");
    /* Credentials are `name:secret`: behind a ':' of its own the name would end. */
    const SqlValue *name = draft_get(draft, user_field(draft, "userName"));
    if (name->kind == SQL_TEXT && str_find(name->text, ':', 0) < name->text.len)
        field_problems_add(&draft->problems, task->arena, "patternMismatch", STR("userName"),
                           "Field 'User Name' may not contain ':'.");
    /* One's own access can't be given up by mistake: somebody else has to take it away. */
    if (!draft->is_new && str_equal(draft->id, task->caller->user_id)) {
        keep_stored(draft, user_field(draft, "isActive"));
        keep_stored(draft, user_field(draft, "isAdmin"));
    }
    take_password(task, draft);
    return NULL;
}

static Error *before_delete(Task *task, Str id)
{
    if (str_equal(id, task->caller->user_id) || str_equal(id, STR(USER_SYSTEM_ID)))
        return error_new(task->arena, ERROR_FORBIDDEN,
                         "Nobody can delete oneself or the internal user");
    return NULL;
}

const RecordHook user_hook = { .entity = "User",
                               .prepare = prepare,
                               .is_slow = is_slow,
                               .before_save = before_save,
                               .before_delete = before_delete,
                               .affects_logins = true };

static Str random_password(Arena *arena)
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789";
    unsigned char bytes[20];
    char *text = arena_alloc(arena, sizeof bytes);
    random_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        text[i] = letters[bytes[i] % (sizeof letters - 1)];
    return (Str){ text, sizeof bytes };
}

typedef struct FirstUser {
    const char *id;
    const char *user_name;
    const char *name;
    bool is_active;
    bool is_admin;
    Str password_hash;
} FirstUser;

static Error *add_user(Task *task, const FirstUser *user)
{
    const Entity *entity = schema_find_entity(task->schema, STR("User"));
    RecordDraft draft;
    draft_begin_new(task, entity, &draft);
    draft.id = str_from(user->id);
    draft_set(&draft, user_field(&draft, "userName"), sql_text(str_from(user->user_name)));
    draft_set(&draft, user_field(&draft, "userNameKey"), sql_text(str_from(user->user_name)));
    draft_set(&draft, entity->name_field, sql_text(str_from(user->name)));
    draft_set(&draft, user_field(&draft, "isActive"), sql_int(user->is_active));
    draft_set(&draft, user_field(&draft, "isAdmin"), sql_int(user->is_admin));
    draft_set(&draft, user_field(&draft, "passwordHash"), sql_text(user->password_hash));
    draft_fill_defaults(task, &draft);
    return row_add(task, &draft);
}

static Error *add_first_users(Task *task, void *context)
{
    const Str *hash = context;
    TRY(add_user(task, &(FirstUser){ .id = USER_SYSTEM_ID,
                                     .user_name = "system",
                                     .name = "System",
                                     .is_admin = true,
                                     .password_hash = STR_NONE }));
    return add_user(task, &(FirstUser){ .id = USER_FIRST_ADMIN_ID,
                                        .user_name = "admin",
                                        .name = "Admin",
                                        .is_active = true,
                                        .is_admin = true,
                                        .password_hash = *hash });
}

static Error *find_admin_hash(Task *task, Str *out_hash, bool *out_found)
{
    const Entity *entity = schema_find_entity(task->schema, STR("User"));
    const Column *hash = entity_find_field(entity, STR("passwordHash"))->column;
    LookupMatch match = { .column = entity->id->column,
                          .value = sql_text(STR(USER_FIRST_ADMIN_ID)) };
    Lookup lookup = { .entity = entity,
                      .matches = &match,
                      .match_count = 1,
                      .columns = &hash,
                      .column_count = 1,
                      .with_deleted = true };
    SqlValue value = sql_null();
    TRY(task_reader(task));
    TRY(lookup_find(task->sql, &lookup, &value, out_found));
    *out_hash = value.kind == SQL_TEXT ? value.text : STR_NONE;
    return NULL;
}

Error *user_make_first(Task *task, Str password, Str *out_password)
{
    Str hash;
    bool is_there = false;
    *out_password = STR_NONE;
    TRY(find_admin_hash(task, &hash, &is_there));
    if (is_there)
        return NULL;
    if (str_is_none(password))
        password = random_password(task->arena);
    TRY(password_hash(task->arena, password, &hash));
    Error *error = task_write(task, add_first_users, &hash);
    if (error != NULL) {
        /* Another process on this database may have been quicker. */
        TRY(find_admin_hash(task, &hash, &is_there));
        return is_there ? NULL : error;
    }
    *out_password = password;
    return NULL;
}

Error *user_has_known_password(Task *task, bool *out)
{
    Str hash;
    bool is_there = false;
    TRY(find_admin_hash(task, &hash, &is_there));
    *out = is_there && !str_is_none(hash) && password_verify(task->arena, hash, STR("admin"));
    return NULL;
}
