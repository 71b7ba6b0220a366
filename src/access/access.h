#pragma once
/* Access: the one place that says what a caller may do (spec 6). Today: administrators everything,
 * everybody else nothing; roles come here, and nowhere else, with the issue that brings them. */

#include "access/task.h"

typedef enum AccessAction { ACCESS_READ, ACCESS_CREATE, ACCESS_EDIT, ACCESS_DELETE } AccessAction;

/* UNAUTHENTICATED for the anonymous caller, else FORBIDDEN. */
Error *access_check(Task *task, const Entity *entity, AccessAction action) must_check;
/* For what is no entity: only logged-in callers, only administrators. */
Error *access_check_login(Task *task) must_check;
Error *access_check_admin(Task *task) must_check;
