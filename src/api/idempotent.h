#pragma once
/* Idempotent: the header `Idempotency-Key` of every call that changes something. The first call
 * with a key runs and its success is kept; the same call again gets the kept answer, with the
 * header `Idempotency-Replayed: true`; a failure is not kept. An answer that is secret or longer
 * than IDEMPOTENCY_MAX_ANSWER_BYTES is kept in the handler's short form. */

#include "api/route.h"

/* Runs the call's handler, with or without a key. INVALID: a key that is too long. CONFLICT: see
 * feature/idempotency/idempotency.h. */
Error *idempotent_run(Task *task, ApiCall *call) must_check;
