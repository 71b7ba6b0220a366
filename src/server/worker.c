#include "server/worker.h"

#include <stddef.h>

#include "server/handle.h"

/* A request between the threads; lives in the exchange's arena. */
typedef struct Work {
    LaneJob lane_job;
    PoolJob pool_job;
    Worker *worker;
    HttpExchange *exchange;
    Task task;
    ApiCall call;
    Credentials credentials;
    Error *error;
    bool is_suspended;
} Work;

#define WORK_OF(member, job) ((Work *)(void *)((char *)(job)-offsetof(Work, member)))

/* After it the exchange, and the work with it, is the I/O thread's again. */
static void answer(Work *work)
{
    HttpExchange *exchange = work->exchange;
    bool is_suspended = work->is_suspended;
    task_end(&work->task);
    handle_finish(&work->task, exchange, work->error);
    if (is_suspended)
        http_exchange_send(exchange);
}

static void suspend(Work *work)
{
    if (work->is_suspended)
        return;
    work->is_suspended = true;
    http_exchange_suspend(work->exchange);
}

/* A replica may fail where the primary does not: then the work is done again there, from its
 * beginning. */
static void run_off_lane(Work *work)
{
    work->error = handle_run(&work->task, &work->call);
    if (work->error == NULL || !task_replica_failed(&work->task, work->error))
        return;
    http_response_clear(work->exchange);
    work->error = handle_run(&work->task, &work->call);
}

/* ---- the heavy pool ---- */

static void run_heavy(PoolJob *job)
{
    Work *work = WORK_OF(pool_job, job);
    run_off_lane(work);
    answer(work);
}

static void go_to_pool(Work *work, Pool *pool, void (*run)(PoolJob *job))
{
    suspend(work);
    work->pool_job.run = run;
    Error *error = pool_submit(pool, work->exchange->arena, &work->pool_job);
    if (error == NULL)
        return;
    work->error = error;
    answer(work);
}

/* ---- the lane ---- */

static Error *run_on_lane(LaneJob *job, SqlConnection *connection)
{
    Work *work = WORK_OF(lane_job, job);
    http_response_clear(work->exchange); /* the lane may run a job again */
    task_enter_lane(&work->task, connection);
    work->error = handle_run(&work->task, &work->call);
    task_leave_lane(&work->task);
    return work->error;
}

static void finish_on_lane(LaneJob *job, Error *lost)
{
    Work *work = WORK_OF(lane_job, job);
    if (lost != NULL)
        work->error = lost;
    task_note_written(&work->task, job->position);
    answer(work);
}

static void go_to_lane(Work *work)
{
    suspend(work);
    work->lane_job =
        (LaneJob){ .run = run_on_lane, .finish = finish_on_lane, .arena = work->exchange->arena };
    Error *error = lane_submit(work->worker->instance->lane, &work->lane_job);
    if (error == NULL)
        return;
    work->error = error;
    answer(work);
}

/* ---- reads ---- */

/* True when the read was over its time here; nothing of it is left. */
static bool read_took_too_long(Work *work)
{
    const SqlConnection *connection = work->task.sql;
    return work->error != NULL && connection != NULL && sql_hit_time_limit(connection);
}

static void read_here(Work *work)
{
    work->task.read_limit_ms = WORKER_INLINE_LIMIT_MS;
    run_off_lane(work);
    work->task.read_limit_ms = 0;
    if (!read_took_too_long(work)) {
        answer(work);
        return;
    }
    task_end_read(&work->task);
    http_response_clear(work->exchange);
    work->error = NULL;
    go_to_pool(work, work->worker->heavy, run_heavy);
}

/* ---- the way of a request ---- */

/* Where the handler runs; called when login, right and body are settled. `may_read`: this thread is
 * one for reads. */
static void go_on(Work *work, bool may_read)
{
    RoutePlace place = route_place(&work->task, &work->call);
    /* The login is over: it read on the primary. */
    work->task.may_read_replica = place == PLACE_READ;
    if (place == PLACE_WRITE)
        go_to_lane(work);
    else if (place == PLACE_READ && may_read)
        read_here(work);
    else
        go_to_pool(work, work->worker->heavy, run_heavy);
}

static void run_hash(PoolJob *job)
{
    Work *work = WORK_OF(pool_job, job);
    work->error = handle_after_login(&work->task, &work->call, &work->credentials);
    task_end_read(&work->task); /* what follows may be on another thread */
    if (work->error != NULL)
        answer(work);
    else
        go_on(work, false); /* this pool's threads are for hashing */
}

static void log_in(Work *work)
{
    LoginOutcome login = LOGIN_DONE;
    work->error = handle_login(&work->task, &work->call, &work->credentials, &login);
    task_end_read(&work->task);
    if (work->error != NULL)
        answer(work);
    else if (login == LOGIN_NEEDS_HASH)
        go_to_pool(work, work->worker->hash, run_hash);
    else
        go_on(work, true);
}

/* On a thread that may wait for the database. */
static void begin(Work *work)
{
    if (work->call.route->needs == NEEDS_NOTHING)
        go_on(work, true);
    else
        log_in(work);
}

static void run_begin(PoolJob *job)
{
    begin(WORK_OF(pool_job, job));
}

static HttpOutcome handle(void *owner, HttpExchange *exchange)
{
    Worker *worker = owner;
    Work *work = ARENA_NEW(exchange->arena, Work);
    work->worker = worker;
    work->exchange = exchange;
    task_begin(&work->task, exchange->arena, worker->instance);
    work->task.remote_address = exchange->request.remote_address;
    work->error = handle_route(&work->task, exchange, &work->call);
    if (work->error != NULL)
        answer(work);
    else if (worker->reads == NULL)
        begin(work);
    else
        go_to_pool(work, worker->reads, run_begin);
    return work->is_suspended ? HTTP_LATER : HTTP_ANSWERED;
}

/* The transport refused the request: the same shape of answer, without a task of its own. */
static void refuse(void *owner, HttpExchange *exchange, Error *error)
{
    const Worker *worker = owner;
    Task task;
    task_begin(&task, exchange->arena, worker->instance);
    task_end(&task);
    handle_finish_refused(&task, exchange, error);
}

const HttpHooks worker_hooks = { .handle = handle, .refuse = refuse };
