#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "schema/field_type.h"
#include "support/test_json.h"
#include "support/test_model.h"

typedef struct Desk {
    Arena *arena;
    Schema *schema;
    const Entity *item;
} Desk;

static int open_desk(void **state)
{
    Desk *desk = calloc(1, sizeof *desk);
    desk->arena = arena_new((size_t)64 << 10, (size_t)64 << 20);
    desk->schema = test_model_compile();
    desk->item = schema_find_entity(desk->schema, STR("Item"));
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

/* Text in quotes, real numbers with an `r`. */
static Str shown(Arena *arena, const SqlValue *value)
{
    char digits[40];
    switch (value->kind) {
    case SQL_NULL:
        return STR("NULL");
    case SQL_INT:
        return str_format(arena, "%lld", (long long)value->integer);
    case SQL_REAL:
        snprintf(digits, sizeof digits, "%.17gr", value->real);
        return str_copy(arena, str_from(digits));
    case SQL_TEXT:
        return str_format(arena, "'%.*s'", STR_ARGS(value->text));
    }
    return STR("?");
}

typedef struct Case {
    const char *field;
    const char *value;  /* single-quoted JSON */
    const char *result; /* as shown, or the problem's code */
} Case;

/* clang-format off */
static const Case read_cases[] = {
    { "name", "'x'", "'x'" }, { "name", "'  a b \\t'", "'a b'" }, { "name", "''", "''" }, { "name", "5", "'5'" },
    { "name", "2.5", "'2.5'" }, { "name", "null", "NULL" }, { "name", "true", "notAText" }, { "name", "['a']", "notAText" },
    { "name", "{}", "notAText" },
    { "code", "'12345678901234567890'", "'12345678901234567890'" }, { "code", "'123456789012345678901'", "maxLengthExceeded" },
    { "code", "'ééééééééééééééééééé\xC3\xA9'", "'ééééééééééééééééééé\xC3\xA9'" },
    { "note", "' kept '", "' kept '" }, { "page", "'<b>x</b>'", "'<b>x</b>'" }, { "readMe", "'# x'", "'# x'" },
    { "count", "3", "3" }, { "count", "3.0", "3" }, { "count", "'3'", "3" }, { "count", "' -3 '", "-3" },
    { "count", "'3.0'", "3" }, { "count", "3.5", "notANumber" }, { "count", "'3.5'", "notANumber" }, { "count", "''", "notANumber" },
    { "count", "'x'", "notANumber" }, { "count", "true", "notANumber" }, { "count", "[1]", "notANumber" },
    { "count", "1e300", "notANumber" }, { "count", "-100", "-100" }, { "count", "-101", "outOfRange" },
    { "count", "1000", "1000" }, { "count", "1001", "outOfRange" }, { "count", "null", "NULL" },
    { "price", "2", "2r" }, { "price", "2.555", "2.5600000000000001r" }, { "price", "-2.555", "-2.5600000000000001r" },
    { "price", "'2.50'", "2.5r" }, { "price", "1.005", "1.01r" },
    { "count", "'9223372036854775808'", "notANumber" }, { "count", "9223372036854775808", "notANumber" }, { "price", "1e20", "1e+20r" }, { "price", "'0x10'", "notANumber" },
    { "price", "'inf'", "notANumber" }, { "price", "'1e999'", "notANumber" }, { "price", "false", "notANumber" },
    { "price", "'1,5'", "notANumber" },
    { "isOpen", "true", "1" }, { "isOpen", "false", "0" }, { "isOpen", "1", "1" }, { "isOpen", "'FALSE'", "0" },
    { "isOpen", "'1'", "1" }, { "isOpen", "2", "notABool" }, { "isOpen", "'yes'", "notABool" }, { "isOpen", "''", "notABool" },
    { "isOpen", "null", "NULL" }, { "isActive", "null", "0" },
    { "day", "'2024-02-29'", "'2024-02-29'" }, { "day", "'2025-02-29'", "dateInvalid" }, { "day", "'2025-2-1'", "dateInvalid" },
    { "day", "'2025-01-01 00:00:00'", "dateInvalid" }, { "day", "20250101", "dateInvalid" }, { "day", "''", "dateInvalid" },
    { "seenAt", "'2025-01-02 03:04:05'", "'2025-01-02 03:04:05'" }, { "seenAt", "'2025-01-02T03:04:05Z'", "'2025-01-02 03:04:05'" },
    { "seenAt", "'2025-01-02'", "dateInvalid" }, { "seenAt", "'2025-01-02 24:00:00'", "dateInvalid" },
    { "seenAt", "'2025-01-02 03:04:60'", "dateInvalid" }, { "seenAt", "'2025-01-02 03:04:05+01:00'", "'2025-01-02 02:04:05'" },
    { "seenAt", "'2025-01-01T00:30:00+0200'", "'2024-12-31 22:30:00'" }, { "seenAt", "'2025-01-02T23:04:05-05'", "'2025-01-03 04:04:05'" },
    { "seenAt", "'2025-01-02T03:04:05+24:00'", "dateInvalid" }, { "seenAt", "'2025-01-02T03:04:05+01:60'", "dateInvalid" },
    { "seenAt", "'2025-01-02T03:04:05+1'", "dateInvalid" }, { "seenAt", "'2025-01-02T03:04:05+01:0'", "dateInvalid" },
    { "seenAt", "'2025-01-02T03:04:05 01:00'", "dateInvalid" }, { "seenAt", "'2025-01-02T03:04:05+01:00Z'", "dateInvalid" },
    { "seenAt", "'0000-01-01T00:00:00+01:00'", "dateInvalid" }, { "seenAt", "'9999-12-31T23:59:59-00:01'", "dateInvalid" },
    { "seenAt", "'2025-02-29T00:00:00Z'", "dateInvalid" }, { "seenAt", "'2025-01-02T03:04:05.000Z'", "dateInvalid" },
    { "day", "'2025-01-02T03:04:05Z'", "'2025-01-02'" }, { "day", "'2025-01-02T00:30:00+02:00'", "'2025-01-01'" },
    { "day", "'2025-01-32T03:04:05Z'", "dateInvalid" },
    { "state", "'new'", "'new'" }, { "state", "''", "''" }, { "state", "'New'", "noSuchOption" }, { "state", "5", "noSuchOption" },
    { "state", "[]", "notAText" },
    { "tags", "['red','blue']", "'[\"red\",\"blue\"]'" }, { "tags", "['red','red']", "'[\"red\"]'" }, { "tags", "[]", "'[]'" },
    { "tags", "['pink']", "noSuchOption" }, { "tags", "'red'", "notAList" }, { "tags", "[['red']]", "notAText" },
    { "tags", "null", "NULL" },
    { "words", "['a','a',1]", "'[\"a\",\"a\",\"1\"]'" }, { "words", "{}", "notAList" }, { "words", "[null]", "notAText" },
    { "data", "{'a': [1, 2.5, null]}", "'{\"a\":[1,2.5,null]}'" }, { "data", "[]", "notAnObject" }, { "data", "'{}'", "notAnObject" },
    { "rows", "[1,{'a':2}]", "'[1,{\"a\":2}]'" }, { "rows", "{}", "notAList" },
    { "mail", "'a@b.c'", "'a@b.c'" }, { "mail", "' a@b.c '", "'a@b.c'" }, { "mail", "''", "''" }, { "mail", "'a@b'", "emailInvalid" },
    { "mail", "'@b.c'", "emailInvalid" }, { "mail", "'a@@b.c'", "emailInvalid" }, { "mail", "'a b@c.d'", "emailInvalid" },
    { "mail", "'a@b.'", "emailInvalid" }, { "mail", "'a@.b'", "emailInvalid" }, { "mail", "'<a@b.c>'", "emailInvalid" },
    { "site", "'https://a.b/c?d=e'", "'https://a.b/c?d=e'" }, { "site", "'a.b/c'", "'a.b/c'" }, { "site", "''", "''" },
    { "site", "'a.b:8080/x'", "'a.b:8080/x'" }, { "site", "'/path:x'", "'/path:x'" },
    { "site", "'javascript:alert(1)'", "urlInvalid" }, { "site", "'JavaScript:alert(1)'", "urlInvalid" },
    { "site", "'java\\tscript:alert(1)'", "urlInvalid" }, { "site", "'data:text/html,x'", "urlInvalid" },
    { "site", "'http:/x'", "urlInvalid" }, { "site", "'a b'", "urlInvalid" }, { "site", "'ftp://a.b'", "urlInvalid" },
    { "colour", "'#1a2B3c'", "'#1a2B3c'" }, { "colour", "'fff'", "'fff'" }, { "colour", "'#12345678'", "'#12345678'" },
    { "colour", "''", "''" }, { "colour", "'red'", "colorInvalid" }, { "colour", "'#12'", "colorInvalid" }, { "colour", "'##fff'", "colorInvalid" },
    { "maker", "'m1'", "'m1'" }, { "maker", "''", "NULL" }, { "maker", "null", "NULL" }, { "maker", "5", "'5'" }, { "maker", "{}", "badId" },
    { "id", "'a1'", "'a1'" }, { "id", "'a b'", "badId" }, { "id", "''", "badId" }, { "id", "5", "badId" }, { "id", "'.a'", "badId" },
    { "secret", "'open sesame'", "'open sesame'" }, { "secret", "[]", "notAText" },
};

static const Case operand_cases[] = {
    { "name", "'x'", "'x'" }, { "name", "5", "'5'" }, { "name", "null", "-" }, { "name", "true", "-" },
    { "count", "5", "5" }, { "count", "'5'", "5" }, { "count", "2.5", "2.5r" }, { "count", "'2.5'", "2.5r" },
    { "count", "'9223372036854775807'", "9223372036854775807" }, { "count", "'9223372036854775808'", "9.2233720368547758e+18r" },
    { "count", "'x'", "-" }, { "count", "''", "-" }, { "count", "true", "-" },
    { "price", "5", "5r" }, { "price", "' 2.5 '", "2.5r" }, { "price", "'1e999'", "-" }, { "price", "'--1'", "-" }, { "price", "'.'", "-" },
    { "isOpen", "'True'", "1" }, { "isOpen", "0", "0" }, { "isOpen", "'no'", "-" },
    { "day", "'2024-02-29'", "'2024-02-29'" }, { "day", "'2023-02-29'", "-" }, { "day", "5", "-" },
    { "seenAt", "'2025-01-02'", "'2025-01-02 00:00:00'" }, { "seenAt", "'2025-01-02T03:04:05Z'", "'2025-01-02 03:04:05'" },
    { "seenAt", "'now'", "-" },
    { "state", "'anything'", "'anything'" }, { "state", "[]", "-" }, { "maker", "'m1'", "'m1'" }, { "id", "'not a valid id'", "'not a valid id'" },
    { "tags", "'red'", "'red'" }, { "colour", "'x'", "'x'" },
};
/* clang-format on */

static void test_field_types_read_what_clients_send(void **state)
{
    const Desk *desk = *state;
    for (size_t i = 0; i < sizeof read_cases / sizeof *read_cases; i++) {
        const Case *it = &read_cases[i];
        const Field *field = entity_find_field(desk->item, str_from(it->field));
        FieldProblems problems = { 0 };
        SqlValue value = sql_null();
        bool is_read =
            field_read(desk->arena, field, test_json(desk->arena, it->value), &problems, &value);
        Str got = is_read ? shown(desk->arena, &value) : str_from(problems.first->code);
        if (!str_equal(got, str_from(it->result)))
            fail_msg("%s: %s gives %.*s, not %s", it->field, it->value, STR_ARGS(got), it->result);
        assert_int_equal(problems.first == NULL, is_read);
        if (!is_read)
            assert_true(str_equal(problems.first->field, field->name));
    }
}

static void test_field_types_convert_operands(void **state)
{
    const Desk *desk = *state;
    for (size_t i = 0; i < sizeof operand_cases / sizeof *operand_cases; i++) {
        const Case *it = &operand_cases[i];
        const Field *field = entity_find_field(desk->item, str_from(it->field));
        SqlValue value = sql_null();
        bool is_taken =
            field->type->operand(desk->arena, test_json(desk->arena, it->value), &value);
        Str got = is_taken ? shown(desk->arena, &value) : STR("-");
        if (!str_equal(got, str_from(it->result)))
            fail_msg("%s: %s gives %.*s, not %s", it->field, it->value, STR_ARGS(got), it->result);
    }
}

static void test_field_types_are_whole(void **state)
{
    size_t count = 0;
    const FieldType *const *types = field_type_all(&count);
    (void)state;
    assert_in_range(count, 15, 100);
    for (size_t i = 0; i < count; i++) {
        const FieldType *type = types[i];
        assert_ptr_equal(field_type_find(str_from(type->name)), type);
        assert_non_null(field_type_class_name(type->value_class));
        if (!type->has_column)
            continue;
        assert_non_null(type->parts[0].suffix);
        assert_true(type->is_list == (type->value_class == VALUE_LIST));
        assert_non_null(type->read);
        assert_true(type->write != NULL || type->parts[0].role == KEY_SECRET);
        assert_true(type->search == SEARCH_NONE || type->value_class == VALUE_TEXT);
    }
    assert_null(field_type_find(STR("nonsense")));
    assert_null(field_type_find(STR_NONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_field_types_read_what_clients_send),
        cmocka_unit_test(test_field_types_convert_operands),
        cmocka_unit_test(test_field_types_are_whole),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
