#pragma once
/* Caller: who is asking. Made by the login, read by the access checks. Text lives in the task's
 * arena. */

#include "base/str.h"

typedef struct Caller {
    Str user_id; /* none for the anonymous caller */
    Str user_name;
    Str name;
    Str token_id; /* the AuthToken record that was used; none when the caller came with a password
                   */
    Str token;    /* the bare token that was used, else none */
    bool is_admin;
    bool is_anonymous;
} Caller;

/* May do nothing. */
extern const Caller caller_anonymous;
