#include "lane.h"

#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define GROUP_JOBS 256
#define GROUP_NS 2000000
#define WAL_BACKGROUND_PAGES 8000
#define WAL_BLOCKING_PAGES 24000
#define ID_LEN 27
#define NOW_LEN 19

/* A row of the group whose side index row is still to be written. */
typedef struct Added {
    int64_t row_id;
    size_t name_at; /* in `names` */
    size_t name_len;
    size_t sku_at;
    size_t sku_len;
} Added;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t submitted;
    pthread_cond_t full; /* the write-ahead log wants a checkpoint */
    LaneJob *first;
    LaneJob *last;
    bool wants_checkpoint;
    const char *path;
    Store *store;
    Added *added;
    size_t added_count;
    size_t added_capacity;
    Text names;
    uint64_t jobs;
    uint64_t commits;
    char now[NOW_LEN + 1];
    time_t now_s;
    uint64_t last_id;
} lane = { .lock = PTHREAD_MUTEX_INITIALIZER,
           .submitted = PTHREAD_COND_INITIALIZER,
           .full = PTHREAD_COND_INITIALIZER };

static LaneJob *take_job(bool may_wait)
{
    pthread_mutex_lock(&lane.lock);
    while (may_wait && lane.first == NULL)
        pthread_cond_wait(&lane.submitted, &lane.lock);
    LaneJob *job = lane.first;
    if (job != NULL) {
        lane.first = job->next;
        if (lane.first == NULL)
            lane.last = NULL;
        job->next = NULL;
    }
    pthread_mutex_unlock(&lane.lock);
    return job;
}

void lane_submit(LaneJob *job)
{
    job->next = NULL;
    pthread_mutex_lock(&lane.lock);
    if (lane.last == NULL)
        lane.first = job;
    else
        lane.last->next = job;
    lane.last = job;
    pthread_cond_signal(&lane.submitted);
    pthread_mutex_unlock(&lane.lock);
}

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void refresh_now(void)
{
    time_t now_s = time(NULL);
    struct tm parts;
    if (now_s == lane.now_s)
        return;
    lane.now_s = now_s;
    gmtime_r(&now_s, &parts);
    strftime(lane.now, sizeof lane.now, "%Y-%m-%d %H:%M:%S", &parts);
}

/* 'a', the milliseconds, then a number that only grows: as long and as ordered as the product's
 * ids. */
static void make_id(char *out)
{
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    uint64_t rest = ++lane.last_id;
    out[0] = 'a';
    for (int i = 10; i >= 1; i--, ms >>= 5)
        out[i] = digits[ms & 31];
    for (int i = ID_LEN - 1; i > 10; i--, rest >>= 5)
        out[i] = digits[rest & 31];
}

/* The text of `"key":"..."` behind `*at`; what follows it comes next. */
static const char *take_value(const char **at, const char *end, const char *key, size_t *out_len)
{
    const char *found = memmem(*at, (size_t)(end - *at), key, strlen(key));
    if (found == NULL)
        return NULL;
    const char *value = found + strlen(key);
    const char *quote = memchr(value, '"', (size_t)(end - value));
    if (quote == NULL)
        return NULL;
    *out_len = (size_t)(quote - value);
    *at = quote + 1;
    return value;
}

typedef struct NewRow {
    const char *id;
    const char *name;
    size_t name_len;
    const char *sku;
    size_t sku_len;
} NewRow;

static void bind_column(sqlite3_stmt *statement, int number, const PlanBind *bind,
                        const NewRow *row)
{
    switch (bind->source) {
    case PLAN_FROM_ID:
        sqlite3_bind_text(statement, number, row->id, ID_LEN, SQLITE_STATIC);
        break;
    case PLAN_FROM_NAME:
        sqlite3_bind_text(statement, number, row->name, (int)row->name_len, SQLITE_STATIC);
        break;
    case PLAN_FROM_SKU:
        sqlite3_bind_text(statement, number, row->sku, (int)row->sku_len, SQLITE_STATIC);
        break;
    case PLAN_FROM_NOW:
        sqlite3_bind_text(statement, number, lane.now, NOW_LEN, SQLITE_STATIC);
        break;
    case PLAN_FROM_INT:
        sqlite3_bind_int64(statement, number, bind->integer);
        break;
    case PLAN_FROM_REAL:
        sqlite3_bind_double(statement, number, bind->real);
        break;
    case PLAN_FROM_TEXT:
        sqlite3_bind_text(statement, number, bind->text, (int)bind->len, SQLITE_STATIC);
        break;
    default:
        sqlite3_bind_null(statement, number);
        break;
    }
}

static void remember_added(int64_t row_id, const NewRow *row)
{
    if (lane.added_count == lane.added_capacity) {
        lane.added_capacity = lane.added_capacity * 2 + 256;
        lane.added = realloc(lane.added, lane.added_capacity * sizeof *lane.added);
        if (lane.added == NULL)
            err(1, "memory");
    }
    lane.added[lane.added_count++] = (Added){ .row_id = row_id,
                                              .name_at = lane.names.len,
                                              .name_len = row->name_len,
                                              .sku_at = lane.names.len + row->name_len,
                                              .sku_len = row->sku_len };
    text_put(&lane.names, row->name, row->name_len);
    text_put(&lane.names, row->sku, row->sku_len);
}

static void insert(const NewRow *row)
{
    const Plan *plan = lane.store->plan;
    sqlite3_stmt *statement = lane.store->sql[PLAN_INSERT];
    for (int i = 0; i < plan->bind_count; i++)
        bind_column(statement, i + 1, &plan->binds[i], row);
    store_run(lane.store, statement);
    remember_added(sqlite3_last_insert_rowid(lane.store->handle), row);
}

/* The next `"name":"..","sku":".."` of the body; false at its end. */
static bool create_next(const char **at, const char *end, char *id)
{
    NewRow row = { .id = id };
    row.name = take_value(at, end, "\"name\":\"", &row.name_len);
    if (row.name == NULL)
        return false;
    row.sku = take_value(at, end, "\"sku\":\"", &row.sku_len);
    if (row.sku == NULL)
        return false;
    make_id(id);
    insert(&row);
    return true;
}

static void run_create(const LaneJob *job)
{
    char id[ID_LEN];
    const char *at = job->body;
    if (create_next(&at, job->body + job->body_len, id))
        store_read(lane.store, PLAN_FULL, id, ID_LEN, job->out);
}

/* The raw batch: nothing is matched or checked; name and sku are cut out of the body, every row is
 * inserted and read back for the answer, the side index rows and the counter follow at the group's
 * end. */
static void run_batch(const LaneJob *job)
{
    char id[ID_LEN];
    const char *at = job->body;
    bool is_first = true;
    text_put_byte(job->out, '[');
    while (create_next(&at, job->body + job->body_len, id)) {
        if (!is_first)
            text_put_byte(job->out, ',');
        is_first = false;
        TEXT_PUT_LITERAL(job->out, "{\"status\":\"Created\",\"stored\":true,\"entity\":");
        store_read(lane.store, PLAN_FULL, id, ID_LEN, job->out);
        text_put_byte(job->out, '}');
    }
    text_put_byte(job->out, ']');
}

static void run_update(const LaneJob *job)
{
    sqlite3_stmt *statement = lane.store->sql[PLAN_UPDATE];
    const char *colon = memchr(job->body, ':', job->body_len);
    double value = colon == NULL ? 0 : strtod(colon + 1, NULL);
    sqlite3_bind_double(statement, 1, value);
    sqlite3_bind_text(statement, 2, lane.now, NOW_LEN, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, job->id, (int)job->id_len, SQLITE_STATIC);
    store_run(lane.store, statement);
    store_read(lane.store, PLAN_FULL, job->id, job->id_len, job->out);
}

static void run_job(const LaneJob *job)
{
    if (job->kind == LANE_UPDATE)
        run_update(job);
    else if (job->kind == LANE_CREATE)
        run_create(job);
    else
        run_batch(job);
}

/* Folding: the benchmark's names are plain ASCII. */
static void fold_names(void)
{
    for (size_t i = 0; i < lane.names.len; i++)
        if (lane.names.data[i] >= 'A' && lane.names.data[i] <= 'Z')
            lane.names.data[i] = (char)(lane.names.data[i] | 32);
}

static void bind_searched(sqlite3_stmt *statement, int number, const PlanBind *bind,
                          const Added *added)
{
    const char *names = lane.names.data;
    if (bind->source == PLAN_FROM_NAME)
        sqlite3_bind_text(statement, number, names + added->name_at, (int)added->name_len,
                          SQLITE_STATIC);
    else if (bind->source == PLAN_FROM_SKU)
        sqlite3_bind_text(statement, number, names + added->sku_at, (int)added->sku_len,
                          SQLITE_STATIC);
    else if (bind->source == PLAN_FROM_TEXT)
        sqlite3_bind_text(statement, number, bind->text, (int)bind->len, SQLITE_STATIC);
    else
        sqlite3_bind_null(statement, number);
}

static void write_search_rows(void)
{
    const Plan *plan = lane.store->plan;
    sqlite3_stmt *statement = lane.store->sql[PLAN_SEARCH];
    fold_names();
    for (size_t i = 0; i < lane.added_count; i++) {
        sqlite3_bind_int64(statement, 1, lane.added[i].row_id);
        for (int j = 0; j < plan->searched_count; j++)
            bind_searched(statement, j + 2, &plan->binds[plan->searched[j]], &lane.added[i]);
        store_run(lane.store, statement);
    }
}

static void commit_group(void)
{
    sqlite3_stmt *counted = lane.store->sql[PLAN_COUNTED];
    write_search_rows();
    sqlite3_bind_int64(counted, 1, (int64_t)lane.added_count);
    store_run(lane.store, counted);
    store_run(lane.store, lane.store->commit);
    lane.added_count = 0;
    lane.names.len = 0;
}

static void maintain(void)
{
    if (lane.store->wal_pages < WAL_BACKGROUND_PAGES)
        return;
    if (lane.store->wal_pages >= WAL_BLOCKING_PAGES) {
        sqlite3_wal_checkpoint_v2(lane.store->handle, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
        lane.store->wal_pages = 0;
        return;
    }
    pthread_mutex_lock(&lane.lock);
    lane.wants_checkpoint = true;
    pthread_cond_signal(&lane.full);
    pthread_mutex_unlock(&lane.lock);
}

static void run_group(LaneJob *job)
{
    LaneJob *parked = NULL;
    LaneJob **end = &parked;
    int64_t deadline_ns = monotonic_ns() + GROUP_NS;
    refresh_now();
    store_run(lane.store, lane.store->begin);
    for (unsigned count = 1; job != NULL; count++) {
        *end = job;
        end = &job->next;
        run_job(job);
        __atomic_fetch_add(&lane.jobs, 1, __ATOMIC_RELAXED);
        job = count >= GROUP_JOBS || monotonic_ns() >= deadline_ns ? NULL : take_job(false);
    }
    commit_group();
    __atomic_fetch_add(&lane.commits, 1, __ATOMIC_RELAXED);
    while (parked != NULL) {
        job = parked;
        parked = job->next;
        job->finish(job);
    }
    maintain();
}

static void *run_lane(void *nothing)
{
    (void)nothing;
    for (;;)
        run_group(take_job(true));
    return NULL;
}

static void *run_checkpointer(void *nothing)
{
    (void)nothing;
    sqlite3 *handle = NULL;
    if (sqlite3_open_v2(lane.path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK)
        errx(1, "%s: %s", lane.path, sqlite3_errmsg(handle));
    sqlite3_exec(handle, "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;", NULL, NULL, NULL);
    for (;;) {
        pthread_mutex_lock(&lane.lock);
        while (!lane.wants_checkpoint)
            pthread_cond_wait(&lane.full, &lane.lock);
        lane.wants_checkpoint = false;
        pthread_mutex_unlock(&lane.lock);
        sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    }
    return NULL;
}

/* The product has written at least a login when it is measured; readers take another way through an
 * empty log. */
static void write_nothing(void)
{
    store_run(lane.store, lane.store->begin);
    commit_group();
}

void lane_start(const StoreOptions *options)
{
    pthread_t thread;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    lane.last_id = (uint64_t)now.tv_nsec << 20; /* not the ids of the run before */
    lane.path = options->path;
    lane.store = store_open(options, true);
    write_nothing();
    if (pthread_create(&thread, NULL, run_lane, NULL) != 0 ||
        pthread_create(&thread, NULL, run_checkpointer, NULL) != 0)
        errx(1, "no thread");
}

void lane_counts(uint64_t *out_commits, uint64_t *out_jobs)
{
    *out_commits = __atomic_load_n(&lane.commits, __ATOMIC_RELAXED);
    *out_jobs = __atomic_load_n(&lane.jobs, __ATOMIC_RELAXED);
}
