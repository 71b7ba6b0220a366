#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "schema/field_type.h"
#include "schema/premise.h"
#include "support/test_database.h"
#include "support/test_json.h"
#include "support/type_model.h"

typedef struct Desk {
    Arena *arena;
    Schema *schema;
    const Entity *sample;
} Desk;

static int open_desk(void **state)
{
    Desk *desk = calloc(1, sizeof *desk);
    desk->arena = arena_new((size_t)64 << 10, (size_t)64 << 20);
    desk->schema = type_model_compile();
    desk->sample = schema_find_entity(desk->schema, STR("Sample"));
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    Desk *desk = *state;
    schema_unref(desk->schema);
    arena_free(desk->arena);
    free(desk);
    return 0;
}

/* Two groups, or a failure when the owner says so. */
static Error *find_links(void *owner, const Field *field, const Str **out_ids, size_t *out_count)
{
    static const Str ids[] = { { "g1", 2 }, { "g2", 2 } };
    assert_true(str_equal(field->name, STR("groups")));
    if (owner != NULL)
        return error_new(owner, ERROR_INTERNAL, "no links");
    *out_ids = ids;
    *out_count = 2;
    return NULL;
}

static const char record[] =
    "{'code':'AB1','raw':'','cost':2.5,'rank':3,'isFinal':true,'day':'2025-06-15',"
    "'seenAt':'2025-06-15 "
    "12:00:00','due':'2025-06-16','state':'ready','words':['a','b'],'marks':[],"
    "'counts':[1,2],'group':'g7'}";

static SqlValue *record_values(Desk *desk)
{
    SqlValue *values = ARENA_ARRAY(desk->arena, SqlValue, desk->sample->column_count);
    const JsonValue *given = test_json(desk->arena, record);
    for (size_t i = 0; i < given->object.count; i++) {
        const Field *field = entity_find_field(desk->sample, given->object.members[i].key);
        FieldProblems problems = { 0 };
        assert_true(field_read(desk->arena, field, &given->object.members[i].value, &problems,
                               &values[field->column->index]));
    }
    return values;
}

static bool holds(Desk *desk, const char *condition, Arena *failing)
{
    const Conditional *conditional = NULL;
    bool is_so = false;
    Str definition = str_format(desk->arena, "{'visible':{'conditionGroup':[%s]}}", condition);
    PremiseFacts facts = { .values = record_values(desk),
                           .user_id = STR("u1"),
                           .now = STR("2025-06-15 18:00:00"),
                           .find_links = find_links,
                           .owner = failing };
    assert_no_error(conditional_compile(desk->arena, &desk->sample->fields[0],
                                        test_json(desk->arena, str_copy_c(desk->arena, definition)),
                                        &conditional));
    const Error *error = premise_holds(desk->arena, conditional->visible, &facts, &is_so);
    assert_true((error != NULL) == (failing != NULL));
    return is_so;
}

/* clang-format off */
static const struct { const char *condition; bool holds; } cases[] = {
    { "{'type':'equals','attribute':'state','value':'ready'}", true }, { "{'type':'equals','attribute':'state','value':'new'}", false },
    { "{'type':'equals','attribute':'rank','value':'3'}", true }, { "{'type':'equals','attribute':'cost','value':2.50}", true },
    { "{'type':'equals','attribute':'code','value':5}", false }, { "{'type':'equals','attribute':'isFinal','value':'true'}", true },
    { "{'type':'equals','attribute':'lang','value':null}", true }, { "{'type':'equals','attribute':'state','value':null}", false },
    { "{'type':'equals','attribute':'groupId','value':'g7'}", true }, { "{'type':'equals','attribute':'group','value':'g7'}", true },
    { "{'type':'equals','attribute':'__currentUserId','value':'u1'}", true }, { "{'type':'equals','attribute':'__currentUserId','value':'u2'}", false },
    { "{'type':'notEquals','attribute':'state','value':'new'}", true }, { "{'type':'notEquals','attribute':'state','value':'ready'}", false },
    { "{'type':'notEquals','attribute':'lang','value':'de_DE'}", true },
    { "{'type':'isEmpty','attribute':'raw'}", true }, { "{'type':'isEmpty','attribute':'lang'}", true }, { "{'type':'isEmpty','attribute':'marks'}", true },
    { "{'type':'isEmpty','attribute':'langs'}", true }, { "{'type':'isEmpty','attribute':'words'}", false }, { "{'type':'isEmpty','attribute':'groups'}", false },
    { "{'type':'isEmpty','attribute':'rows'}", true }, { "{'type':'isNotEmpty','attribute':'words'}", true }, { "{'type':'isNotEmpty','attribute':'raw'}", false },
    { "{'type':'isTrue','attribute':'isFinal'}", true }, { "{'type':'isFalse','attribute':'isFinal'}", false }, { "{'type':'isFalse','attribute':'deleted'}", true },
    { "{'type':'contains','attribute':'words','value':'b'}", true }, { "{'type':'contains','attribute':'words','value':'c'}", false },
    { "{'type':'contains','attribute':'groups','value':'g2'}", true }, { "{'type':'contains','attribute':'groupsIds','value':'g3'}", false },
    { "{'type':'notContains','attribute':'marks','value':'a'}", true }, { "{'type':'notContains','attribute':'langs','value':'a'}", true },
    { "{'type':'has','attribute':'words','value':'a'}", true }, { "{'type':'notHas','attribute':'words','value':'a'}", false },
    { "{'type':'has','attribute':'counts','value':2}", true }, { "{'type':'has','attribute':'counts','value':'3'}", false },
    { "{'type':'greaterThan','attribute':'cost','value':2}", true }, { "{'type':'greaterThan','attribute':'cost','value':2.5}", false },
    { "{'type':'greaterThan','attribute':'share','value':-5}", false }, { "{'type':'lessThan','attribute':'share','value':5}", false },
    { "{'type':'lessThan','attribute':'rank','value':3.5}", true }, { "{'type':'lessThan','attribute':'day','value':'2025-06-15'}", false },
    { "{'type':'greaterThanOrEquals','attribute':'rank','value':3}", true }, { "{'type':'lessThanOrEquals','attribute':'seenAt','value':'2025-06-15'}", false },
    { "{'type':'lessThanOrEquals','attribute':'day','value':'2025-06-15'}", true }, { "{'type':'greaterThan','attribute':'code','value':'AA'}", true },
    { "{'type':'in','attribute':'state','value':['new','ready']}", true }, { "{'type':'in','attribute':'state','value':[]}", false },
    { "{'type':'in','attribute':'state','value':'ready'}", true }, { "{'type':'notIn','attribute':'state','value':['new']}", true },
    { "{'type':'notIn','attribute':'lang','value':['de_DE']}", true }, { "{'type':'in','attribute':'rank','value':['3',4]}", true },
    { "{'type':'isToday','attribute':'day'}", true }, { "{'type':'isToday','attribute':'seenAt'}", true }, { "{'type':'isToday','attribute':'due'}", false },
    { "{'type':'inPast','attribute':'day'}", false }, { "{'type':'inPast','attribute':'seenAt'}", true }, { "{'type':'inFuture','attribute':'due'}", true },
    { "{'type':'inFuture','attribute':'day'}", false }, { "{'type':'inFuture','attribute':'createdAt'}", false }, { "{'type':'isToday','attribute':'createdAt'}", false },
    { "{'type':'isTrue','attribute':'isFinal'},{'type':'isEmpty','attribute':'words'}", false },
    { "{'type':'or','value':[{'type':'isEmpty','attribute':'words'},{'type':'isTrue','attribute':'isFinal'}]}", true },
    { "{'type':'or','value':[]}", false }, { "{'type':'and','value':[]}", true },
    { "{'type':'not','value':{'type':'isEmpty','attribute':'words'}}", true },
    { "{'type':'not','value':[{'type':'isTrue','attribute':'isFinal'}]}", false },
    { "{'type':'not','value':{'type':'or','value':[{'type':'isEmpty','attribute':'words'},{'type':'has','attribute':'words','value':'z'}]}}", true },
};
/* clang-format on */

static void test_premises_hold_as_they_say(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (holds(*state, cases[i].condition, NULL) != cases[i].holds)
            fail_msg("%s %s", cases[i].condition, cases[i].holds ? "does not hold" : "holds");
}

static void test_a_premise_that_fails_does_not_hold(void **state)
{
    Desk *desk = *state;
    assert_false(
        holds(desk, "{'type':'notContains','attribute':'groups','value':'g9'}", desk->arena));
    assert_false(
        holds(desk, "{'type':'not','value':{'type':'contains','attribute':'groups','value':'g9'}}",
              desk->arena));
}

static void test_an_empty_group_says_nothing(void **state)
{
    Desk *desk = *state;
    assert_false(holds(desk, "", NULL));
}

static void test_premises_are_not_endlessly_deep(void **state)
{
    Desk *desk = *state;
    const Conditional *conditional = NULL;
    Str condition = STR("{'type':'isTrue','attribute':'isFinal'}");
    for (int i = 0; i < PREMISE_MAX_DEPTH; i++)
        condition = str_format(desk->arena, "{'type':'not','value':%.*s}", STR_ARGS(condition));
    Str definition =
        str_format(desk->arena, "{'required':{'conditionGroup':[%.*s]}}", STR_ARGS(condition));
    const Error *error = conditional_compile(
        desk->arena, &desk->sample->fields[0],
        test_json(desk->arena, str_copy_c(desk->arena, definition)), &conditional);
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_premises_hold_as_they_say),
        cmocka_unit_test(test_a_premise_that_fails_does_not_hold),
        cmocka_unit_test(test_an_empty_group_says_nothing),
        cmocka_unit_test(test_premises_are_not_endlessly_deep),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
