#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "query/list_spec.h"
#include "query_desk.h"
#include "support/test_database.h"
#include "support/test_json.h"

#define MAX_ROWS 1000

static ListSpec parse(const QueryDesk *desk, const char *query)
{
    ListSpec spec;
    const Error *error = list_spec_parse(desk->arena, desk->item, str_from(query), MAX_ROWS, &spec);
    if (error != NULL)
        fail_msg("%s: %.*s", query, STR_ARGS(error->reason));
    return spec;
}

static void test_list_spec_without_parameters_is_the_entitys_own(void **state)
{
    const QueryDesk *desk = *state;
    ListSpec spec = parse(desk, "");
    assert_ptr_equal(spec.entity, desk->item);
    assert_null(spec.select);
    assert_null(spec.where);
    assert_ptr_equal(spec.sort_field, desk->item->name_field);
    assert_false(spec.is_descending);
    assert_true(spec.wants_total);
    assert_true(spec.wants_rows);
    assert_int_equal(spec.offset, 0);
    assert_int_equal(spec.page_rows, LIST_DEFAULT_ROWS);
    assert_null(spec.link);
}

static void test_list_spec_reads_the_page(void **state)
{
    const QueryDesk *desk = *state;
    static const struct {
        const char *query;
        int64_t offset;
        int64_t rows;
    } cases[] = {
        { "offset=20&maxSize=10", 20, 10 },
        { "offset=&maxSize=", 0, LIST_DEFAULT_ROWS },
        { "maxSize=0", 0, LIST_DEFAULT_ROWS },
        { "maxSize=1000", 0, 1000 },
        { "maxSize=1001", 0, MAX_ROWS },
        { "maxSize=9223372036854775807", 0, MAX_ROWS },
        { "offset=1000000000", 1000000000, LIST_DEFAULT_ROWS },
        { "offset=1&offset=2", 2, LIST_DEFAULT_ROWS },
        { "unknown[a][b]=c&maxSize=3", 0, 3 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ListSpec spec = parse(desk, cases[i].query);
        assert_int_equal(spec.offset, cases[i].offset);
        assert_int_equal(spec.page_rows, cases[i].rows);
    }
}

static void test_list_spec_reads_what_is_wanted(void **state)
{
    const QueryDesk *desk = *state;
    static const struct {
        const char *query;
        bool wants_total;
        bool wants_rows;
    } cases[] = {
        { "totalOnly=true", true, false },      { "totalOnly=1", true, false },
        { "totalOnly=FALSE", true, true },      { "totalOnly=", true, true },
        { "collectionOnly=True", false, true }, { "collectionOnly=0&totalOnly=1", true, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ListSpec spec = parse(desk, cases[i].query);
        assert_int_equal(spec.wants_total, cases[i].wants_total);
        assert_int_equal(spec.wants_rows, cases[i].wants_rows);
    }
}

static void test_list_spec_reads_the_order(void **state)
{
    const QueryDesk *desk = *state;
    static const struct {
        const char *query;
        const char *field; /* NULL: by id */
        bool is_descending;
    } cases[] = {
        { "sortBy=count", "count", false },
        { "sortBy=count&asc=true", "count", false },
        { "sortBy=count&asc=1", "count", false },
        { "sortBy=count&asc=false", "count", true },
        { "sortBy=count&asc=0", "count", true },
        { "sortBy=maker", "maker", false },
        { "sortBy=seenAt&asc=FALSE", "seenAt", true },
        { "sortBy=id&asc=false", NULL, true },
        { "sortBy=id", NULL, false },
        { "sortBy=&asc=false", "name", true },
        { "asc=true", "name", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ListSpec spec = parse(desk, cases[i].query);
        const Field *wanted = entity_find_field(desk->item, str_from(cases[i].field));
        assert_ptr_equal(spec.sort_field, wanted);
        assert_int_equal(spec.is_descending, cases[i].is_descending);
    }
}

static void test_list_spec_without_an_order_is_newest_first(void **state)
{
    const QueryDesk *desk = *state;
    ListSpec spec;
    const Entity *relation = schema_find_entity(desk->schema, STR("ItemShop"));
    assert_no_error(list_spec_parse(desk->arena, relation, STR(""), MAX_ROWS, &spec));
    assert_null(spec.sort_field);
    assert_true(spec.is_descending);
    const Entity *maker = schema_find_entity(desk->schema, STR("Maker"));
    assert_no_error(list_spec_parse(desk->arena, maker, STR(""), MAX_ROWS, &spec));
    assert_ptr_equal(spec.sort_field, maker->created_at);
    assert_true(spec.is_descending);
}

static Str keys_of(Arena *arena, const ListSpec *spec)
{
    Buf buf;
    buf_init(&buf, arena, 4096);
    for (size_t i = 0; i < spec->select_count; i++) {
        if (i > 0)
            buf_append(&buf, STR(","));
        buf_append(&buf, spec->select[i]->name);
    }
    return buf_str(&buf);
}

static void test_list_spec_selects_keys_and_fields(void **state)
{
    const QueryDesk *desk = *state;
    static const struct {
        const char *query;
        const char *keys;
    } cases[] = {
        { "select=name", "id,name" },
        { "select=name,count", "id,name,count" },
        { "select=%20name%20,,+count,", "id,name,count" },
        { "select=id,id,name,name", "id,name" },
        { "select=makerId", "id,makerId" },
        { "select=maker", "id,makerId,makerName" },
        { "select=shops", "id,shopsIds,shopsNames" },
        { "select=partsNames", "id,partsNames" },
        { "select=more", "id,more" },
        { "select=deleted", "id,deleted" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ListSpec spec = parse(desk, cases[i].query);
        assert_shown(keys_of(desk->arena, &spec), cases[i].keys, cases[i].query);
    }
    assert_null(parse(desk, "select=").select);
}

static void test_list_spec_never_selects_a_secret(void **state)
{
    const QueryDesk *desk = *state;
    ListSpec spec;
    const Error *error =
        list_spec_parse(desk->arena, desk->item, STR("select=name,secret"), MAX_ROWS, &spec);
    if (error == NULL)
        assert_shown(keys_of(desk->arena, &spec), "id,name", "secret");
}

static void test_list_spec_says_what_is_wrong(void **state)
{
    const QueryDesk *desk = *state;
    static const struct {
        const char *query;
        const char *code;
        const char *field; /* NULL: none is named */
    } cases[] = {
        { "offset=-1", "badParameter", "offset" },
        { "offset=x", "badParameter", "offset" },
        { "offset=1.5", "badParameter", "offset" },
        { "offset=1000000001", "badParameter", "offset" },
        { "offset=99999999999999999999", "badParameter", "offset" },
        { "offset[]=1", "badParameter", "offset" },
        { "maxSize=-1", "badParameter", "maxSize" },
        { "maxSize=%201", "badParameter", "maxSize" },
        { "maxSize=1e2", "badParameter", "maxSize" },
        { "asc=maybe", "badParameter", "asc" },
        { "totalOnly=yes", "badParameter", "totalOnly" },
        { "totalOnly=1&collectionOnly=1", "badParameter", "totalOnly" },
        { "sortBy=nothing", "unknownField", "nothing" },
        { "sortBy=makerId", "unknownField", "makerId" },
        { "sortBy=maker.name", "unknownField", "maker.name" },
        { "sortBy=shops", "unknownField", "shops" },
        { "sortBy=tags", "unknownField", "tags" },
        { "sortBy=data", "unknownField", "data" },
        { "sortBy=secret", "unknownField", "secret" },
        { "sortBy=memo", "unknownField", "memo" },
        { "sortBy=name%20DESC", "unknownField", "name DESC" },
        { "sortBy[]=name", "badParameter", "sortBy" },
        { "select=nothing", "fieldDoesNotExist", "nothing" },
        { "select=name,memo", "fieldDoesNotExist", "memo" },
        { "select=*", "fieldDoesNotExist", "*" },
        { "select[]=name", "badParameter", "select" },
        { "where[0][type]=nonsense", "unknownOperator", NULL },
        { "where=[", "badFilter", NULL },
        { "where[0=x", "badParameter", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ListSpec spec;
        const Error *error =
            list_spec_parse(desk->arena, desk->item, str_from(cases[i].query), MAX_ROWS, &spec);
        if (error == NULL)
            fail_msg("%s is taken", cases[i].query);
        assert_int_equal(error->kind, ERROR_INVALID);
        assert_string_equal(error->code, cases[i].code);
        if (cases[i].field != NULL)
            assert_shown(error->field, cases[i].field, cases[i].query);
    }
}

static void test_list_spec_limits_what_is_selected(void **state)
{
    const QueryDesk *desk = *state;
    Buf buf;
    ListSpec spec;
    buf_init(&buf, desk->arena, (size_t)1 << 20);
    buf_append(&buf, STR("select=name"));
    for (int i = 0; i < 5000; i++)
        buf_append(&buf, STR(",name"));
    /* repeated names are one; the list is short */
    assert_no_error(list_spec_parse(desk->arena, desk->item, buf_str(&buf), MAX_ROWS, &spec));
    assert_int_equal(spec.select_count, 2);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, query_desk_open, query_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_list_spec_without_parameters_is_the_entitys_own),
        DESK_TEST(test_list_spec_reads_the_page),
        DESK_TEST(test_list_spec_reads_what_is_wanted),
        DESK_TEST(test_list_spec_reads_the_order),
        DESK_TEST(test_list_spec_without_an_order_is_newest_first),
        DESK_TEST(test_list_spec_selects_keys_and_fields),
        DESK_TEST(test_list_spec_never_selects_a_secret),
        DESK_TEST(test_list_spec_says_what_is_wrong),
        DESK_TEST(test_list_spec_limits_what_is_selected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
