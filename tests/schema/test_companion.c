#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "schema/companion.h"
#include "schema/field_type.h"
#include "support/test_json.h"
#include "support/type_model.h"

static void test_a_range_becomes_its_bounds(void **state)
{
    Schema *schema = type_model_compile();
    const Entity *sample = schema_find_entity(schema, STR("Sample"));
    const Field *weight = entity_find_field(sample, STR("weight"));
    const Field *from = entity_find_field(sample, STR("weightFrom"));
    const Field *to = entity_find_field(sample, STR("weightTo"));
    (void)state;
    assert_null(weight->column);
    assert_int_equal(weight->key_count, 0);
    assert_ptr_equal(weight->from, from);
    assert_ptr_equal(weight->to, to);
    assert_ptr_equal(from->main, weight);
    assert_true(str_equal(str_from(from->type->name), STR("float")));
    assert_true(from->has_min && from->min == 0 && !from->has_max);
    assert_true(to->has_max && to->max == 100 && !to->has_min);
    assert_int_equal(to->digits, 1);
    assert_true(from->default_value != NULL && to->default_value == NULL);
    assert_true(from->is_indexed);
    assert_null(entity_find_key(sample, STR("weight")));
    assert_ptr_equal(entity_find_key(sample, STR("weightTo"))->column, to->column);
    schema_unref(schema);
}

static void test_a_unique_range_is_a_pair(void **state)
{
    Schema *schema = type_model_compile();
    const Entity *sample = schema_find_entity(schema, STR("Sample"));
    const UniqueTuple *pair = &sample->tuples[sample->tuple_count - 1];
    (void)state;
    assert_int_equal(sample->tuple_count, 2);
    assert_int_equal(pair->count, 2);
    assert_ptr_equal(pair->fields[0], entity_find_field(sample, STR("sizeFrom")));
    assert_ptr_equal(pair->fields[1], entity_find_field(sample, STR("sizeTo")));
    assert_ptr_equal(pair->shown, entity_find_field(sample, STR("size")));
    assert_false(pair->fields[0]->is_unique);
    schema_unref(schema);
}

static void test_what_a_companion_says_itself_counts_more(void **state)
{
    Arena *arena = arena_new(4096, (size_t)1 << 20);
    JsonValue completed = companion_complete(
        arena, test_json(arena, "{'a':{'type':'int'},'r':{'type':'rangeInt','required':true,"
                                "'minTo':5},'rTo':{'min':6,'required':false}}"));
    (void)state;
    assert_true(json_equal(
        &completed,
        test_json(arena, "{'a':{'type':'int'},"
                         "'r':{'type':'rangeInt','required':true,'minTo':5},"
                         "'rFrom':{'type':'int','mainField':'r','required':true},"
                         "'rTo':{'type':'int','mainField':'r','required':false,'min':6}}")));
    assert_int_equal(completed.object.count, 4);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_range_becomes_its_bounds),
        cmocka_unit_test(test_a_unique_range_is_a_pair),
        cmocka_unit_test(test_what_a_companion_says_itself_counts_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
