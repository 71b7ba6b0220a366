#pragma once
/* Handle: the life of one request, as a list of steps (style §6). The worker says on which thread
 * which part runs. */

#include "access/login.h"
#include "api/route.h"

/* The route; when it needs no login, right and body are settled as well. */
Error *handle_route(Task *task, HttpExchange *exchange, ApiCall *call) must_check;
/* Caller, right, body. `*out_login` NEEDS_HASH: stop here and go on with handle_after_login. */
Error *handle_login(Task *task, ApiCall *call, Credentials *credentials,
                    LoginOutcome *out_login) must_check;
/* On a thread that may hash: the login, then right and body. */
Error *handle_after_login(Task *task, ApiCall *call, const Credentials *credentials) must_check;
/* The work itself. */
Error *handle_run(Task *task, ApiCall *call) must_check;
/* The answer to a failure, and one log line. */
void handle_finish_refused(Task *task, HttpExchange *exchange,
                           const Error *error); /* keeps the transport's status */
void handle_finish(Task *task, HttpExchange *exchange, const Error *error);
