#pragma once
/* Worker: on which thread a request runs (design §3).
 *
 *   I/O thread: route, login, body --> read: here
 *                                  --> write: the lane, answered after the commit of its group
 *                                  --> heavy, or a read that takes too long here: the heavy pool
 *                                  --> a password to check: the hash pool, then on as above
 *
 * With a database that reads wait for, the login and the read run on the read pool instead of the
 * I/O thread. */

#include "access/instance.h"
#include "http/http_server.h"
#include "server/pool.h"

/* Work of one read on an I/O thread or in the read pool before it moves to the heavy pool. */
#define WORKER_INLINE_LIMIT_MS 5

typedef struct Worker {
    Instance *instance;
    Pool *reads; /* NULL = reads run on the I/O threads */
    Pool *heavy;
    Pool *hash;
} Worker;

/* Owner: a Worker. */
extern const HttpHooks worker_hooks;
