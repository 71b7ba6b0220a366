#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "json/json_reader.h"
#include "record/link.h"
#include "record_desk.h"
#include "support/test_database.h"

/* No answer may ask once a row: what a page of one record takes, a page of all must take. */

#define PRODUCTS 200

static void create(RecordDesk *desk, const char *entity, Str body)
{
    assert_no_error(record_desk_create(desk, entity, str_copy_c(desk->arena, body), NULL));
}

/* Products with everything that a page may have to look up: a brand, an owner, categories. */
static void add_catalogue(RecordDesk *desk)
{
    create(desk, "Category", STR("{'id':'c1','name':'All'}"));
    create(desk, "Category", STR("{'id':'c2','name':'Some'}"));
    create(desk, "Association", STR("{'id':'a1','name':'Accessory'}"));
    for (int i = 0; i < PRODUCTS; i++) {
        Arena *arena = desk->arena;
        create(desk, "Brand", str_format(arena, "{'id':'b%d','name':'Brand %d'}", i, i));
        create(desk, "Product",
               str_format(arena,
                          "{'id':'p%d','name':'Product %d','brandId':'b%d',"
                          "'categoriesIds':['c1','c2']}",
                          i, i, i));
        create(desk, "AssociatedProduct",
               str_format(
                   arena,
                   "{'associationId':'a1','associatingItemId':'p0','associatedItemId':'p%d'}", i));
    }
}

/* A list, or the linked list of `from_id`; gives how many records came. */
typedef struct Question {
    const char *entity;
    const char *from_id;
    const char *link;
    const char *query;
} Question;

static uint64_t count_statements(RecordDesk *desk, const Question *question, int page_rows,
                                 size_t *out_rows)
{
    Task task;
    ListSpec spec;
    Buf buf;
    const JsonValue *answer = NULL;
    const Entity *entity = record_desk_entity(desk, question->entity);
    Str query = str_format(desk->arena, "maxSize=%d&%s", page_rows, question->query);
    record_desk_begin(desk, &task);
    buf_init(&buf, desk->arena, (size_t)16 << 20);
    assert_no_error(task_reader(&task));
    uint64_t before = sql_statement_count(task.sql);
    if (question->link == NULL) {
        assert_no_error(list_spec_parse(desk->arena, entity, query, 1000, &spec));
        assert_no_error(record_list(&task, &spec, &buf));
    } else {
        const Link *link = entity_find_link(entity, str_from(question->link));
        assert_no_error(list_spec_parse_linked(desk->arena, link, str_from(question->from_id),
                                               query, 1000, &spec));
        assert_no_error(link_list(&task, &spec, &buf));
    }
    uint64_t count = sql_statement_count(task.sql) - before;
    task_end(&task);
    assert_no_error(json_read(desk->arena, buf_str(&buf), &answer));
    *out_rows = json_find(answer, STR("list"))->list.count;
    return count;
}

static void test_a_page_takes_as_many_statements_for_one_record_as_for_all(void **state)
{
    static const Question questions[] = {
        { "Product", NULL, NULL, "" },
        { "Product", NULL, NULL, "select=name,brand,ownerUser,createdBy,categories,channels" },
        { "Product", NULL, NULL, "sortBy=brand&select=associatedItems,brandName" },
        { "Brand", NULL, NULL, "select=name,products" },
        { "ProductCategory", NULL, NULL, "" },
        { "Category", "c1", "products", "" },
        { "Category", "c1", "products", "select=name,categories,ProductCategory__sorting" },
        { "Product", "p0", "associatedItems", "" },
        { "Product", "p0", "associatedItemRelations", "" },
    };
    RecordDesk *desk = *state;
    add_catalogue(desk);
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        size_t rows = 0;
        count_statements(desk, &questions[i], 1, &rows); /* its total is kept from now on */
        uint64_t few = count_statements(desk, &questions[i], 1, &rows);
        assert_int_equal(rows, 1);
        uint64_t all = count_statements(desk, &questions[i], PRODUCTS, &rows);
        assert_int_equal(rows, PRODUCTS);
        assert_int_equal(all, few);
        assert_in_range(few, 2, 9);
    }
}

static uint64_t count_for_read(RecordDesk *desk, const char *entity, const char *id,
                               const char *select)
{
    Task task;
    ListSpec spec = { 0 };
    Buf buf;
    const JsonValue *parameters = NULL;
    Str text = str_format(desk->arena, "{\"select\":\"%s\"}", select);
    assert_no_error(json_read(desk->arena, text, &parameters));
    record_desk_begin(desk, &task);
    buf_init(&buf, desk->arena, (size_t)16 << 20);
    assert_no_error(task_reader(&task));
    assert_no_error(
        list_spec_parse_select(desk->arena, record_desk_entity(desk, entity), parameters, &spec));
    uint64_t before = sql_statement_count(task.sql);
    assert_no_error(
        record_read(&task, record_desk_entity(desk, entity), str_from(id), &spec, &buf));
    uint64_t count = sql_statement_count(task.sql) - before;
    task_end(&task);
    return count;
}

static void test_a_read_takes_as_many_statements_for_one_linked_record_as_for_all(void **state)
{
    RecordDesk *desk = *state;
    add_catalogue(desk);
    uint64_t few = count_for_read(desk, "Product", "p1", "name,brand,categories,associatedItems");
    assert_int_equal(
        few, count_for_read(desk, "Product", "p0", "name,brand,categories,associatedItems"));
    assert_int_equal(few, 3);
    assert_int_equal(count_for_read(desk, "Category", "c1", "name,products"), 2);
}

static void test_a_read_of_everything_takes_a_statement_a_loaded_list(void **state)
{
    RecordDesk *desk = *state;
    add_catalogue(desk);
    uint64_t few = count_for_read(desk, "Product", "p1", "");
    assert_in_range(few, 3, 9);
    assert_int_equal(count_for_read(desk, "Product", "p0", ""), few);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_a_page_takes_as_many_statements_for_one_record_as_for_all, record_desk_open,
            record_desk_close),
        cmocka_unit_test_setup_teardown(
            test_a_read_takes_as_many_statements_for_one_linked_record_as_for_all, record_desk_open,
            record_desk_close),
        cmocka_unit_test_setup_teardown(test_a_read_of_everything_takes_a_statement_a_loaded_list,
                                        record_desk_open, record_desk_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
