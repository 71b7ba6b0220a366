#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "schema/field_type.h"
#include "schema/metadata.h"
#include "support/test_database.h"
#include "support/test_json.h"
#include "support/type_model.h"

typedef struct Case {
    const char *field;
    const char *value;  /* single-quoted JSON */
    const char *result; /* as stored, or the problem's code */
} Case;

/* clang-format off */
static const Case cases[] = {
    { "code", "'AB12'", "AB12" }, { "code", "' AB12 '", "AB12" }, { "code", "'ab12'", "patternMismatch" }, { "code", "''", "" },
    { "code", "'AB123456789'", "maxLengthExceeded" }, { "code", "'A'", "patternMismatch" },
    { "mail", "'a@example.com'", "a@example.com" }, { "mail", "'a@EXAMPLE.com'", "a@EXAMPLE.com" },
    { "mail", "'a@example.org'", "patternMismatch" }, { "mail", "'@example.com'", "emailInvalid" },
    { "bytes", "'abcd'", "abcd" }, { "bytes", "'\xC3\xA9\xC3\xA9'", "\xC3\xA9\xC3\xA9" }, { "bytes", "'\xC3\xA9\xC3\xA9x'", "maxLengthExceeded" },
    { "raw", "' x '", " x " }, { "note", "null", "" }, { "cost", "null", "0" }, { "share", "null", "NULL" },
    { "cost", "1.005", "1.01" }, { "cost", "1000000.001", "1000000" }, { "cost", "1000000.01", "outOfRange" },
    { "rank", "0", "outOfRange" }, { "rank", "'1'", "1" },
    { "weightFrom", "-0.04", "0" }, { "weightFrom", "-0.05", "outOfRange" }, { "weightTo", "100.1", "outOfRange" }, { "weightTo", "-5", "-5" },
    { "sizeFrom", "1.5", "notANumber" }, { "sizeFrom", "null", "NULL" },
    { "lang", "'de_DE'", "de_DE" }, { "lang", "'fr_FR'", "noSuchOption" }, { "lang", "''", "" },
    { "langs", "['de_DE','en_US','de_DE']", "[\"de_DE\",\"en_US\"]" }, { "langs", "['fr_FR']", "noSuchOption" }, { "langs", "'de_DE'", "notAList" },
    { "words", "['a','']", "emptyItem" }, { "words", "['a','a']", "[\"a\",\"a\"]" },
    { "marks", "['b','a','b']", "[\"b\",\"a\"]" }, { "marks", "['']", "noSuchOption" },
    { "picks", "'Red'", "r" }, { "picks", "'b'", "b" }, { "picks", "'Green'", "noSuchOption" },
    { "level", "2", "2" }, { "level", "'3'", "3" }, { "level", "3.0", "3" }, { "level", "4", "noSuchOption" }, { "level", "'x'", "notANumber" },
    { "ratio", "0.5", "0.5" }, { "ratio", "1", "1" }, { "ratio", "'1.0'", "1" }, { "ratio", "0.7", "noSuchOption" },
    { "counts", "[1,'2',3.0]", "[1,2,3]" }, { "counts", "[1.5]", "notANumber" }, { "counts", "[10]", "outOfRange" }, { "counts", "5", "notAList" },
    { "due", "'2025-01-02'", "2025-01-02" }, { "due", "'2025-01-02T03:04:05Z'", "2025-01-02 03:04:05" }, { "due", "'soon'", "dateInvalid" },
    { "took", "90", "90" }, { "took", "'x'", "notANumber" }, { "serial", "'x-1'", "x-1" }, { "shade", "'#12'", "colorInvalid" },
    { "shade", "'#123'", "#123" },
};
/* clang-format on */

static Str shown(Arena *arena, const SqlValue *value)
{
    switch (value->kind) {
    case SQL_NULL:
        return STR("NULL");
    case SQL_INT:
        return str_format(arena, "%lld", (long long)value->integer);
    case SQL_REAL:
        return str_format(arena, "%.15g", value->real);
    case SQL_TEXT:
        break;
    }
    return value->text;
}

static void test_properties_decide_what_is_taken(void **state)
{
    Arena *arena = arena_new((size_t)64 << 10, (size_t)1 << 20);
    Schema *schema = type_model_compile();
    const Entity *sample = schema_find_entity(schema, STR("Sample"));
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Field *field = entity_find_field(sample, str_from(cases[i].field));
        FieldProblems problems = { 0 };
        SqlValue value = sql_null();
        assert_non_null(field);
        bool is_read =
            field_read(arena, field, test_json(arena, cases[i].value), &problems, &value);
        Str got = is_read ? shown(arena, &value) : str_from(problems.first->code);
        if (!str_equal(got, str_from(cases[i].result)))
            fail_msg("%s: %s gives %.*s, not %s", cases[i].field, cases[i].value, STR_ARGS(got),
                     cases[i].result);
    }
    schema_unref(schema);
    arena_free(arena);
}

#define FIELD(definition)                                                                         \
    "{'templates': {'Base': {'fields': {'id': {'type':'varchar'}, 'deleted': {'type':'bool'}}}}," \
    " 'scopes': {'A': {'entity':true,'type':'Base'}}, 'entityDefs': {'A': {'fields': "            \
    "{'f': " definition ", 'g': {'type':'date'}, 'list': {'type':'array'}}}}}"
#define WHEN(condition)                                                                          \
    FIELD("{'type':'enum','options':['x'],'conditionalProperties':{'required':{'conditionGroup'" \
          ":" condition "}}}")

static void test_properties_that_cannot_be_are_refused(void **state)
{
    /* clang-format off */
    static const struct { const char *document; const char *reason; } refused[] = {
        { FIELD("{'type':'varchar','pattern':'^a$'}"), "'A.f' has a pattern that is none" },
        { FIELD("{'type':'varchar','pattern':'/(/'}"), "'A.f' has a pattern that is none" },
        { FIELD("{'type':'int','default':'x'}"), "'A.f' has a default that is refused" },
        { FIELD("{'type':'enum','options':['a'],'default':'b'}"), "'A.f' has a default that is refused" },
        { FIELD("{'type':'varchar','maxLength':2,'default':'abc'}"), "'A.f' has a default that is refused" },
        { FIELD("{'type':'rangeInt','defaultTo':'x'}"), "'A.fTo' has a default that is refused" },
        { FIELD("{'type':'enum','options':['a','b'],'optionsIds':['x']}"), "another number of options" },
        { WHEN("5"), "without its list of conditions" },
        { WHEN("[{}]"), "of the unknown type ''" },
        { WHEN("[{'type':'isBig','attribute':'g'}]"), "of the unknown type 'isBig'" },
        { WHEN("[{'type':'isEmpty','attribute':'h'}]"), "on the unknown field 'h'" },
        { WHEN("[{'type':'isEmpty'}]"), "on the unknown field ''" },
        { WHEN("[{'type':'equals','attribute':'g','value':'x'}]"), "with a value that can't be one of 'g'" },
        { WHEN("[{'type':'equals','attribute':'g'}]"), "with a value that can't be one of 'g'" },
        { WHEN("[{'type':'in','attribute':'f','value':['x',{}]}]"), "with a value that can't be one of 'f'" },
        { WHEN("[{'type':'isToday','attribute':'f'}]"), "that its field is not for: 'isToday'" },
        { WHEN("[{'type':'contains','attribute':'f','value':'x'}]"), "that its field is not for: 'contains'" },
        { WHEN("[{'type':'equals','attribute':'list','value':'x'}]"), "that its field is not for: 'equals'" },
        { WHEN("[{'type':'or','value':[{'type':'and'}]}]"), "without its list of conditions" },
        { FIELD("{'type':'enum','options':['x'],'conditionalProperties':{'disableOptions':[{'options':['y']}]}}"), "for the unknown option 'y'" },
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        Arena *arena = arena_new((size_t)64 << 10, (size_t)1 << 20);
        const JsonValue *metadata = NULL;
        Schema *schema = NULL;
        assert_no_error(metadata_complete(arena, test_json(arena, refused[i].document), &metadata));
        const Error *error = schema_compile(arena, metadata, &schema);
        if (error == NULL)
            fail_msg("%s is taken", refused[i].document);
        if (strstr(str_copy_c(arena, error->reason), refused[i].reason) == NULL)
            fail_msg("'%.*s' instead of '%s'", STR_ARGS(error->reason), refused[i].reason);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_properties_decide_what_is_taken),
        cmocka_unit_test(test_properties_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
