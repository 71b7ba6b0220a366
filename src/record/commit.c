#include "record/commit.h"

#include <stdlib.h>

#include "access/login.h"
#include "query/counter.h"
#include "query/search_index.h"
#include "record/hook.h"
#include "record/model_change.h"

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

static Error *follow_text(SqlConnection *connection, const SideIndex *index,
                          const SqlChange *changes, size_t count)
{
    int64_t *row_ids = ARENA_ARRAY(sql_arena(connection), int64_t, count);
    size_t row_count = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_repeated = row_count > 0 && row_ids[row_count - 1] == changes[i].row_id;
        if ((changes[i].new_text & index->bit) != 0 && !is_repeated)
            row_ids[row_count++] = changes[i].row_id;
    }
    return row_count == 0 ? NULL : search_index_sync(connection, index, row_ids, row_count);
}

/* All changes of one entity, sorted by row. */
static Error *follow_entity(SqlConnection *connection, const SqlChange *changes, size_t count)
{
    const Entity *entity = changes[0].subject;
    int64_t added = 0;
    for (size_t i = 0; i < count; i++)
        added += live_difference(changes[i].kind);
    TRY(counter_add(connection, entity, added));
    for (size_t i = 0; i < entity->side_index_count; i++)
        TRY(follow_text(connection, &entity->side_indexes[i], changes, count));
    return NULL;
}

/* A record that was not live before is in nobody's cache. */
static bool makes_stale(SqlChangeKind kind)
{
    return kind == SQL_ROW_CHANGED || kind == SQL_ROW_GONE;
}

static bool affects_logins(const Instance *instance, const SqlChange *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (changes[i].kind == SQL_MODEL_CHANGED)
            continue;
        const RecordHook *hook = record_hook_find(instance, changes[i].subject);
        if (hook != NULL && hook->affects_logins && makes_stale(changes[i].kind))
            return true;
    }
    return false;
}

/* The last one holds: it was read after all others. */
static Schema *find_model(const SqlChange *changes, size_t count)
{
    for (size_t i = count; i > 0; i--)
        if (changes[i - 1].kind == SQL_MODEL_CHANGED)
            return (Schema *)(uintptr_t)changes[i - 1].subject;
    return NULL;
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
        if (sorted[from].kind != SQL_MODEL_CHANGED)
            TRY(follow_entity(connection, sorted + from, to - from));
        from = to;
    }
    if (affects_logins(instance, changes, count))
        TRY(announcement_make(connection, ANNOUNCEMENT_LOGINS));
    return find_model(changes, count) == NULL ? NULL
                                              : announcement_make(connection, ANNOUNCEMENT_MODEL);
}

static void after_commit(void *owner, const SqlChange *changes, size_t count, bool is_stored)
{
    Instance *instance = owner;
    if (affects_logins(instance, changes, count))
        login_forget(instance->login);
    Schema *model = find_model(changes, count);
    if (model != NULL && is_stored)
        instance_set_schema(instance, schema_ref(model));
}

void record_commit_hear(void *owner, AnnouncementTopic topic)
{
    Instance *instance = owner;
    if (topic == ANNOUNCEMENT_LOGINS)
        login_forget(instance->login);
    if (topic == ANNOUNCEMENT_MODEL)
        model_change_hear(instance);
}

const LaneHooks record_commit_hooks = { .before_commit = before_commit,
                                        .after_commit = after_commit };
