#pragma once
/* Change: what a write leaves in the change log (query/change_log.h), in its own transaction and
 * savepoint. System fields are left out (the row says who and when); of internal and secret ones
 * only that they changed. Values are whole, however long: a record can be reverted to them. */

#include "access/task.h"
#include "query/change_log.h"

typedef struct Change {
    ChangeKind kind;
    const Entity *entity;
    Str id;
    const SqlValue *before; /* by column; NULL for a new record */
    const SqlValue *after;  /* by column; NULL for one that is gone for good */
    const bool *is_changed; /* by column, of CHANGE_UPDATED */
    bool is_aside;          /* nothing happens to the ends of the relation row */
} Change;

/* TOO_LARGE over CHANGE_LOG_MAX_BYTES. */
Error *change_write(Task *task, const Change *change) must_check;
