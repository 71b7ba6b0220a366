#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record_desk.h"
#include "support/test_database.h"
#include "support/test_json.h"

static const JsonValue *read_key(RecordDesk *desk, const char *id, const char *key)
{
    const JsonValue *value = json_find(record_desk_read(desk, "Sample", id), str_from(key));
    if (value == NULL)
        fail_msg("no '%s' in the record", key);
    return value;
}

static void assert_key(RecordDesk *desk, const char *id, const char *key, const char *expected)
{
    if (!json_equal(read_key(desk, id, key), test_json(desk->arena, expected)))
        fail_msg("%s of %s is not %s", key, id, expected);
}

static void create(RecordDesk *desk, const char *body)
{
    assert_no_error(record_desk_create(desk, "Sample", body, NULL));
}

static void test_defaults_fill_what_is_absent(void **state)
{
    RecordDesk *desk = *state;
    create(desk, "{'id':'s1'}");
    assert_key(desk, "s1", "words", "['new']");
    assert_key(desk, "s1", "state", "'new'");
    assert_key(desk, "s1", "price", "5");
    assert_key(desk, "s1", "weightFrom", "1");
    assert_key(desk, "s1", "weightTo", "null");
    assert_key(desk, "s1", "keeperId", "'u1'");
    assert_key(desk, "s1", "groupId", "'g1'");
    assert_key(desk, "s1", "groupsIds", "['g1']");
    assert_key(desk, "s1", "note", "''");
    assert_key(desk, "s1", "cost", "0");
    assert_key(desk, "s1", "calc", "null"); /* a script is no value */
    create(desk, "{'id':'s2','words':null,'state':'','price':null,'weightFrom':null,"
                 "'groupId':null,'groupsIds':[],'keeperId':null}");
    assert_key(desk, "s2", "words", "null");
    assert_key(desk, "s2", "state", "''");
    assert_key(desk, "s2", "price", "null");
    assert_key(desk, "s2", "weightFrom", "null");
    assert_key(desk, "s2", "keeperId", "null");
    assert_key(desk, "s2", "groupId", "null");
    assert_key(desk, "s2", "groupsIds", "[]");
}

static void test_ranges_are_two_values(void **state)
{
    RecordDesk *desk = *state;
    create(desk,
           "{'id':'s1','weightFrom':1.25,'weightTo':'20','weight':7,'sizeFrom':3,'sizeTo':3}");
    assert_key(desk, "s1", "weightFrom", "1.3");
    assert_key(desk, "s1", "weightTo", "20");
    assert_key(desk, "s1", "sizeFrom", "3");
    assert_null(json_find(record_desk_read(desk, "Sample", "s1"), STR("weight")));
    const Error *error =
        record_desk_update(desk, "Sample", "s1", "{'weightFrom':30,'sizeTo':2}", NULL);
    assert_problem(error, "weight", "rangeInverted");
    assert_problem(error, "size", "rangeInverted");
    error = record_desk_update(desk, "Sample", "s1", "{'weightFrom':-1,'weightTo':101}", NULL);
    assert_problem(error, "weightFrom", "outOfRange");
    assert_problem(error, "weightTo", "outOfRange");
    assert_no_error(record_desk_update(desk, "Sample", "s1", "{'weightTo':null}", NULL));
    assert_key(desk, "s1", "weightTo", "null");
}

static void test_ranges_are_found_sorted_and_selected_by_their_bounds(void **state)
{
    RecordDesk *desk = *state;
    create(desk, "{'id':'s1','weightFrom':1,'weightTo':5}");
    create(desk, "{'id':'s2','weightFrom':3,'weightTo':4}");
    assert_int_equal(record_desk_total(desk, "Sample",
                                       "where[0][type]=greaterThan&where[0][attribute]=weightFrom"
                                       "&where[0][value]=2"),
                     1);
    const JsonValue *list = json_find(
        record_desk_list(desk, "Sample", "select=weight&sortBy=weightTo&asc=true"), STR("list"));
    assert_true(
        json_equal(list, test_json(desk->arena, "[{'id':'s2','weightFrom':3,'weightTo':4},"
                                                "{'id':'s1','weightFrom':1,'weightTo':5}]")));
}

static void test_a_unique_range_is_unique_as_a_pair(void **state)
{
    RecordDesk *desk = *state;
    create(desk, "{'sizeFrom':1,'sizeTo':2}");
    create(desk, "{'sizeFrom':1,'sizeTo':3}");
    create(desk, "{'sizeFrom':1}");
    create(desk, "{'sizeFrom':1}"); /* half of one is not compared */
    assert_problem(record_desk_create(desk, "Sample", "{'sizeFrom':1,'sizeTo':2}", NULL), "size",
                   "notUnique");
}

static void test_unique_values_of_every_type_are_kept_apart(void **state)
{
    static const struct {
        const char *body;
        const char *field;
    } cases[] = {
        { "{'code':'AB1'}", "code" },
        { "{'site':'https://a.b'}", "site" },
        { "{'mail':'a@example.com'}", "mail" },
        { "{'colour':'#123456'}", "colour" },
        { "{'rank':7}", "rank" },
        { "{'share':0.5}", "share" },
        { "{'day':'2025-01-02'}", "day" },
        { "{'seenAt':'2025-01-02T03:04:05Z'}", "seenAt" },
        { "{'raw':'x','took':5}", "raw" },
    };
    RecordDesk *desk = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        create(desk, cases[i].body);
        assert_problem(record_desk_create(desk, "Sample", cases[i].body, NULL), cases[i].field,
                       "notUnique");
    }
    assert_problem(record_desk_create(desk, "Sample", "{'rank':7.0}", NULL), "rank", "notUnique");
    for (int i = 0; i < 2; i++)
        create(desk, "{'code':'','site':'','mail':'','colour':'','rank':null}");
    create(desk, "{'raw':'x','took':6}");
    assert_counters_are_exact(desk);
}

static void test_numbers_are_assigned_and_never_taken(void **state)
{
    RecordDesk *desk = *state;
    create(desk, "{'id':'s1','number':77}");
    create(desk, "{'id':'s2'}");
    int64_t first = read_key(desk, "s1", "number")->integer;
    assert_int_equal(read_key(desk, "s2", "number")->integer, first + 1);
    assert_no_error(record_desk_update(desk, "Sample", "s1", "{'number':99,'name':'x'}", NULL));
    assert_int_equal(read_key(desk, "s1", "number")->integer, first);
    /* a number is not given again, whatever became of its record */
    assert_no_error(record_desk_delete(desk, "Sample", "s2", true));
    assert_problem(record_desk_create(desk, "Sample", "{'rank':0}", NULL), "rank", "outOfRange");
    create(desk, "{'id':'s3'}");
    assert_true(read_key(desk, "s3", "number")->integer > first + 1);
}

static void test_a_parent_is_a_record_of_any_entity(void **state)
{
    RecordDesk *desk = *state;
    create(desk, "{'id':'s1','name':'First','aboutId':'g1','aboutType':'Group','aboutName':'x'}");
    create(desk, "{'id':'s2','aboutId':'s1','aboutType':'Sample'}");
    create(desk, "{'id':'s3'}");
    assert_key(desk, "s1", "aboutName", "'One'");
    assert_key(desk, "s3", "aboutName", "null");
    const JsonValue *list =
        json_find(record_desk_list(desk, "Sample", "select=about&sortBy=id&asc=true"), STR("list"));
    assert_true(json_equal(
        list, test_json(desk->arena,
                        "[{'id':'s1','aboutId':'g1','aboutType':'Group','aboutName':'One'},"
                        "{'id':'s2','aboutId':'s1','aboutType':'Sample','aboutName':'First'},"
                        "{'id':'s3','aboutId':null,'aboutType':null,'aboutName':null}]")));
    assert_int_equal(record_desk_total(desk, "Sample",
                                       "where[0][type]=equals&where[0][attribute]=aboutType"
                                       "&where[0][value]=Sample"),
                     1);
    assert_no_error(record_desk_delete(desk, "Group", "g1", false));
    assert_key(desk, "s1", "aboutName", "null");
    assert_no_error(record_desk_update(desk, "Sample", "s1", "{'name':'x','aboutId':'g1'}", NULL));
    assert_no_error(
        record_desk_update(desk, "Sample", "s2", "{'aboutId':'','aboutType':null}", NULL));
    assert_key(desk, "s2", "aboutId", "null");
}

static void test_a_parent_must_be_whole_and_there(void **state)
{
    static const struct {
        const char *body;
        const char *field;
        const char *code;
    } cases[] = {
        { "{'aboutId':'g1'}", "aboutType", "fieldRequired" },
        { "{'aboutType':'Group'}", "aboutId", "fieldRequired" },
        { "{'aboutId':'g9','aboutType':'Group'}", "about", "noSuchRecord" },
        { "{'aboutId':'g1','aboutType':'User'}", "about", "noSuchRecord" },
        { "{'aboutId':'g1','aboutType':'Nonsense'}", "aboutType", "noSuchOption" },
        { "{'aboutId':[],'aboutType':'Group'}", "aboutId", "badId" },
        { "{'ownerId':'s1','ownerType':'Sample'}", "ownerType", "noSuchOption" },
    };
    RecordDesk *desk = *state;
    create(desk, "{'id':'s1'}");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_problem(record_desk_create(desk, "Sample", cases[i].body, NULL), cases[i].field,
                       cases[i].code);
    create(desk, "{'ownerId':'g1','ownerType':'Group'}");
}

static void test_every_problem_is_told_once(void **state)
{
    RecordDesk *desk = *state;
    const Error *error = record_desk_create(
        desk, "Sample",
        "{'code':'ab','bytes':'abcde','mail':'x','rank':'x','lang':'xx','words':[''],'level':9,"
        "'day':'2025-02-30','sizeFrom':5,'sizeTo':4,'state':'ready','price':'much','marks':['q']}",
        NULL);
    assert_problem(error, "code", "patternMismatch");
    assert_problem(error, "bytes", "maxLengthExceeded");
    assert_problem(error, "mail", "patternMismatch");
    assert_problem(error, "rank", "notANumber");
    assert_problem(error, "lang", "noSuchOption");
    assert_problem(error, "words", "emptyItem");
    assert_problem(error, "level", "noSuchOption");
    assert_problem(error, "day", "dateInvalid");
    assert_problem(error, "size", "rangeInverted");
    assert_problem(error, "price", "notANumber");
    assert_problem(error, "marks", "noSuchOption");
    size_t count = 0;
    for (const FieldProblem *problem = error->problems; problem != NULL; problem = problem->next)
        count++;
    assert_int_equal(count, 11);
    assert_true(str_equal(error->field, STR("code")));
}

#define DESK_TEST(test) \
    cmocka_unit_test_setup_teardown(test, record_desk_open_types, record_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_defaults_fill_what_is_absent),
        DESK_TEST(test_ranges_are_two_values),
        DESK_TEST(test_ranges_are_found_sorted_and_selected_by_their_bounds),
        DESK_TEST(test_a_unique_range_is_unique_as_a_pair),
        DESK_TEST(test_unique_values_of_every_type_are_kept_apart),
        DESK_TEST(test_numbers_are_assigned_and_never_taken),
        DESK_TEST(test_a_parent_is_a_record_of_any_entity),
        DESK_TEST(test_a_parent_must_be_whole_and_there),
        DESK_TEST(test_every_problem_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
