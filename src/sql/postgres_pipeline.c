#include "sql/postgres_pipeline.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "sql/postgres_dial.h"

#define LAST_CHANCE_MS 500
#define ASKED_STEP_MS 250

void postgres_pipeline_begin(PostgresPipeline *pipeline, PGconn *handle, const char *url)
{
    *pipeline = (PostgresPipeline){ .handle = handle, .url = url };
    pipeline->is_lost = PQsetnonblocking(handle, 1) != 0 || !PQenterPipelineMode(handle);
}

static void note_queued(PostgresPipeline *pipeline, int is_queued, bool is_sync)
{
    unsigned number = pipeline->taken + pipeline->outstanding;
    if (!is_queued || pipeline->outstanding == POSTGRES_QUEUE_SLOTS) {
        pipeline->is_lost = true;
        return;
    }
    pipeline->queue[number % POSTGRES_QUEUE_SLOTS].is_sync = is_sync;
    pipeline->queue[number % POSTGRES_QUEUE_SLOTS].place = NULL;
    pipeline->outstanding++;
}

void postgres_pipeline_prepare(PostgresPipeline *pipeline, const char *name, const char *words)
{
    note_queued(pipeline, PQsendPrepare(pipeline->handle, name, words, 0, NULL), false);
}

void postgres_pipeline_run(PostgresPipeline *pipeline, const char *name,
                           const PostgresParameters *parameters)
{
    note_queued(pipeline,
                PQsendQueryPrepared(pipeline->handle, name, parameters->count, parameters->values,
                                    parameters->lengths, parameters->formats, 0),
                false);
}

void postgres_pipeline_run_once(PostgresPipeline *pipeline, const char *words,
                                const PostgresParameters *parameters)
{
    note_queued(pipeline,
                PQsendQueryParams(pipeline->handle, words, parameters->count, NULL,
                                  parameters->values, parameters->lengths, parameters->formats, 0),
                false);
}

void postgres_pipeline_sync(PostgresPipeline *pipeline)
{
    note_queued(pipeline, PQpipelineSync(pipeline->handle), true);
}

void postgres_pipeline_keep(PostgresPipeline *pipeline, PGresult **place)
{
    unsigned number = pipeline->taken + pipeline->outstanding - 1;
    if (!pipeline->is_lost)
        pipeline->queue[number % POSTGRES_QUEUE_SLOTS].place = place;
}

bool postgres_pipeline_is_full(const PostgresPipeline *pipeline)
{
    return pipeline->outstanding >= POSTGRES_QUEUE_MAX;
}

/* ---- waiting ---- */

/* True when the server can be asked and does not say that it has nothing to do for us. Between two
 * commands of a pipeline a session counts as active, and waits for its client. */
static bool is_at_work(const PostgresPipeline *pipeline)
{
    char words[160];
    PGconn *second = postgres_dial(pipeline->url);
    snprintf(words, sizeof words,
             "SELECT state = 'active' AND wait_event_type IS DISTINCT FROM 'Client' "
             "FROM pg_stat_activity WHERE pid = %d",
             PQbackendPID(pipeline->handle));
    PGresult *result = PQstatus(second) == CONNECTION_OK ? PQexec(second, words) : NULL;
    bool is_answered = PQresultStatus(result) == PGRES_TUPLES_OK;
    bool is_idle = is_answered && PQntuples(result) == 1 &&
                   !str_equal(str_from(PQgetvalue(result, 0, 0)), STR("t"));
    PQclear(result);
    PQfinish(second);
    return is_answered && !is_idle;
}

/* False: nothing has moved for the time. */
static bool wait_for_socket(const PostgresPipeline *pipeline, bool has_more_to_send, int timeout_ms)
{
    struct pollfd polled = { .fd = PQsocket(pipeline->handle), .events = POLLIN };
    int ready;
    if (has_more_to_send)
        polled.events |= POLLOUT;
    do
        ready = poll(&polled, 1, timeout_ms);
    while (ready < 0 && errno == EINTR);
    return ready != 0;
}

static bool is_given_up(const PostgresPipeline *pipeline)
{
    int64_t since_us = __atomic_load_n(pipeline->asked_since_us, __ATOMIC_SEQ_CST);
    return since_us != 0 && clock_monotonic_us() - since_us > POSTGRES_ASKED_MS * INT64_C(1000);
}

static bool is_silent(const PostgresPipeline *pipeline, bool has_more_to_send)
{
    bool is_asked = pipeline->asked_since_us != NULL;
    int step_ms = is_asked ? ASKED_STEP_MS : POSTGRES_SILENCE_MS;
    for (int waited_ms = 0; waited_ms < POSTGRES_SILENCE_MS; waited_ms += step_ms) {
        if (wait_for_socket(pipeline, has_more_to_send, step_ms))
            return false;
        if (is_asked && is_given_up(pipeline))
            return true;
    }
    /* The answer may have come while the server was asked. */
    if (is_at_work(pipeline) || wait_for_socket(pipeline, has_more_to_send, LAST_CHANCE_MS))
        return false;
    log_write(LOG_WARNING, "the database's link is silent; given up", NULL, 0);
    return true;
}

/* Until a result can be taken without waiting; false when none will come. */
static bool wait_for_result(PostgresPipeline *pipeline)
{
    for (;;) {
        int unsent = PQflush(pipeline->handle);
        if (unsent < 0)
            PQconsumeInput(pipeline->handle); /* why it was closed may still be told */
        if (!PQisBusy(pipeline->handle))
            return true;
        if (unsent < 0 || is_silent(pipeline, unsent > 0))
            return false;
        if (!PQconsumeInput(pipeline->handle))
            return !PQisBusy(pipeline->handle);
    }
}

static bool is_success(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

static bool is_link_lost(const PostgresPipeline *pipeline)
{
    return PQstatus(pipeline->handle) != CONNECTION_OK;
}

/* The next command's result or a sync point. NULL: the connection is lost. */
static PGresult *next_result(PostgresPipeline *pipeline)
{
    PGresult *result = NULL;
    /* A command's result is followed by an empty one. */
    for (int i = 0; i < 2 && result == NULL; i++) {
        if (!wait_for_result(pipeline))
            return NULL;
        result = PQgetResult(pipeline->handle);
    }
    return result;
}

/* Commands and sync points are answered one for one, but for errors that belong to none: a sync
 * point that can't commit, or a time limit that strikes when the last statement before it has been
 * answered. Where this round has answers, such an error is theirs. */
static bool is_due(const PostgresPipeline *pipeline, const PGresult *result)
{
    bool is_sync = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
    return is_sync == pipeline->queue[pipeline->taken % POSTGRES_QUEUE_SLOTS].is_sync;
}

/* What a wait has brought so far. */
typedef struct Round {
    PGresult *last; /* good, and nobody else's */
    PGresult *bad;
    bool has_answers;
} Round;

static void take_stray(PostgresPipeline *pipeline, PGresult *result, Round *round)
{
    if (PQresultStatus(result) == PGRES_FATAL_ERROR && round->has_answers && round->bad == NULL) {
        round->bad = result;
        return;
    }
    PQclear(result);
    pipeline->is_lost = true; /* nobody could tell any more which answer is whose */
}

static void take_answer(PostgresPipeline *pipeline, PGresult *result, PGresult **place,
                        Round *round)
{
    round->has_answers = true;
    if (is_success(result)) {
        place = place == NULL ? &round->last : place;
        PQclear(*place);
        *place = result;
        return;
    }
    pipeline->needs_sync = true;
    if (round->bad == NULL)
        round->bad = result;
    else
        PQclear(result);
}

static void sort_in(PostgresPipeline *pipeline, PGresult *result, Round *round)
{
    if (!is_due(pipeline, result)) {
        take_stray(pipeline, result, round);
        return;
    }
    PGresult **place = pipeline->queue[pipeline->taken % POSTGRES_QUEUE_SLOTS].place;
    pipeline->taken++;
    pipeline->outstanding--;
    if (PQresultStatus(result) != PGRES_PIPELINE_SYNC) {
        take_answer(pipeline, result, place, round);
        return;
    }
    pipeline->needs_sync = false;
    PQclear(result);
}

static void take_all(PostgresPipeline *pipeline, Round *round)
{
    while (pipeline->outstanding > 0 && !pipeline->is_lost) {
        PGresult *result = next_result(pipeline);
        if (result == NULL) {
            pipeline->is_lost = true;
            return;
        }
        sort_in(pipeline, result, round);
        pipeline->is_lost = pipeline->is_lost || is_link_lost(pipeline);
    }
}

bool postgres_pipeline_take(PostgresPipeline *pipeline, bool ends_round, PGresult **out)
{
    Round round = { 0 };
    if (pipeline->outstanding > 0 && ends_round)
        postgres_pipeline_sync(pipeline);
    else if (pipeline->outstanding > 0 && !PQsendFlushRequest(pipeline->handle))
        pipeline->is_lost = true;
    take_all(pipeline, &round);
    if (pipeline->needs_sync && !pipeline->is_lost) {
        postgres_pipeline_sync(pipeline);
        take_all(pipeline, &round);
    }
    bool is_good = round.bad == NULL && !pipeline->is_lost;
    *out = is_good ? round.last : round.bad;
    if (!is_good)
        PQclear(round.last);
    return is_good;
}

bool postgres_pipeline_run_script(PostgresPipeline *pipeline, const char *words, PGresult **out)
{
    postgres_pipeline_sync(pipeline);
    if (!postgres_pipeline_take(pipeline, false, out))
        return false;
    PQclear(*out);
    *out = NULL;
    if (!PQexitPipelineMode(pipeline->handle)) {
        pipeline->is_lost = true;
        return false;
    }
    *out = PQexec(pipeline->handle, words);
    pipeline->is_lost = !PQenterPipelineMode(pipeline->handle);
    return is_success(*out) && !pipeline->is_lost;
}
