#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "lane_private.h"
#include "store_sqlite.h"

#define GROUP_JOBS 256
#define GROUP_NS 2000000
#define WAL_BACKGROUND_PAGES 8000
#define WAL_BLOCKING_PAGES 24000

/* A row of the group whose side index row is still to be written. */
typedef struct Added {
    int64_t row_id;
    size_t name_at; /* in `names` */
    size_t name_len;
    size_t sku_at;
    size_t sku_len;
} Added;

static struct {
    const char *path;
    const char *now; /* of the group */
    Store *store;
    Added *added;
    size_t added_count;
    size_t added_capacity;
    Text names;
    pthread_mutex_t lock; /* guards wants_checkpoint */
    pthread_cond_t full;  /* the write-ahead log wants a checkpoint */
    bool wants_checkpoint;
} lane = { .lock = PTHREAD_MUTEX_INITIALIZER, .full = PTHREAD_COND_INITIALIZER };

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void bind_column(sqlite3_stmt *statement, int number, const PlanBind *bind,
                        const NewRow *row)
{
    switch (bind->source) {
    case PLAN_FROM_ID:
        sqlite3_bind_text(statement, number, row->id, ROW_ID_LEN, SQLITE_STATIC);
        break;
    case PLAN_FROM_NAME:
        sqlite3_bind_text(statement, number, row->name, (int)row->name_len, SQLITE_STATIC);
        break;
    case PLAN_FROM_SKU:
        sqlite3_bind_text(statement, number, row->sku, (int)row->sku_len, SQLITE_STATIC);
        break;
    case PLAN_FROM_NOW:
        sqlite3_bind_text(statement, number, lane.now, ROW_NOW_LEN, SQLITE_STATIC);
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

static void log_change(PlanSqlId change, const char *id, size_t id_len)
{
    sqlite3_stmt *statement = lane.store->sql[change];
    sqlite3_bind_text(statement, 1, id, (int)id_len, SQLITE_STATIC);
    store_run(lane.store, statement);
}

static void insert(const NewRow *row)
{
    const Plan *plan = lane.store->plan;
    sqlite3_stmt *statement = lane.store->sql[PLAN_INSERT];
    for (int i = 0; i < plan->bind_count; i++)
        bind_column(statement, i + 1, &plan->binds[i], row);
    store_run(lane.store, statement);
    remember_added(sqlite3_last_insert_rowid(lane.store->handle), row);
    log_change(PLAN_ADDED, row->id, ROW_ID_LEN);
}

static void run_create(const LaneJob *job)
{
    NewRow row;
    const char *at = job->body;
    if (!row_next(&at, job->body + job->body_len, &row))
        return;
    insert(&row);
    store_put_record(lane.store, PLAN_FULL, row.id, ROW_ID_LEN, job->out);
}

/* The raw batch: nothing is matched or checked; name and sku are cut out of the body, every row is
 * inserted and read back for the answer, the side index rows and the counter follow at the group's
 * end. */
static void run_batch(const LaneJob *job)
{
    NewRow row;
    const char *at = job->body;
    bool is_first = true;
    while (row_next(&at, job->body + job->body_len, &row)) {
        insert(&row);
        lane_open_item(job->out, is_first);
        store_put_record(lane.store, PLAN_FULL, row.id, ROW_ID_LEN, job->out);
        lane_close_item(job->out);
        is_first = false;
    }
    text_put_byte(job->out, ']');
}

static void run_update(const LaneJob *job)
{
    sqlite3_stmt *statement = lane.store->sql[PLAN_UPDATE];
    sqlite3_bind_double(statement, 1, row_number(job->body, job->body_len));
    sqlite3_bind_text(statement, 2, lane.now, ROW_NOW_LEN, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, job->id, (int)job->id_len, SQLITE_STATIC);
    store_run(lane.store, statement);
    log_change(PLAN_CHANGED, job->id, job->id_len);
    store_put_record(lane.store, PLAN_FULL, job->id, job->id_len, job->out);
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
    row_fold(lane.names.data, lane.names.len);
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
    unsigned count = 0;
    lane.now = row_now();
    store_run(lane.store, lane.store->begin);
    while (job != NULL) {
        *end = job;
        end = &job->next;
        run_job(job);
        count++;
        job = count >= GROUP_JOBS || monotonic_ns() >= deadline_ns ? NULL : lane_take(false);
    }
    commit_group();
    lane_note_commit(count);
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
        run_group(lane_take(true));
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
    lane.path = options->location;
    lane.store = store_open(options, true);
    write_nothing();
    lane_start_thread(run_lane, NULL);
    lane_start_thread(run_checkpointer, NULL);
}
