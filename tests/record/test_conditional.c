#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record/conditional.h"
#include "record_desk.h"
#include "support/test_database.h"
#include "support/test_json.h"

static void assert_key(RecordDesk *desk, const char *key, const char *expected)
{
    const JsonValue *got = json_find(record_desk_read(desk, "Sample", "s1"), str_from(key));
    if (got == NULL || !json_equal(got, test_json(desk->arena, expected)))
        fail_msg("%s is not %s", key, expected);
}

static void create(RecordDesk *desk, const char *body)
{
    assert_no_error(record_desk_create(desk, "Sample", body, NULL));
}

static RecordOutcome update(RecordDesk *desk, const char *body)
{
    RecordResult result;
    assert_no_error(record_desk_update(desk, "Sample", "s1", body, &result));
    return result.outcome;
}

static void test_a_field_is_required_while_its_premise_holds(void **state)
{
    RecordDesk *desk = *state;
    create(desk, "{'id':'s1','price':null,'hint':null}");
    const Error *error = record_desk_update(desk, "Sample", "s1", "{'state':'ready'}", NULL);
    assert_problem(error, "price", "fieldRequired");
    assert_problem(error, "hint", "fieldRequired");
    assert_problem(record_desk_create(desk, "Sample", "{'state':'ready','price':null}", NULL),
                   "price", "fieldRequired");
    assert_int_equal(update(desk, "{'state':'ready','price':1,'hint':'x'}"), RECORD_UPDATED);
    assert_problem(record_desk_update(desk, "Sample", "s1", "{'price':null}", NULL), "price",
                   "fieldRequired");
    assert_int_equal(update(desk, "{'state':'new','price':null}"), RECORD_UPDATED);
}

static void test_a_field_that_is_protected_now_keeps_its_value(void **state)
{
    RecordDesk *desk = *state;
    create(desk, "{'id':'s1','price':1}");
    assert_int_equal(update(desk, "{'state':'done','price':2,'groupsIds':['g2']}"), RECORD_UPDATED);
    assert_key(desk, "price", "1");
    assert_key(desk, "groupsIds", "['g1']");
    assert_int_equal(update(desk, "{'price':3,'groupsIds':[]}"), RECORD_UNCHANGED);
    /* as the record would be after the save: not done any more */
    assert_int_equal(update(desk, "{'state':'new','price':4}"), RECORD_UPDATED);
    assert_key(desk, "price", "4");
}

static void test_a_new_record_has_the_default_of_a_protected_field(void **state)
{
    RecordDesk *desk = *state;
    create(desk, "{'id':'s1','state':'done','price':2,'groupsIds':['g2'],'isFinal':false}");
    assert_key(desk, "price", "5");
    assert_key(desk, "groupsIds", "['g1']");
    assert_key(desk, "isFinal", "true");
}

static void test_a_new_record_has_nothing_in_a_protected_field(void **state)
{
    RecordDesk *desk = *state;
    create(desk, "{'id':'s1','state':'done','seal':'x'}");
    assert_key(desk, "seal", "null");
    create(desk, "{'id':'s2','seal':'x'}");
    assert_true(
        str_equal(json_find_text(record_desk_read(desk, "Sample", "s2"), STR("seal")), STR("x")));
}

static void test_what_is_refused_is_not_missing_as_well(void **state)
{
    RecordDesk *desk = *state;
    create(desk, "{'id':'s1','price':null,'hint':'x'}");
    const Error *error =
        record_desk_update(desk, "Sample", "s1", "{'state':'ready','price':'much'}", NULL);
    assert_problem(error, "price", "notANumber");
    assert_null(error->problems->next);
}

static void test_options_are_disabled_while_their_premise_holds(void **state)
{
    RecordDesk *desk = *state;
    create(desk, "{'id':'s1','choice':'z','groupsIds':['g1'],'code':'AB1','kinds':['x','y']}");
    assert_problem(record_desk_update(desk, "Sample", "s1", "{'groupsIds':['g1','g2']}", NULL),
                   "choice", "optionDisabled");
    assert_problem(record_desk_update(desk, "Sample", "s1",
                                      "{'groupsIds':['g2'],'groupsAddOnlyMode':true}", NULL),
                   "choice", "optionDisabled");
    assert_int_equal(update(desk, "{'groupsIds':['g2'],'choice':'x'}"), RECORD_UPDATED);
    /* what the body does not say is what is stored */
    assert_problem(record_desk_update(desk, "Sample", "s1", "{'choice':'y'}", NULL), "choice",
                   "optionDisabled");
    assert_problem(record_desk_update(desk, "Sample", "s1", "{'code':null}", NULL), "kinds",
                   "optionDisabled");
    assert_problem(record_desk_create(desk, "Sample", "{'kinds':['y']}", NULL), "kinds",
                   "optionDisabled");
    create(desk, "{'kinds':['x']}");
}

static void test_a_default_may_wait_until_its_field_is_required(void **state)
{
    RecordDesk *desk = *state;
    create(desk, "{'id':'s1'}");
    assert_key(desk, "hint", "null");
    assert_no_error(record_desk_delete(desk, "Sample", "s1", true));
    create(desk, "{'id':'s1','state':'ready'}");
    assert_key(desk, "hint", "'h'");
}

static void test_what_only_forms_follow_can_be_asked(void **state)
{
    RecordDesk *desk = *state;
    Task task;
    RecordDraft draft;
    record_desk_begin(desk, &task);
    const Entity *sample = record_desk_entity(desk, "Sample");
    const Field *price = entity_find_field(sample, STR("price"));
    draft_begin_new(&task, sample, &draft);
    assert_false(conditional_holds(&task, &draft, price->conditional->visible));
    assert_false(conditional_holds(&task, &draft, price->conditional->required));
    draft_set(&draft, entity_find_field(sample, STR("state")), sql_text(STR("ready")));
    assert_true(conditional_holds(&task, &draft, price->conditional->required));
    assert_false(conditional_holds(&task, &draft, price->conditional->read_only));
    task_end(&task);
}

#define DESK_TEST(test) \
    cmocka_unit_test_setup_teardown(test, record_desk_open_types, record_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_a_field_is_required_while_its_premise_holds),
        DESK_TEST(test_a_field_that_is_protected_now_keeps_its_value),
        DESK_TEST(test_a_new_record_has_the_default_of_a_protected_field),
        DESK_TEST(test_a_new_record_has_nothing_in_a_protected_field),
        DESK_TEST(test_what_is_refused_is_not_missing_as_well),
        DESK_TEST(test_options_are_disabled_while_their_premise_holds),
        DESK_TEST(test_a_default_may_wait_until_its_field_is_required),
        DESK_TEST(test_what_only_forms_follow_can_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
