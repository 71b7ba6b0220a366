#include "record/commit.h"

#include <stdlib.h>

#include "access/login.h"
#include "query/counter.h"
#include "query/search_index.h"
#include "record/hook.h"

static int compare_changes(const void *left, const void *right)
{
    const SqlChange *a = left;
    const SqlChange *b = right;
    if (a->subject != b->subject)
        return (uintptr_t)a->subject < (uintptr_t)b->subject ? -1 : 1;
    return (a->row_id > b->row_id) - (a->row_id < b->row_id);
}

static int64_t live_difference(SqlChangeKind kind)
{
    return kind == SQL_ROW_ADDED ? 1 : kind == SQL_ROW_GONE ? -1 : 0;
}

/* All changes of one entity, sorted by row. */
static Error *follow_entity(SqlConnection *connection, const SqlChange *changes, size_t count)
{
    const Entity *entity = changes[0].subject;
    int64_t *row_ids = ARENA_ARRAY(sql_arena(connection), int64_t, count);
    size_t row_count = 0;
    int64_t added = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_repeated = row_count > 0 && row_ids[row_count - 1] == changes[i].row_id;
        added += live_difference(changes[i].kind);
        if (changes[i].has_new_text && !is_repeated)
            row_ids[row_count++] = changes[i].row_id;
    }
    TRY(counter_add(connection, entity, added));
    return row_count == 0 ? NULL : search_index_sync(connection, entity, row_ids, row_count);
}

/* A record that was not live before is in nobody's cache. */
static bool makes_stale(SqlChangeKind kind)
{
    return kind == SQL_ROW_CHANGED || kind == SQL_ROW_GONE;
}

static bool affects_logins(const Instance *instance, const SqlChange *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const RecordHook *hook = record_hook_find(instance, changes[i].subject);
        if (hook != NULL && hook->affects_logins && makes_stale(changes[i].kind))
            return true;
    }
    return false;
}

static Error *before_commit(void *owner, SqlConnection *connection, const SqlChange *changes,
                            size_t count)
{
    const Instance *instance = owner;
    SqlChange *sorted = ARENA_ARRAY(sql_arena(connection), SqlChange, count);
    memcpy(sorted, changes, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_changes);
    for (size_t from = 0; from < count;) {
        size_t to = from + 1;
        while (to < count && sorted[to].subject == sorted[from].subject)
            to++;
        TRY(follow_entity(connection, sorted + from, to - from));
        from = to;
    }
    if (!affects_logins(instance, changes, count))
        return NULL;
    return announcement_make(connection, ANNOUNCEMENT_LOGINS);
}

static void after_commit(void *owner, const SqlChange *changes, size_t count)
{
    Instance *instance = owner;
    if (affects_logins(instance, changes, count))
        login_forget(instance->login);
}

void record_commit_hear(void *owner, AnnouncementTopic topic)
{
    const Instance *instance = owner;
    if (topic == ANNOUNCEMENT_LOGINS)
        login_forget(instance->login);
}

const LaneHooks record_commit_hooks = { .before_commit = before_commit,
                                        .after_commit = after_commit };
