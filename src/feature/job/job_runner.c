#include "feature/job/job_runner.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "access/account.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "feature/job/job_claim.h"
#include "feature/user/user.h"
#include "query/lookup.h"

#define LOOK_EVERY_MS 500
#define AGAIN_AFTER_S 5
#define DAILY_EVERY_US ((int64_t)60 * 1000000)
#define DAY_US ((int64_t)86400 * 1000000)
#define JOB_ARENA_BYTES ((size_t)64 << 10)
#define JOB_ARENA_MAX_BYTES ((size_t)256 << 20)
#define SCRATCH_BYTES ((size_t)256 << 10)
#define SCRATCH_MAX_BYTES ((size_t)128 << 20)
#define ERRORS_BYTES ((size_t)4 << 10)
#define ERRORS_MAX_BYTES ((size_t)8 << 20)

struct JobRunner {
    Instance *instance;
    JobRunnerOptions options;
    pthread_mutex_t lock; /* guards is_stopping, next_daily_us */
    pthread_cond_t changed;
    bool is_stopping;
    int64_t next_daily_us; /* monotonic: when somebody looks for daily jobs again */
    unsigned thread_count;
    pthread_t threads[];
};

static bool must_stop(void *owner)
{
    JobRunner *runner = owner;
    pthread_mutex_lock(&runner->lock);
    bool is_stopping = runner->is_stopping;
    pthread_mutex_unlock(&runner->lock);
    return is_stopping;
}

/* ---- one job ---- */

static const JobType *find_type(const JobRunner *runner, Str name)
{
    for (const JobType *const *type = runner->options.types; *type != NULL; type++)
        if (str_equal(name, str_from((*type)->name)))
            return *type;
    return NULL;
}

/* The owner as of now, with today's rights. */
static Error *find_caller(Task *task, Str owner, Caller *out)
{
    Account account;
    bool is_there = false;
    if (str_is_none(owner) || str_equal(owner, STR(USER_SYSTEM_ID))) {
        *out = user_system_caller;
        return NULL;
    }
    TRY(account_find_by_id(task, owner, &account, &is_there));
    if (!is_there || !account.is_active)
        return error_new(task->arena, ERROR_FORBIDDEN,
                         "The user who started this job is not active any more");
    *out = (Caller){ .user_id = account.user_id,
                     .user_name = account.user_name,
                     .name = account.name,
                     .token_id = STR_NONE,
                     .token = STR_NONE,
                     .is_admin = account.is_admin };
    return NULL;
}

static Error *begin_and_run(const JobRunner *runner, JobRun *run, Caller *caller)
{
    Str type_name = STR_NONE;
    Str owner = STR_NONE;
    bool is_ours = false;
    TRY(job_claim_load(run, &type_name, &owner, &is_ours));
    run->is_over = !is_ours;
    if (run->is_over)
        return NULL;
    const JobType *type = find_type(runner, type_name);
    if (type == NULL)
        return error_new(run->task->arena, ERROR_INVALID, "There is no job type '%.*s'",
                         STR_ARGS(type_name));
    TRY(find_caller(run->task, owner, caller));
    run->task->caller = caller;
    return type->run(run);
}

/* A storage that is away comes back; anything else would fail again. */
static JobEnd end_of(const JobRun *run, const Error *error)
{
    if (error != NULL && error->kind == ERROR_UNAVAILABLE)
        return (JobEnd){ .status = JOB_PENDING, .message = STR_NONE, .delay_s = AGAIN_AFTER_S };
    if (error != NULL)
        return (JobEnd){ .status = JOB_FAILED, .message = error->reason };
    if (run->is_over) /* the program stops; or it is not ours, and nothing is written */
        return (JobEnd){ .status = JOB_PENDING, .message = STR_NONE };
    return (JobEnd){ .status = JOB_SUCCESS, .message = run->message };
}

static void log_end(const JobRun *run, const JobEnd *end)
{
    LOG_EVENT(LOG_INFO, "job", { "id", run->id, 0 }, { "status", str_from(end->status), 0 },
              { "processed", STR_NONE, run->progress.processed },
              { "failed", STR_NONE, run->progress.failed });
}

static void run_job(const JobRunner *runner, Task *task, Str id, Str token)
{
    Caller caller;
    JobClaim claim = { .token = token,
                       .scratch = arena_new(SCRATCH_BYTES, SCRATCH_MAX_BYTES),
                       .must_stop = must_stop,
                       .owner = (void *)(uintptr_t)runner };
    JobRun run = {
        .task = task, .id = id, .message = STR_NONE, .slice_us = JOB_SLICE_US, .claim = &claim
    };
    Arena *errors = arena_new(ERRORS_BYTES, ERRORS_MAX_BYTES); /* grows while others are reset */
    buf_init(&claim.errors, errors, ERRORS_MAX_BYTES);
    Error *error = begin_and_run(runner, &run, &caller);
    task_end_read(task);
    if (error != NULL)
        log_error(LOG_WARNING, "a job failed", error);
    JobEnd end = end_of(&run, error);
    task->caller = &user_system_caller;
    error = job_claim_end(&run, &end);
    if (error != NULL)
        log_error(LOG_WARNING, "the end of a job could not be written", error);
    log_end(&run, &end);
    arena_free(claim.scratch);
    arena_free(errors);
}

/* True when there was one. */
static bool run_next(const JobRunner *runner, Arena *arena)
{
    Task task;
    Str id = STR_NONE;
    Str token = STR_NONE;
    task_begin(&task, arena, runner->instance);
    task.caller = &user_system_caller;
    Error *error = job_claim_next(&task, &id, &token);
    if (error != NULL)
        log_error(LOG_WARNING, "jobs can't be looked for", error);
    bool is_there = error == NULL && !str_is_none(id);
    if (is_there)
        run_job(runner, &task, id, token);
    task_end(&task);
    arena_reset(arena);
    return is_there;
}

/* ---- daily jobs ---- */

static Error *add_daily(Task *task, void *context)
{
    JobOrder *order = context;
    return job_add(task, order, &order->id);
}

/* The id says the day: of several processes one makes it. */
static Error *make_daily(Task *task, const JobType *type)
{
    const Entity *entity = job_entity(task);
    const Column *id = entity->id->column;
    Str day = str_slice(task_now_text(task), 0, 10);
    JobOrder order = { .type = type->name,
                       .id = str_format(task->arena, "%s-%.*s", type->name, STR_ARGS(day)),
                       .name = str_format(task->arena, "%s %.*s", type->name, STR_ARGS(day)),
                       .payload = STR("{}"),
                       .total = JOB_NOT_COUNTED };
    LookupMatch match = { .column = id, .value = sql_text(order.id) };
    Lookup lookup = { .entity = entity,
                      .matches = &match,
                      .match_count = 1,
                      .columns = &id,
                      .column_count = 1,
                      .with_deleted = true };
    SqlValue found;
    bool is_there = false;
    TRY(task_reader(task));
    TRY(lookup_find(task->sql, &lookup, &found, &is_there));
    task_end_read(task);
    if (is_there)
        return NULL;
    Error *error = task_write(task, add_daily, &order);
    return error != NULL && error->kind == ERROR_CONFLICT ? NULL : error;
}

static bool is_time_for_daily(JobRunner *runner, int64_t now_us)
{
    int64_t monotonic_us = clock_monotonic_us();
    pthread_mutex_lock(&runner->lock);
    bool is_due = monotonic_us >= runner->next_daily_us;
    if (is_due)
        runner->next_daily_us = monotonic_us + DAILY_EVERY_US;
    pthread_mutex_unlock(&runner->lock);
    return is_due && now_us % DAY_US >= runner->options.daily_from_us;
}

static void make_daily_jobs(JobRunner *runner, Arena *arena)
{
    Task task;
    if (!is_time_for_daily(runner, clock_wall_us()))
        return;
    task_begin(&task, arena, runner->instance);
    task.caller = &user_system_caller;
    for (const JobType *const *type = runner->options.types; *type != NULL; type++) {
        Error *error = (*type)->is_daily ? make_daily(&task, *type) : NULL;
        if (error != NULL)
            log_error(LOG_WARNING, "a daily job can't be made", error);
    }
    task_end(&task);
    arena_reset(arena);
}

/* ---- threads ---- */

static bool wait_for_more(JobRunner *runner)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_EVERY_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&runner->lock);
    if (!runner->is_stopping)
        pthread_cond_timedwait(&runner->changed, &runner->lock, &until);
    bool is_stopping = runner->is_stopping;
    pthread_mutex_unlock(&runner->lock);
    return !is_stopping;
}

static void *run_thread(void *context)
{
    JobRunner *runner = context;
    Arena *arena = arena_new(JOB_ARENA_BYTES, JOB_ARENA_MAX_BYTES);
    do {
        make_daily_jobs(runner, arena);
        while (!must_stop(runner) && run_next(runner, arena))
            continue;
    } while (wait_for_more(runner));
    arena_free(arena);
    return NULL;
}

static Error *recover(Arena *arena, Instance *instance)
{
    Task task;
    task_begin(&task, arena, instance);
    task.caller = &user_system_caller;
    Error *error = job_claim_recover(&task, instance->home);
    task_end(&task);
    return error;
}

static void init_locks(JobRunner *runner)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&runner->lock, NULL);
    pthread_cond_init(&runner->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

Error *job_runner_start(Arena *arena, Instance *instance, const JobRunnerOptions *options,
                        JobRunner **out)
{
    TRY(recover(arena, instance));
    JobRunner *runner = memory_zalloc(sizeof *runner + options->threads * sizeof(pthread_t));
    runner->instance = instance;
    runner->options = *options;
    runner->next_daily_us = clock_monotonic_us() + options->first_daily_us;
    init_locks(runner);
    while (runner->thread_count < options->threads &&
           pthread_create(&runner->threads[runner->thread_count], NULL, run_thread, runner) == 0)
        runner->thread_count++;
    *out = runner;
    instance->jobs = runner;
    if (runner->thread_count == options->threads)
        return NULL;
    return error_new(arena, ERROR_UNAVAILABLE, "The threads for jobs can't be started");
}

void job_runner_stop(JobRunner *runner)
{
    if (runner == NULL)
        return;
    pthread_mutex_lock(&runner->lock);
    runner->is_stopping = true;
    pthread_cond_broadcast(&runner->changed);
    pthread_mutex_unlock(&runner->lock);
    for (unsigned i = 0; i < runner->thread_count; i++)
        pthread_join(runner->threads[i], NULL);
    runner->instance->jobs = NULL;
    pthread_mutex_destroy(&runner->lock);
    pthread_cond_destroy(&runner->changed);
    memory_free(runner);
}

void job_runner_wake(JobRunner *runner)
{
    pthread_mutex_lock(&runner->lock);
    pthread_cond_signal(&runner->changed);
    pthread_mutex_unlock(&runner->lock);
}

void job_wake(const Instance *instance)
{
    if (instance->jobs != NULL)
        job_runner_wake(instance->jobs);
}
