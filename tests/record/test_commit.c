/* What must stay in step with the rows: counters, the side index, cached totals. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record/hook.h"
#include "record_desk.h"
#include "support/test_database.h"
#include "support/test_json.h"

static void test_search_follows_every_write(void **state)
{
    RecordDesk *desk = *state;
    bool is_restored;
    assert_no_error(
        record_desk_create(desk, "Product", "{'id':'p1','name':'Éclair au chocolat'}", NULL));
    assert_int_equal(record_desk_count_hits(desk, "Product", "ECLAIR"), 1);
    assert_no_error(record_desk_update(desk, "Product", "p1", "{'name':'Zuckerstange'}", NULL));
    assert_int_equal(record_desk_count_hits(desk, "Product", "eclair"), 0);
    assert_int_equal(record_desk_count_hits(desk, "Product", "stange"), 1);
    assert_no_error(record_desk_delete(desk, "Product", "p1", false));
    assert_int_equal(record_desk_count_hits(desk, "Product", "stange"), 0);
    assert_no_error(record_desk_restore(desk, "Product", "p1", &is_restored));
    assert_int_equal(record_desk_count_hits(desk, "Product", "stange"), 1);
    assert_no_error(record_desk_delete(desk, "Product", "p1", true));
    assert_int_equal(record_desk_count_hits(desk, "Product", "stange"), 0);
}

/* ---- many writes in one transaction, some of them undone ---- */

typedef struct Mixture {
    RecordDesk *desk;
    uint64_t chance;
    int writes;
} Mixture;

static unsigned chance(Mixture *mixture, unsigned below)
{
    mixture->chance ^= mixture->chance << 13;
    mixture->chance ^= mixture->chance >> 7;
    mixture->chance ^= mixture->chance << 17;
    return (unsigned)(mixture->chance >> 33) % below;
}

static const JsonValue *random_body(Mixture *mixture, Arena *arena, const char *entity, Str id)
{
    static const char *const names[] = { "oak", "elm", "oak tree", "birch", "" };
    Buf buf;
    buf_init(&buf, arena, 4096);
    buf_format(&buf, "{'id':'%.*s','name':'%s'", STR_ARGS(id), names[chance(mixture, 5)]);
    if (str_equal(str_from(entity), STR("Product"))) {
        buf_format(&buf, ",'sku':'S%u'", chance(mixture, 12));
        if (chance(mixture, 2) == 0)
            buf_format(&buf, ",'categoriesIds':['x%u']", chance(mixture, 8));
        if (chance(mixture, 3) == 0)
            buf_format(&buf, ",'brandId':'x%u'", chance(mixture, 6));
    }
    buf_append(&buf, STR("}"));
    return test_json(arena, str_copy_c(arena, buf_str(&buf)));
}

static Error *write_one(Task *task, Mixture *mixture)
{
    static const char *const entities[] = { "Product", "Product", "Category", "Brand" };
    const char *name = entities[chance(mixture, 4)];
    const Entity *entity = schema_find_entity(task->schema, str_from(name));
    Str id = str_format(task->arena, "x%u", chance(mixture, 8));
    const JsonValue *body = random_body(mixture, task->arena, name, id);
    RecordResult result;
    bool is_restored;
    switch (chance(mixture, 7)) {
    case 0:
    case 1:
    case 2:
        return record_create(task, entity, body, &result);
    case 3:
        return record_update(task, entity, id, body, &result);
    case 4:
        return record_delete(task, entity, id, false);
    case 5:
        return record_delete(task, entity, id, true);
    default:
        return record_restore(task, entity, id, &is_restored);
    }
}

/* In a savepoint, which a third of them leaves early although nothing failed. */
static Error *write_item(Task *task, Mixture *mixture)
{
    AUTO_ROLLBACK SqlSavepoint savepoint = { 0 };
    TRY(sql_savepoint(task->sql, &savepoint));
    TRY(write_one(task, mixture));
    return chance(mixture, 3) == 0 ? NULL : sql_release(&savepoint);
}

static Error *write_some(Task *task, void *context)
{
    Mixture *mixture = context;
    for (int i = 0; i < mixture->writes; i++)
        error_ignore(write_item(task, mixture)); /* refused ones are part of the mixture */
    return NULL;
}

static void assert_search_is_exact(RecordDesk *desk)
{
    static const char *const parts[] = { "oak", "elm", "k+tr", "irc" };
    static const char *const likes[] = { "%oak%", "%elm%", "%k tr%", "%irc%" };
    static const char *const entities[] = { "Product", "Category", "Brand" };
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        for (size_t j = 0; j < sizeof parts / sizeof *parts; j++) {
            Str count = str_format(desk->arena,
                                   "SELECT count(*) FROM %s WHERE deleted = 0 AND name LIKE '%s'",
                                   entities[i], likes[j]);
            assert_int_equal(record_desk_count_hits(desk, entities[i], parts[j]),
                             record_desk_number(desk, str_copy_c(desk->arena, count)));
        }
        Str rows = str_format(desk->arena,
                              "SELECT (SELECT count(*) FROM %s WHERE deleted = 0) - (SELECT "
                              "count(*) FROM %s_search)",
                              entities[i], entities[i]);
        assert_int_equal(record_desk_number(desk, str_copy_c(desk->arena, rows)), 0);
    }
}

static void assert_totals_are_exact(RecordDesk *desk)
{
    /* clang-format off */
    static const struct { const char *query; const char *count; } cases[] = {
        { "", "SELECT count(*) FROM product WHERE deleted = 0" },
        { "where[0][type]=contains&where[0][attribute]=name&where[0][value]=oak",
          "SELECT count(*) FROM product WHERE deleted = 0 AND name LIKE '%oak%'" },
        { "where[0][type]=isNotNull&where[0][attribute]=brandId",
          "SELECT count(*) FROM product WHERE deleted = 0 AND brand_id IS NOT NULL" },
        { "where[0][type]=contains&where[0][attribute]=brandName&where[0][value]=oak",
          "SELECT count(*) FROM product p JOIN brand b ON b.id = p.brand_id AND b.deleted = 0"
          " WHERE p.deleted = 0 AND b.name LIKE '%oak%'" },
        { "where[0][type]=isNull&where[0][attribute]=brandName",
          "SELECT count(*) FROM product p WHERE deleted = 0 AND NOT EXISTS"
          " (SELECT 1 FROM brand b WHERE b.id = p.brand_id AND b.deleted = 0)" },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Str query = str_format(desk->arena, "totalOnly=1&%s", cases[i].query);
        for (int again = 0; again < 2; again++)
            assert_int_equal(record_desk_total(desk, "Product", str_copy_c(desk->arena, query)),
                             record_desk_number(desk, cases[i].count));
    }
}

static void test_counters_search_and_totals_stay_exact(void **state)
{
    RecordDesk *desk = *state;
    Mixture mixture = { .desk = desk, .chance = UINT64_C(88172645463325252) };
    int64_t seen = 0;
    for (int round = 0; round < 80; round++) {
        Task task;
        mixture.writes = 1 + round % 40;
        record_desk_begin(desk, &task);
        assert_no_error(task_write(&task, write_some, &mixture));
        task_end(&task);
        assert_counters_are_exact(desk);
        assert_search_is_exact(desk);
        assert_totals_are_exact(desk);
        seen +=
            record_desk_total(desk, "ProductCategory", "") * record_desk_total(desk, "Product", "");
    }
    assert_true(seen > 0); /* the mixture had something in it */
}

/* ---- a filter that looks at more entities than one remembers ---- */

static void test_total_is_never_stale_however_many_links_the_filter_follows(void **state)
{
    RecordDesk *desk = *state;
    Buf buf;
    const TestValue user[] = { { "id", sql_text(STR("u1")) },
                               { "name", sql_text(STR("Eve")) },
                               { "userName", sql_text(STR("eve")) },
                               { NULL, sql_null() } };
    test_instance_insert(&desk->test, "User", user);
    assert_no_error(record_desk_create(desk, "Product", "{'id':'p1','name':'Oak'}", NULL));
    buf_init(&buf, desk->arena, (size_t)1 << 16);
    buf_append(&buf, STR("totalOnly=1"));
    for (int i = 0; i < 20; i++)
        buf_format(&buf, "&where[%d][type]=isNull&where[%d][attribute]=brandName", i, i);
    buf_append(&buf, STR("&where[20][type]=equals&where[20][attribute]=ownerUserName"
                         "&where[20][value]=Eve"));
    const char *query = str_copy_c(desk->arena, buf_str(&buf));
    assert_int_equal(record_desk_total(desk, "Product", query), 1);
    assert_no_error(record_desk_update(desk, "User", "u1", "{'name':'Adam'}", NULL));
    assert_int_equal(record_desk_total(desk, "Product", query), 0);
}

static Error *fail_after_writing(Task *task, void *context)
{
    RecordDesk *desk = context;
    RecordResult result;
    const Entity *entity = record_desk_entity(desk, "Product");
    TRY(record_create(task, entity, test_json(desk->arena, "{'name':'Oak'}"), &result));
    return error_new(task->arena, ERROR_CONFLICT, "Failed as it was told");
}

static void test_step_that_fails_leaves_nothing(void **state)
{
    RecordDesk *desk = *state;
    Task task;
    record_desk_begin(desk, &task);
    assert_int_equal(task_write(&task, fail_after_writing, desk)->kind, ERROR_CONFLICT);
    task_end(&task);
    assert_int_equal(record_desk_total(desk, "Product", ""), 0);
    assert_int_equal(record_desk_count_hits(desk, "Product", "oak"), 0);
    assert_counters_are_exact(desk);
}

/* ---- what other processes are told ---- */

static void assert_announced(RecordDesk *desk, int64_t times)
{
    /* One process alone tells nobody. */
    int64_t wanted = test_location_is_server() ? times : 0;
    assert_int_equal(
        record_desk_number(desk, "SELECT coalesce(max(version), 0) FROM pimento_version"), wanted);
}

/* A record that comes is in nobody's memory. */
static void test_announced_is_what_others_may_know_otherwise(void **state)
{
    RecordDesk *desk = *state;
    static const RecordHook hook = { .entity = "Brand", .affects_logins = true };
    static const RecordHook *const hooks[] = { &hook, NULL };
    bool is_restored;
    desk->test.instance.hooks = hooks;
    assert_no_error(record_desk_create(desk, "Product", "{'id':'p1','name':'Oak'}", NULL));
    assert_no_error(record_desk_delete(desk, "Product", "p1", false));
    assert_no_error(record_desk_create(desk, "Brand", "{'id':'b1','name':'Elm'}", NULL));
    assert_announced(desk, 0);
    assert_no_error(record_desk_update(desk, "Brand", "b1", "{'name':'Fir'}", NULL));
    assert_announced(desk, 1);
    assert_no_error(record_desk_delete(desk, "Brand", "b1", false));
    assert_announced(desk, 2);
    assert_no_error(record_desk_restore(desk, "Brand", "b1", &is_restored));
    assert_announced(desk, 2);
    assert_no_error(record_desk_delete(desk, "Brand", "b1", true));
    assert_announced(desk, 3);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, record_desk_open, record_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_search_follows_every_write),
        DESK_TEST(test_counters_search_and_totals_stay_exact),
        DESK_TEST(test_total_is_never_stale_however_many_links_the_filter_follows),
        DESK_TEST(test_step_that_fails_leaves_nothing),
        DESK_TEST(test_announced_is_what_others_may_know_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
