#include "store_sqlite.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unicode/ucol.h>

void store_start(void)
{
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int compare_root(void *collator, int left_len, const void *left, int right_len,
                        const void *right)
{
    UErrorCode status = U_ZERO_ERROR;
    UCollationResult order = ucol_strcollUTF8(collator, left, left_len, right, right_len, &status);
    return order == UCOL_LESS ? -1 : order == UCOL_GREATER;
}

static int note_wal_pages(void *store, sqlite3 *handle, const char *name, int pages)
{
    (void)handle;
    (void)name;
    ((Store *)store)->wal_pages = pages;
    return SQLITE_OK;
}

static void run_text(Store *store, const char *statements)
{
    if (sqlite3_exec(store->handle, statements, NULL, NULL, NULL) != SQLITE_OK)
        errx(1, "%s: %s", statements, sqlite3_errmsg(store->handle));
}

static void set_up(Store *store, unsigned cache_kib)
{
    char cache[64];
    UErrorCode status = U_ZERO_ERROR;
    UCollator *collator = ucol_open("", &status);
    if (U_FAILURE(status))
        errx(1, "no collator");
    sqlite3_busy_timeout(store->handle, 5000);
    run_text(store, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                    "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;"
                    "PRAGMA journal_size_limit=67108864; PRAGMA temp_store=MEMORY;"
                    "PRAGMA wal_autocheckpoint=0;");
    snprintf(cache, sizeof cache, "PRAGMA cache_size=-%u;", cache_kib);
    run_text(store, cache);
    sqlite3_wal_hook(store->handle, note_wal_pages, store);
    sqlite3_create_collation(store->handle, "root", SQLITE_UTF8, collator, compare_root);
}

static sqlite3_stmt *prepare(Store *store, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(store->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
        SQLITE_OK)
        errx(1, "%s: %s", sql, sqlite3_errmsg(store->handle));
    return statement;
}

static void prepare_all(Store *store, bool is_writer)
{
    const Plan *plan = store->plan;
    store->begin = prepare(store, is_writer ? "BEGIN IMMEDIATE" : "BEGIN");
    store->commit = prepare(store, "COMMIT");
    for (int i = 0; i < PLAN_SQLS; i++)
        store->sql[i] = prepare(store, plan->sql[i]);
    for (int i = 0; i < PLAN_SHAPES; i++) {
        store->shapes[i] = prepare(store, plan->shapes[i].sql);
        for (int j = 0; j < plan->shapes[i].many_count; j++)
            store->many[i][j] = prepare(store, plan->shapes[i].many[j].sql);
    }
}

Store *store_open(const StoreOptions *options, bool is_writer)
{
    Store *store = calloc(1, sizeof *store);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (store == NULL)
        err(1, "memory");
    store->plan = options->plan;
    if (sqlite3_open_v2(options->location, &store->handle, flags, NULL) != SQLITE_OK)
        errx(1, "%s: %s", options->location, sqlite3_errmsg(store->handle));
    set_up(store, is_writer ? options->cache_kib : options->cache_kib / 8);
    prepare_all(store, is_writer);
    return store;
}

void store_run(Store *store, sqlite3_stmt *statement)
{
    int code;
    do
        code = sqlite3_step(statement);
    while (code == SQLITE_ROW);
    if (code != SQLITE_DONE)
        errx(1, "%s: %s", sqlite3_sql(statement), sqlite3_errmsg(store->handle));
    sqlite3_reset(statement);
}

static bool next_row(Store *store, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        errx(1, "%s: %s", sqlite3_sql(statement), sqlite3_errmsg(store->handle));
    return code == SQLITE_ROW;
}

static void put_column_string(Text *out, sqlite3_stmt *statement, int column)
{
    const char *data = (const char *)sqlite3_column_text(statement, column);
    if (data == NULL)
        TEXT_PUT_LITERAL(out, "null");
    else
        text_put_string(out, data, (size_t)sqlite3_column_bytes(statement, column));
}

static void put_column(Text *out, sqlite3_stmt *statement, int column, PlanKind kind)
{
    if (kind == PLAN_TEXT) {
        put_column_string(out, statement, column);
        return;
    }
    if (sqlite3_column_type(statement, column) == SQLITE_NULL) {
        TEXT_PUT_LITERAL(out, "null");
        return;
    }
    switch (kind) {
    case PLAN_INT:
        text_put_int(out, sqlite3_column_int64(statement, column));
        break;
    case PLAN_REAL:
        text_put_real(out, sqlite3_column_double(statement, column));
        break;
    case PLAN_BOOL:
        if (sqlite3_column_int(statement, column) != 0)
            TEXT_PUT_LITERAL(out, "true");
        else
            TEXT_PUT_LITERAL(out, "false");
        break;
    default: /* stored as JSON */
        text_put(out, (const char *)sqlite3_column_text(statement, column),
                 (size_t)sqlite3_column_bytes(statement, column));
        break;
    }
}

static void put_row(Text *out, const PlanShape *shape, sqlite3_stmt *statement)
{
    for (int i = 0; i < shape->key_count; i++) {
        if (i > 0)
            text_put_byte(out, ',');
        text_put(out, shape->keys[i].quoted, shape->keys[i].len);
        put_column(out, statement, i, shape->keys[i].kind);
    }
}

/* Names go through the scratch text, because all ids come before them. */
static void put_many(Store *store, const PlanMany *many, sqlite3_stmt *statement, const char *id,
                     size_t id_len, Text *out)
{
    bool is_first = true;
    store->scratch.len = 0;
    sqlite3_bind_text(statement, 1, id, (int)id_len, SQLITE_STATIC);
    text_put_byte(out, ',');
    text_put(out, many->ids.quoted, many->ids.len);
    text_put_byte(out, '[');
    while (next_row(store, statement)) {
        if (!is_first) {
            text_put_byte(out, ',');
            text_put_byte(&store->scratch, ',');
        }
        is_first = false;
        put_column_string(out, statement, 0);
        put_column_string(&store->scratch, statement, 0);
        text_put_byte(&store->scratch, ':');
        put_column_string(&store->scratch, statement, 1);
    }
    sqlite3_reset(statement);
    TEXT_PUT_LITERAL(out, "],");
    text_put(out, many->names.quoted, many->names.len);
    text_put_byte(out, '{');
    if (store->scratch.len > 0)
        text_put(out, store->scratch.data, store->scratch.len);
    text_put_byte(out, '}');
}

bool store_put_record(Store *store, PlanShapeId shape, const char *id, size_t id_len, Text *out)
{
    const PlanShape *plan = &store->plan->shapes[shape];
    sqlite3_stmt *statement = store->shapes[shape];
    sqlite3_bind_text(statement, 1, id, (int)id_len, SQLITE_STATIC);
    bool is_there = next_row(store, statement);
    if (is_there) {
        text_put_byte(out, '{');
        put_row(out, plan, statement);
    }
    sqlite3_reset(statement);
    if (!is_there)
        return false;
    for (int i = 0; i < plan->many_count; i++)
        put_many(store, &plan->many[i], store->many[shape][i], id, id_len, out);
    text_put_byte(out, '}');
    return true;
}

bool store_read(Store *store, PlanShapeId shape, const char *id, size_t id_len, Text *out)
{
    bool has_more = store->plan->shapes[shape].many_count > 0;
    if (has_more) /* one snapshot for the record and what it is linked to */
        store_run(store, store->begin);
    bool is_there = store_put_record(store, shape, id, id_len, out);
    if (has_more)
        store_run(store, store->commit);
    return is_there;
}

/* ---- lists ---- */

static void read_counter(Store *store, int64_t *out_live, int64_t *out_version)
{
    sqlite3_stmt *statement = store->sql[PLAN_COUNTER];
    bool is_there = next_row(store, statement);
    *out_live = is_there ? sqlite3_column_int64(statement, 0) : 0;
    *out_version = is_there ? sqlite3_column_int64(statement, 1) : 0;
    sqlite3_reset(statement);
}

static int64_t count_found(Store *store, const StorePage *page, const char *match, int match_len,
                           int64_t version)
{
    const Total *known = totals_find(&store->totals, page->term, page->term_len);
    if (known != NULL && known->version == version)
        return known->total;
    sqlite3_stmt *statement = store->sql[PLAN_COUNT];
    sqlite3_bind_text(statement, 1, match, match_len, SQLITE_STATIC);
    int64_t total = next_row(store, statement) ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    totals_keep(&store->totals, page->term, page->term_len, version, total);
    return total;
}

static void put_rows(Store *store, PlanShapeId shape, Text *out)
{
    sqlite3_stmt *statement = store->shapes[shape];
    const PlanShape *plan = &store->plan->shapes[shape];
    bool is_first = true;
    while (next_row(store, statement)) {
        if (!is_first)
            text_put_byte(out, ',');
        is_first = false;
        text_put_byte(out, '{');
        put_row(out, plan, statement);
        text_put_byte(out, '}');
    }
    sqlite3_reset(statement);
}

void store_list(Store *store, const StorePage *page, Text *out)
{
    char match[TOTALS_MAX_TERM + 16] = "\"name\" : \"";
    PlanShapeId shape = page->term == NULL ? PLAN_PAGE : PLAN_SEEK;
    int64_t total;
    int64_t version;
    int next = 1;
    store_run(store, store->begin);
    read_counter(store, &total, &version);
    if (page->term != NULL) {
        size_t len = strlen(match);
        memcpy(match + len, page->term, page->term_len);
        match[len + page->term_len] = '"';
        int match_len = (int)(len + page->term_len + 1);
        total = count_found(store, page, match, match_len, version);
        sqlite3_bind_text(store->shapes[shape], next++, match, match_len, SQLITE_STATIC);
    }
    sqlite3_bind_int64(store->shapes[shape], next++, page->rows);
    sqlite3_bind_int64(store->shapes[shape], next, page->offset);
    TEXT_PUT_LITERAL(out, "{\"total\":");
    text_put_int(out, total);
    if (page->rows > 0) {
        TEXT_PUT_LITERAL(out, ",\"list\":[");
        put_rows(store, shape, out);
        text_put_byte(out, ']');
    }
    text_put_byte(out, '}');
    store_run(store, store->commit);
}
