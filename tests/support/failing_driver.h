#pragma once
/* Failing driver: a double that hands every call on to the real driver and fails the one that the
 * test asks for. Wrap the database before a connection is opened; what is opened afterwards goes
 * through the double. Not locked: change the plan where the connection's thread can't be at work
 * (before a submit, inside a job). */

#include "sql/driver.h"

typedef enum FailPoint {
    FAIL_NOWHERE,
    FAIL_CONNECT,
    FAIL_BEGIN,
    FAIL_QUERY,
    FAIL_NEXT,
    FAIL_COMMIT,
} FailPoint;

typedef struct FailPlan {
    FailPoint point;
    const char *text; /* FAIL_QUERY: only statements that begin with it; NULL = any */
    unsigned skip;    /* calls that still work */
    unsigned times;   /* calls that then fail */
    ErrorKind kind;
    bool breaks;           /* the connection, as an I/O error does */
    bool ends_transaction; /* as a full disk does */
} FailPlan;

typedef struct FailingDriver {
    SqlDriver table; /* first: a connection's driver is this */
    const SqlDriver *real;
    FailPlan plan;
    unsigned failures;
    unsigned connects;
} FailingDriver;

void failing_driver_wrap(FailingDriver *out, SqlDatabase *database);
