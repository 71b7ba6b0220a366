#pragma once
/* Account: what the database knows of a user or a token, for the login only. Read with the rights
 * of nobody: what it finds goes no further than the Caller. Texts live in the task's arena; none
 * for what is null. */

#include "access/task.h"

typedef struct Account {
    Str user_id;
    Str user_name;
    Str user_name_key; /* folded */
    Str name;
    Str password_hash;
    bool is_active;
    bool is_admin;
} Account;

typedef struct TokenRecord {
    Str id;
    Str user_id;
    bool is_active;
    bool has_lifetime;
    bool has_idle_time;
    int64_t lifetime_hours; /* 0 = no limit */
    int64_t idle_hours;
    int64_t created_at_us; /* wall clock; 0 = unknown */
    int64_t last_access_us;
} TokenRecord;

Error *account_find_by_name(Task *task, Str user_name_key, Account *out,
                            bool *out_found) must_check;
Error *account_find_by_id(Task *task, Str user_id, Account *out, bool *out_found) must_check;
Error *account_find_token(Task *task, Str token_hash, TokenRecord *out, bool *out_found) must_check;
