/* Random writes, some refused and some rolled back: the events of a record, laid on each other from
 * its creation on, are the record; and going back to any version gives what the record was then. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "history_desk.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "record/link.h"
#include "support/test_database.h"
#include "support/test_json.h"

#define ROUNDS 150
#define REVERTS 25
#define CATEGORIES 4

static const char *const followed[] = { "name",   "sku", "price",      "note",       "data",
                                        "tag",    "mpn", "brandId",    "taskStatus", "isActive",
                                        "number", "rrp", "ownerUserId" };
#define FOLLOWED (sizeof followed / sizeof *followed)

typedef struct Saved {
    Str version;
    const JsonValue *record;
} Saved;

typedef struct Play {
    RecordDesk *desk;
    uint64_t chance;
    int kept;
    Saved saved[ROUNDS];
    size_t saved_count;
} Play;

static unsigned chance(Play *play, unsigned below)
{
    play->chance ^= play->chance << 13;
    play->chance ^= play->chance >> 7;
    play->chance ^= play->chance << 17;
    return (unsigned)(play->chance >> 33) % below;
}

/* ---- random writes ---- */

static void put_field(Play *play, Buf *buf)
{
    static const char *const parts[] = {
        "'name':'oak'",       "'name':'élm \\u0007\\\"'",
        "'name':''",          "'sku':'S1'",
        "'sku':null",         "'price':1.25",
        "'price':3",          "'price':null",
        "'note':''",          "'note':'n\\n1'",
        "'data':{'b':[1,2]}", "'data':null",
        "'tag':[]",           "'taskStatus':['mar','ch']",
        "'taskStatus':null",  "'brandId':'b1'",
        "'brandId':''",       "'brandId':'nobody'",
        "'isActive':true",    "'isActive':false",
        "'rrp':-1",           "'rrp':1e20",
        "'number':' 7 '",     "'mpn':'M'",
        "'ownerUserId':null",
    };
    buf_append(buf, str_from(parts[chance(play, sizeof parts / sizeof *parts)]));
}

static Str random_body(Play *play, Arena *arena)
{
    Buf buf;
    unsigned count = 1 + chance(play, 3);
    buf_init(&buf, arena, 4096);
    buf_append(&buf, STR("{"));
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            buf_append(&buf, STR(","));
        put_field(play, &buf);
    }
    if (chance(play, 4) == 0)
        buf_format(&buf, ",'categoriesIds':['c%u','c%u']", chance(play, CATEGORIES),
                   chance(play, CATEGORIES));
    buf_append(&buf, STR("}"));
    return buf_str(&buf);
}

static Error *change_link(Play *play, Task *task, const Entity *entity)
{
    FieldProblems failed = { 0 };
    const Link *link = entity_find_link(entity, STR("categories"));
    Str id = str_format(task->arena, "c%u", chance(play, CATEGORIES));
    if (chance(play, 2) == 0)
        return link_add(task, link, STR("p1"), &id, 1, &failed);
    return link_remove(task, link, STR("p1"), &id, 1, &failed);
}

static Error *change_record(Play *play, Task *task)
{
    const Entity *entity = record_desk_entity(play->desk, "Product");
    RecordResult result;
    bool is_restored;
    switch (chance(play, 12)) {
    case 0:
        return record_delete(task, entity, STR("p1"), false);
    case 1:
    case 2:
        return record_restore(task, entity, STR("p1"), &is_restored);
    case 3:
    case 4:
        return change_link(play, task, entity);
    default:
        return record_update(
            task, entity, STR("p1"),
            test_json(task->arena, str_copy_c(task->arena, random_body(play, task->arena))),
            &result);
    }
}

/* One item in its savepoint; one in four is undone although it worked. */
static Error *run_item(Play *play, Task *task)
{
    AUTO_ROLLBACK SqlSavepoint savepoint = { 0 };
    TRY(sql_savepoint(task->sql, &savepoint));
    Error *error = change_record(play, task);
    if (error != NULL || chance(play, 4) == 0)
        return error;
    play->kept++;
    return sql_release(&savepoint);
}

static Error *run_items(Task *task, void *context)
{
    Play *play = context;
    unsigned count = 1 + chance(play, 3);
    for (unsigned i = 0; i < count; i++)
        error_ignore(run_item(play, task)); /* refused ones are part of the game */
    return NULL;
}

static void save_version(Play *play)
{
    const JsonValue *record = record_desk_read(play->desk, "Product", "p1");
    if (record == NULL)
        return;
    Saved *saved = &play->saved[play->saved_count++];
    saved->record = record;
    saved->version = json_find_text(history_desk_entry(play->desk, "Product", "p1", 0), STR("id"));
}

static void begin(RecordDesk *desk, Play *play, uint64_t seed)
{
    *play = (Play){ .desk = desk, .chance = seed * 0x9E3779B97F4A7C15 + 1 };
    for (int i = 0; i < CATEGORIES; i++)
        assert_no_error(record_desk_create(
            desk, "Category",
            str_copy_c(desk->arena, str_format(desk->arena, "{'id':'c%d','name':'C'}", i)), NULL));
    assert_no_error(
        record_desk_create(desk, "User", "{'id':'u1','name':'A','userName':'a'}", NULL));
    assert_no_error(record_desk_create(desk, "Brand", "{'id':'b1','name':'Acme'}", NULL));
    assert_no_error(record_desk_create(
        desk, "Product", "{'id':'p1','name':'start','price':1,'categoriesIds':['c0','c2']}", NULL));
    save_version(play);
}

static void play_all(Play *play)
{
    for (int i = 1; i < ROUNDS; i++) {
        Task task;
        record_desk_begin(play->desk, &task);
        assert_no_error(task_write_items(&task, run_items, play));
        task_end(&task);
        save_version(play);
    }
    assert_true(play->kept > ROUNDS / 4);
}

/* ---- what it must come to ---- */

typedef struct Fold {
    const JsonValue *values[FOLLOWED];
    bool is_linked[CATEGORIES];
} Fold;

static void fold_entry(Fold *fold, const JsonValue *entry)
{
    const JsonValue *fields = json_find(entry, STR("fields"));
    Str linked = json_find_text(entry, STR("linkedId"));
    Str type = json_find_text(entry, STR("type"));
    if (!str_is_none(linked)) {
        bool *is_linked = &fold->is_linked[linked.data[1] - '0'];
        assert_true(*is_linked != str_equal(type, STR("linked")));
        *is_linked = !*is_linked;
        return;
    }
    for (size_t i = 0; i < fields->list.count; i++) {
        const JsonValue *field = &fields->list.items[i];
        for (size_t j = 0; j < FOLLOWED; j++) {
            if (!str_equal(json_find_text(field, STR("name")), str_from(followed[j])))
                continue;
            const JsonValue *before = json_find(field, STR("before"));
            assert_true(json_is_null(before) ? json_is_null(fold->values[j])
                                             : json_equal(before, fold->values[j]));
            fold->values[j] = json_find(field, STR("after"));
        }
    }
}

static void assert_same(RecordDesk *desk, const char *name, const JsonValue *a, const JsonValue *b)
{
    if (json_is_null(a) ? json_is_null(b) : json_equal(a, b))
        return;
    fail_msg("%s: %s and %s", name, str_copy_c(desk->arena, json_to_text(desk->arena, a)),
             str_copy_c(desk->arena, json_to_text(desk->arena, b)));
}

static size_t linked_bits(const JsonValue *record)
{
    const JsonValue *ids = json_find(record, STR("categoriesIds"));
    size_t bits = 0;
    for (size_t i = 0; i < ids->list.count; i++)
        bits |= (size_t)1 << (ids->list.items[i].text.data[1] - '0');
    return bits;
}

static void assert_fold_is_record(Play *play, const JsonValue *record)
{
    Fold fold = { 0 };
    size_t bits = 0;
    const JsonValue *list =
        json_find(history_desk_page(play->desk, "Product", "p1", 0, 10000), STR("list"));
    for (size_t i = list->list.count; i > 0; i--)
        fold_entry(&fold, &list->list.items[i - 1]);
    for (size_t i = 0; i < FOLLOWED; i++)
        assert_same(play->desk, followed[i], fold.values[i],
                    json_find(record, str_from(followed[i])));
    for (size_t i = 0; i < CATEGORIES; i++)
        bits |= (size_t)fold.is_linked[i] << i;
    assert_int_equal(bits, linked_bits(record));
}

static void assert_record_is(Play *play, const JsonValue *wanted)
{
    const JsonValue *record = record_desk_read(play->desk, "Product", "p1");
    assert_non_null(record);
    for (size_t i = 0; i < FOLLOWED; i++)
        assert_same(play->desk, followed[i], json_find(record, str_from(followed[i])),
                    json_find(wanted, str_from(followed[i])));
    assert_int_equal(linked_bits(record), linked_bits(wanted));
}

static void test_events_add_up_and_any_version_comes_back(void **state)
{
    RecordDesk *desk = *state;
    Play *play = ARENA_NEW(desk->arena, Play);
    bool is_restored;
    begin(desk, play, 20261123);
    play_all(play);
    assert_no_error(record_desk_restore(desk, "Product", "p1", &is_restored));
    assert_fold_is_record(play, record_desk_read(desk, "Product", "p1"));
    for (int i = 0; i < REVERTS; i++) {
        const Saved *saved = &play->saved[chance(play, (unsigned)play->saved_count)];
        assert_no_error(history_desk_revert(desk, "Product", "p1", saved->version, NULL, NULL));
        assert_record_is(play, saved->record);
    }
    assert_fold_is_record(play, record_desk_read(desk, "Product", "p1"));
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, record_desk_open, record_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_events_add_up_and_any_version_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
