#pragma once
/* Pipeline: commands on their way to the server and what came back of them. Commands are queued and
 * travel together; nobody waits until a result is wanted, and then for all that was queued.
 *
 *   queue, queue, queue | take: send, wait, results in order; the last one's is given out
 *
 * A command that fails takes along all that were queued behind it, up to the next sync point. Then
 * the pipeline is synced by itself: after a failure nothing is under way.
 * A server that is silent for POSTGRES_SILENCE_MS is asked about on a second connection: does it
 * still work on our command? So a link that swallows everything is noticed within 10 s, and a long
 * statement may take its time. When somebody else waits for the same server for POSTGRES_ASKED_MS
 * it is given up at once: that was a question which is answered quickly. Threads: one at a time. */

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/str.h"

#define POSTGRES_SILENCE_MS 4000
#define POSTGRES_ASKED_MS 1500
/* Queued at a time; results of more would not fit between the two ends. */
#define POSTGRES_QUEUE_MAX 200
#define POSTGRES_QUEUE_SLOTS 256

typedef struct PostgresPipeline {
    PGconn *handle;
    const char *url; /* for the second connection */
    /* Atomic; since when another connection waits for the same server, 0 = none does. NULL = nobody
     * says so. */
    const int64_t *asked_since_us;
    unsigned outstanding; /* commands and sync points whose results are still to come */
    unsigned taken;       /* those that were answered */
    struct {
        bool is_sync;
        PGresult **place; /* where a command's result goes; NULL = to who takes it as the last */
    } queue[POSTGRES_QUEUE_SLOTS]; /* by number; the due one is `taken` */
    bool needs_sync; /* a command has failed; the server passes over all up to a sync point */
    bool is_lost;    /* the connection is of no use any more */
} PostgresPipeline;

/* Values of a command, as libpq takes them. */
typedef struct PostgresParameters {
    int count;
    const char **values;
    int *lengths;
    int *formats;
} PostgresParameters;

/* The handle stays the caller's; the URL must outlive the pipeline. */
void postgres_pipeline_begin(PostgresPipeline *pipeline, PGconn *handle, const char *url);

void postgres_pipeline_prepare(PostgresPipeline *pipeline, const char *name, const char *words);
void postgres_pipeline_run(PostgresPipeline *pipeline, const char *name,
                           const PostgresParameters *parameters);
/* Without a name; one command. */
void postgres_pipeline_run_once(PostgresPipeline *pipeline, const char *words,
                                const PostgresParameters *parameters);
/* The result of the command that was queued last goes there when it comes, for the owner of the
 * place; a failure leaves the place as it is. */
void postgres_pipeline_keep(PostgresPipeline *pipeline, PGresult **place);
/* Ends what the server takes as one implicit transaction; sent at once, not waited for. */
void postgres_pipeline_sync(PostgresPipeline *pipeline);
bool postgres_pipeline_is_full(const PostgresPipeline *pipeline);

/* Waits for all that is queued, a sync point behind it when `ends_round`. True: `*out` is the last
 * command's result (NULL when there was none), the caller's. False: the first failure is in `*out`,
 * NULL when the connection is lost. */
bool postgres_pipeline_take(PostgresPipeline *pipeline, bool ends_round, PGresult **out);
/* Several commands in one text, by themselves. As take. */
bool postgres_pipeline_run_script(PostgresPipeline *pipeline, const char *words, PGresult **out);
