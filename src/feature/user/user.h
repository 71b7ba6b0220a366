#pragma once
/* Users: rules of the User entity beyond those of every record (spec 2.5, 2.6), and the first
 * administrator. */

#include "record/hook.h"

extern const RecordHook user_hook;

#define USER_FIRST_ADMIN_ID "1"
#define USER_SYSTEM_ID "system"

/* Makes user `1` (administrator, name `admin`) and the internal user `system` when there is no user
 * yet. `password` none: a random one is made. `*out_password` is the one that was set, none when
 * nothing was made. */
Error *user_make_first(Task *task, Str password, Str *out_password) must_check;
/* True when the first administrator can log in with the password `admin`. Takes as long as a login.
 */
Error *user_has_known_password(Task *task, bool *out) must_check;
/* The caller for work that the program does itself. */
extern const Caller user_system_caller;
