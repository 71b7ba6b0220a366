#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/error.h"

static int make_arena(void **state)
{
    *state = arena_new(1024, (size_t)1 << 20);
    return 0;
}

static int free_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static void test_error_knows_where_it_was_made(void **state)
{
    const Error *error = error_new(*state, ERROR_NOT_FOUND, "No '%s'", "x");
    assert_int_equal(error->line, __LINE__ - 1);
    assert_string_equal(error->file, "test_error.c");
    assert_true(str_equal(error->reason, STR("No 'x'")));
    assert_string_equal(error->code, "notFound");
    assert_true(str_is_none(error->field));
    assert_null(error->problems);
}

static void test_error_takes_a_code_of_its_own(void **state)
{
    const Error *error = error_new_code(*state, ERROR_INVALID, "badFilter", "x");
    assert_string_equal(error->code, "badFilter");
}

static void test_error_has_a_code_for_every_kind(void **state)
{
    (void)state;
    for (int kind = ERROR_INVALID; kind <= ERROR_INTERNAL; kind++) {
        const char *code = error_default_code((ErrorKind)kind);
        assert_non_null(code);
        for (int other = ERROR_INVALID; other < kind; other++)
            assert_string_not_equal(code, error_default_code((ErrorKind)other));
    }
}

static void test_field_problems_are_told_together_in_order(void **state)
{
    Arena *arena = *state;
    FieldProblems problems = { 0 };
    assert_null(error_from_problems(&problems, arena, STR("Product")));
    field_problems_add(&problems, arena, "fieldRequired", STR("name"), "Field '%s' is required.",
                       "Name");
    field_problems_add(&problems, arena, "notANumber", STR("price"), "No number");
    const Error *error = error_from_problems(&problems, arena, STR("Product"));
    assert_int_equal(error->kind, ERROR_INVALID);
    assert_string_equal(error->code, "fieldRequired");
    assert_true(str_equal(error->field, STR("name")));
    assert_true(str_equal(error->entity, STR("Product")));
    assert_true(str_equal(error->reason, STR("Field 'Name' is required.")));
    const FieldProblem *second = error->problems->next;
    assert_string_equal(second->code, "notANumber");
    assert_true(str_equal(second->field, STR("price")));
    assert_null(second->next);
}

static void test_error_copy_outlives_the_arena_it_came_from(void **state)
{
    Arena *other = arena_new(1024, (size_t)1 << 20);
    FieldProblems problems = { 0 };
    field_problems_add(&problems, other, "a", str_copy(other, STR("first")), "one");
    field_problems_add(&problems, other, "b", str_copy(other, STR("second")), "two");
    Error *error = error_from_problems(&problems, other, str_copy(other, STR("Product")));
    error->detail = str_copy(other, STR("detail"));
    error->retry_after_s = 7;
    const Error *copy = error_copy(*state, error);
    arena_free(other);
    assert_int_equal(copy->kind, ERROR_INVALID);
    assert_int_equal(copy->retry_after_s, 7);
    assert_true(str_equal(copy->reason, STR("one")));
    assert_true(str_equal(copy->entity, STR("Product")));
    assert_true(str_equal(copy->detail, STR("detail")));
    assert_true(str_equal(copy->problems->field, STR("first")));
    assert_true(str_equal(copy->problems->next->field, STR("second")));
    assert_true(str_equal(copy->problems->next->reason, STR("two")));
    assert_null(copy->problems->next->next);
}

static Error *try_it(Error *error, bool *out_went_on)
{
    TRY(error);
    *out_went_on = true;
    return NULL;
}

static void test_try_hands_an_error_up_unchanged(void **state)
{
    bool went_on = false;
    Error *error = error_new(*state, ERROR_INTERNAL, "x");
    assert_ptr_equal(try_it(error, &went_on), error);
    assert_false(went_on);
    assert_null(try_it(NULL, &went_on));
    assert_true(went_on);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_knows_where_it_was_made),
        cmocka_unit_test(test_error_takes_a_code_of_its_own),
        cmocka_unit_test(test_error_has_a_code_for_every_kind),
        cmocka_unit_test(test_field_problems_are_told_together_in_order),
        cmocka_unit_test(test_error_copy_outlives_the_arena_it_came_from),
        cmocka_unit_test(test_try_hands_an_error_up_unchanged),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
