#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record_desk.h"
#include "support/test_database.h"
#include "support/test_json.h"

static void assert_key(RecordDesk *desk, const char *key, const char *expected)
{
    const JsonValue *got = json_find(record_desk_read(desk, "Sample", "s1"), str_from(key));
    if (got == NULL || !json_equal(got, test_json(desk->arena, expected)))
        fail_msg("%s is not %s", key, expected);
}

static RecordOutcome update(RecordDesk *desk, const char *body)
{
    RecordResult result;
    assert_no_error(record_desk_update(desk, "Sample", "s1", body, &result));
    return result.outcome;
}

static void create(RecordDesk *desk)
{
    assert_no_error(record_desk_create(
        desk, "Sample", "{'id':'s1','words':['a'],'marks':['a'],'counts':[1],'groupsIds':['g1']}",
        NULL));
}

static void test_add_only_adds_what_is_missing(void **state)
{
    RecordDesk *desk = *state;
    create(desk);
    assert_int_equal(update(desk, "{'words':['b','a','b'],'wordsAddOnlyMode':true,"
                                  "'marks':['c','a'],'marksAddOnlyMode':true,"
                                  "'counts':[1,2],'countsAddOnlyMode':true,"
                                  "'groupsIds':['g2'],'groupsAddOnlyMode':true}"),
                     RECORD_UPDATED);
    assert_key(desk, "words", "['a','b']");
    assert_key(desk, "marks", "['a','c']");
    assert_key(desk, "counts", "[1,2]");
    assert_key(desk, "groupsIds", "['g1','g2']");
    assert_counters_are_exact(desk);
}

static void test_add_only_adds_nothing_of_nothing(void **state)
{
    RecordDesk *desk = *state;
    create(desk);
    assert_int_equal(update(desk, "{'words':null,'wordsAddOnlyMode':true,"
                                  "'marks':[],'marksAddOnlyMode':true,"
                                  "'groupsIds':null,'groupsAddOnlyMode':true}"),
                     RECORD_UNCHANGED);
    assert_int_equal(update(desk, "{'words':['a'],'wordsAddOnlyMode':true,"
                                  "'groupsIds':['g1'],'groupsIdsAddOnlyMode':true,"
                                  "'codeAddOnlyMode':false,'nonsenseAddOnlyMode':true}"),
                     RECORD_UNCHANGED);
    assert_key(desk, "words", "['a']");
    assert_key(desk, "groupsIds", "['g1']");
}

static void test_add_only_checks_what_it_adds(void **state)
{
    RecordDesk *desk = *state;
    create(desk);
    assert_problem(
        record_desk_update(desk, "Sample", "s1", "{'marks':['z'],'marksAddOnlyMode':true}", NULL),
        "marks", "noSuchOption");
    assert_problem(record_desk_update(desk, "Sample", "s1",
                                      "{'groupsIds':['g9'],'groupsAddOnlyMode':true}", NULL),
                   "groups", "noSuchRecord");
    const Error *error =
        record_desk_update(desk, "Sample", "s1", "{'code':'AB1','codeAddOnlyMode':true}", NULL);
    assert_code(error, "badParameter");
    assert_true(str_equal(error->field, STR("codeAddOnlyMode")));
}

static void test_add_only_to_nothing_is_what_is_sent(void **state)
{
    RecordDesk *desk = *state;
    assert_no_error(record_desk_create(desk, "Sample",
                                       "{'id':'s1','marks':['b'],'marksAddOnlyMode':true,"
                                       "'groupsIds':['g2'],'groupsAddOnlyMode':true}",
                                       NULL));
    assert_key(desk, "marks", "['b']");
    assert_key(desk, "groupsIds", "['g2']");
    update(desk, "{'langs':['de_DE'],'langsAddOnlyMode':true}");
    assert_key(desk, "langs", "['de_DE']");
    update(desk, "{'marks':['c']}");
    assert_key(desk, "marks", "['c']");
}

#define DESK_TEST(test) \
    cmocka_unit_test_setup_teardown(test, record_desk_open_types, record_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_add_only_adds_what_is_missing),
        DESK_TEST(test_add_only_adds_nothing_of_nothing),
        DESK_TEST(test_add_only_checks_what_it_adds),
        DESK_TEST(test_add_only_to_nothing_is_what_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
