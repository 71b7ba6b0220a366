#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "query/linked_query.h"
#include "query/list_query.h"
#include "query/read_query.h"
#include "query_desk.h"
#include "support/test_database.h"

static ListSpec parse(const QueryDesk *desk, const char *query)
{
    ListSpec spec;
    assert_no_error(list_spec_parse(desk->arena, desk->item, str_from(query), 1000, &spec));
    return spec;
}

static Str page_of(const QueryDesk *desk, const ListSpec *spec, SearchMode mode)
{
    SelectPlan plan;
    SqlText text = query_desk_text(desk);
    select_plan_make(desk->arena, spec->entity, (const Key *const *)spec->select,
                     spec->select_count, SELECT_LIST, (LanguageChoice){ 0 }, &plan);
    list_query_put_page(&text, desk->arena, &plan, spec, mode);
    return query_desk_show(desk->arena, &text);
}

static Str count_of(const QueryDesk *desk, const ListSpec *spec)
{
    SqlText text = query_desk_text(desk);
    list_query_put_count(&text, spec);
    return query_desk_show(desk->arena, &text);
}

#define LIVE "t0.\"deleted\" = 0"
#define NAME_ORDER "substr(t0.\"name\", 1, 200) COLLATE root"

static void test_list_query_puts_filter_order_and_page(void **state)
{
    const QueryDesk *desk = *state;
    /* clang-format off */
    static const struct { const char *query; const char *sql; } cases[] = {
        { "select=name",
          "SELECT t0.\"id\", t0.\"name\" FROM \"item\" t0 WHERE " LIVE
          " ORDER BY " NAME_ORDER " ASC NULLS LAST, t0.\"id\" LIMIT ? OFFSET ? | 200, 0" },
        { "select=name&asc=false&maxSize=5&offset=10",
          "SELECT t0.\"id\", t0.\"name\" FROM \"item\" t0 WHERE " LIVE
          " ORDER BY " NAME_ORDER " DESC NULLS FIRST, t0.\"id\" DESC LIMIT ? OFFSET ? | 5, 10" },
        { "select=id&sortBy=count",
          "SELECT t0.\"id\" FROM \"item\" t0 WHERE " LIVE
          " ORDER BY t0.\"count\" ASC NULLS LAST, t0.\"id\" LIMIT ? OFFSET ? | 200, 0" },
        { "select=id&sortBy=id",
          "SELECT t0.\"id\" FROM \"item\" t0 WHERE " LIVE " ORDER BY t0.\"id\" LIMIT ? OFFSET ? | 200, 0" },
        { "select=maker&sortBy=id",
          "SELECT t0.\"id\", t0.\"maker_id\", t1.\"name\" FROM \"item\" t0 LEFT JOIN \"maker\" t1"
          " ON t1.\"id\" = t0.\"maker_id\" AND t1.\"deleted\" = 0 WHERE " LIVE
          " ORDER BY t0.\"id\" LIMIT ? OFFSET ? | 200, 0" },
        { "select=id&sortBy=maker",
          "SELECT t0.\"id\" FROM \"item\" t0 LEFT JOIN \"maker\" t1"
          " ON t1.\"id\" = t0.\"maker_id\" AND t1.\"deleted\" = 0 WHERE " LIVE
          " ORDER BY substr(t1.\"name\", 1, 200) COLLATE root ASC NULLS LAST, t0.\"id\" LIMIT ? OFFSET ? | 200, 0" },
        { "select=shopsIds&sortBy=id",
          "SELECT t0.\"id\" FROM \"item\" t0 WHERE " LIVE " ORDER BY t0.\"id\" LIMIT ? OFFSET ? | 200, 0" },
        { "select=id&sortBy=count&where[0][type]=isTrue&where[0][attribute]=isOpen",
          "SELECT t0.\"id\" FROM \"item\" t0 WHERE " LIVE " AND ((t0.\"is_open\" = 1))"
          " ORDER BY t0.\"count\" ASC NULLS LAST, t0.\"id\" LIMIT ? OFFSET ? | 200, 0" },
        /* few hits: not along the sort index */
        { "select=id&sortBy=count&where[0][type]=contains&where[0][attribute]=name&where[0][value]=Oak",
          "SELECT t0.\"id\" FROM \"item\" t0 WHERE " LIVE
          " AND ((t0.row_id IN (SELECT rowid FROM \"item_search\" WHERE \"item_search\" MATCH ?)))"
          " ORDER BY +t0.\"count\" ASC NULLS LAST, t0.\"id\" LIMIT ? OFFSET ? | '\"name\" : \"oak\"', 200, 0" },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ListSpec spec = parse(desk, cases[i].query);
        assert_shown(page_of(desk, &spec, SEARCH_SEEK), cases[i].sql, cases[i].query);
    }
}

static void test_list_query_counts_what_the_filter_finds(void **state)
{
    const QueryDesk *desk = *state;
    ListSpec spec = parse(desk, "sortBy=maker&where[0][type]=isTrue&where[0][attribute]=isOpen");
    assert_shown(count_of(desk, &spec),
                 "SELECT count(*) FROM \"item\" t0 WHERE " LIVE " AND ((t0.\"is_open\" = 1))",
                 "count");
}

static ListSpec linked(const QueryDesk *desk, const char *entity, const char *link)
{
    const Entity *from = schema_find_entity(desk->schema, str_from(entity));
    const Link *found = entity_find_link(from, str_from(link));
    ListSpec spec;
    assert_non_null(found);
    assert_no_error(list_spec_parse(desk->arena, found->target, STR("sortBy=id"), 1000, &spec));
    spec.link = found;
    spec.from_id = STR("x1");
    return spec;
}

static void test_list_query_follows_every_kind_of_link(void **state)
{
    const QueryDesk *desk = *state;
    /* clang-format off */
    static const struct { const char *entity; const char *link; const char *sql; } cases[] = {
        { "Item", "parts", "SELECT count(*) FROM \"part\" t0 WHERE " LIVE " AND t0.\"item_id\" = ? | 'x1'" },
        { "Maker", "items", "SELECT count(*) FROM \"item\" t0 WHERE " LIVE " AND t0.\"maker_id\" = ? | 'x1'" },
        { "Item", "shops",
          "SELECT count(*) FROM \"shop\" t0 WHERE " LIVE " AND t0.\"id\" IN (SELECT t50.\"shop_id\" FROM \"item_shop\" t50"
          " WHERE t50.\"item_id\" = ? AND t50.\"deleted\" = 0) | 'x1'" },
        { "Shop", "items",
          "SELECT count(*) FROM \"item\" t0 WHERE " LIVE " AND t0.\"id\" IN (SELECT t50.\"item_id\" FROM \"item_shop\" t50"
          " WHERE t50.\"shop_id\" = ? AND t50.\"deleted\" = 0) | 'x1'" },
        { "Item", "maker",
          "SELECT count(*) FROM \"maker\" t0 WHERE " LIVE " AND t0.\"id\" IN (SELECT \"maker_id\" FROM \"item\""
          " WHERE \"id\" = ?) | 'x1'" },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ListSpec spec = linked(desk, cases[i].entity, cases[i].link);
        assert_shown(count_of(desk, &spec), cases[i].sql, cases[i].link);
    }
}

static void test_linked_query_reads_all_links_in_one_statement(void **state)
{
    const QueryDesk *desk = *state;
    const SqlValue ids[] = { sql_text(STR("i1")), sql_text(STR("i2")) };
    SqlText many = query_desk_text(desk);
    linked_query_put(&many, entity_find_link(desk->item, STR("shops")), ids, 2, NULL);
    assert_shown(query_desk_show(desk->arena, &many),
                 "SELECT t0.\"item_id\", t1.\"id\", t1.\"name\" FROM \"item_shop\" t0 JOIN \"shop\""
                 " t1 ON t1.\"id\" = t0.\"shop_id\" AND t1.\"deleted\" = 0 WHERE t0.\"deleted\" = 0"
                 " AND t0.\"item_id\" IN (?, ?) ORDER BY t0.row_id | 'i1', 'i2'",
                 "many to many");
    SqlText has_many = query_desk_text(desk);
    linked_query_put(&has_many, entity_find_link(desk->item, STR("parts")), ids, 1, NULL);
    assert_shown(query_desk_show(desk->arena, &has_many),
                 "SELECT t0.\"item_id\", t0.\"id\", t0.\"name\" FROM \"part\" t0 WHERE "
                 "t0.\"deleted\" = 0 AND t0.\"item_id\" IN (?) ORDER BY t0.row_id | 'i1'",
                 "has many");
}

/* ---- the plan ---- */

static Str keys_of_plan(Arena *arena, const SelectPlan *plan)
{
    Buf buf;
    buf_init(&buf, arena, 4096);
    for (size_t i = 0; i < plan->item_count; i++) {
        if (i > 0)
            buf_append(&buf, STR(" "));
        buf_append(&buf, plan->items[i].key->name);
        if (plan->items[i].column < 0)
            buf_append(&buf, STR("*"));
    }
    return buf_str(&buf);
}

static void test_select_plan_shows_what_the_scope_shows(void **state)
{
    const QueryDesk *desk = *state;
    SelectPlan plan;
    select_plan_make(desk->arena, desk->item, NULL, 0, SELECT_LIST, (LanguageChoice){ 0 }, &plan);
    assert_shown(keys_of_plan(desk->arena, &plan),
                 "id deleted name createdAt isActive code note page readMe count price isOpen day "
                 "seenAt state tags words data rows mail site colour makerId makerName",
                 "list");
    assert_int_equal(plan.multiple_count, 0);
    select_plan_make(desk->arena, desk->item, NULL, 0, SELECT_READ, (LanguageChoice){ 0 }, &plan);
    assert_shown(keys_of_plan(desk->arena, &plan),
                 "id deleted name createdAt isActive code note page readMe count price isOpen day "
                 "seenAt state tags words data rows mail site colour makerId makerName partsIds* "
                 "partsNames* shopsIds* shopsNames*",
                 "read");
    assert_int_equal(plan.multiple_count, 2);
    assert_int_equal(plan.joined_count, 1);
    assert_int_equal(plan.items[0].column, 0);
}

static void test_select_plan_joins_each_link_once(void **state)
{
    const QueryDesk *desk = *state;
    SelectPlan plan;
    const Field *maker = entity_find_field(desk->item, STR("maker"));
    const Key *keys[] = { entity_find_key(desk->item, STR("makerName")) };
    select_plan_make(desk->arena, desk->item, keys, 1, SELECT_LIST, (LanguageChoice){ 0 }, &plan);
    assert_int_equal(select_plan_join(desk->arena, &plan, maker), 1);
    assert_int_equal(select_plan_join(desk->arena, &plan, maker), 1);
    assert_int_equal(plan.joined_count, 1);
}

static void test_read_query_finds_one_live_record(void **state)
{
    const QueryDesk *desk = *state;
    SelectPlan plan;
    SqlText text = query_desk_text(desk);
    const Key *keys[] = { entity_find_key(desk->item, STR("name")) };
    select_plan_make(desk->arena, desk->item, keys, 1, SELECT_READ, (LanguageChoice){ 0 }, &plan);
    read_query_put(&text, &plan, STR("i1"));
    assert_shown(query_desk_show(desk->arena, &text),
                 "SELECT t0.\"id\", t0.\"name\" FROM \"item\" t0 WHERE t0.\"id\" = ? AND " LIVE
                 " | 'i1'",
                 "read");
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, query_desk_open, query_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_list_query_puts_filter_order_and_page),
        DESK_TEST(test_list_query_counts_what_the_filter_finds),
        DESK_TEST(test_list_query_follows_every_kind_of_link),
        DESK_TEST(test_linked_query_reads_all_links_in_one_statement),
        DESK_TEST(test_select_plan_shows_what_the_scope_shows),
        DESK_TEST(test_select_plan_joins_each_link_once),
        DESK_TEST(test_read_query_finds_one_live_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
