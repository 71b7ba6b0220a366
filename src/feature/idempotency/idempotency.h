#pragma once
/* Idempotency keys: a client that names its request by a key may send it again, and it is done
 * once. A key belongs to a user and to one request (method, address, body); its answer is kept for
 * IDEMPOTENCY_HOURS. Where the request is one transaction, claim and answer are part of it. A
 * longer request claims first, works, and answers last: when its process ended between, the next
 * one with the key takes it over and does it again - so such work must be repeatable; `seed` is the
 * same each time and helps to give the same ids. All calls belong inside task_write. */

#include "access/task.h"

#define IDEMPOTENCY_HOURS 24
#define IDEMPOTENCY_MAX_KEY_BYTES 255
#define IDEMPOTENCY_MAX_ANSWER_BYTES ((size_t)1 << 20)
/* A claim of another process without an answer after so long is of a process that is gone. */
#define IDEMPOTENCY_LOST_S 600

typedef struct IdempotencyClaim {
    Str id;           /* of user and key */
    Str seed;         /* an id that nothing has; see id_in_series */
    bool is_answered; /* it was done before: `status` and `answer` */
    int status;
    Str answer;
} IdempotencyClaim;

/* `request`: a digest. CONFLICT: the key was used for another request, or its request is being
 * worked on. */
Error *idempotency_claim(Task *task, Str key, Str request, IdempotencyClaim *out) must_check;
Error *idempotency_answer(Task *task, const IdempotencyClaim *claim, int status,
                          Str answer) must_check;
/* Nothing was done. */
Error *idempotency_release(Task *task, const IdempotencyClaim *claim) must_check;
