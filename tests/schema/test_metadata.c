#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "json/json_writer.h"
#include "schema/metadata.h"
#include "support/test_database.h"
#include "support/test_json.h"

static int make_arena(void **state)
{
    *state = arena_new((size_t)64 << 10, (size_t)64 << 20);
    return 0;
}

static int free_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static const JsonValue *complete(Arena *arena, const char *document)
{
    const JsonValue *completed = NULL;
    assert_no_error(metadata_complete(arena, test_json(arena, document), &completed));
    return completed;
}

/* A path of keys, separated by blanks. */
static const JsonValue *at(const JsonValue *value, const char *path)
{
    Str rest = str_from(path);
    Str key;
    while (value != NULL && str_next_part(&rest, ' ', &key))
        value = json_find(value, key);
    return value;
}

static void assert_json(Arena *arena, const JsonValue *value, const char *wanted)
{
    assert_non_null(value);
    if (!json_equal(value, test_json(arena, wanted)))
        fail_msg("%.*s instead of %s", STR_ARGS(json_to_text(arena, value)), wanted);
}

#define TEMPLATES                                                                              \
    "'templates': {'Base': {'fields': {'id': {'type':'varchar'}, 'name': {'type':'varchar'}}," \
    "'collection': {'sortBy':'name'}}, 'Relation': {'fields': {'id': {'type':'varchar'}}},"    \
    "'hasActive': {'fields': {'isActive': {'type':'bool'}}},"                                  \
    "'hasOwner': {'fields': {'owner': {'type':'link'}},"                                       \
    "'links': {'owner': {'type':'belongsTo','entity':'B'}}}}"

static void test_metadata_lays_an_entity_over_its_template(void **state)
{
    Arena *arena = *state;
    const JsonValue *completed =
        complete(arena, "{" TEMPLATES ",'scopes': {'A': {'entity':true,'type':'Base'}},"
                        "'entityDefs': {'A': {'fields': {'name': {'required':true},"
                        "'size': {'type':'int'}}}}}");
    assert_json(arena, at(completed, "entityDefs A"),
                "{'fields': {'id': {'type':'varchar'}, 'name': {'type':'varchar','required':true},"
                "'size': {'type':'int'}}, 'collection': {'sortBy':'name'}}");
    assert_null(at(completed, "templates"));
    assert_json(arena, at(completed, "scopes"), "{'A': {'entity':true,'type':'Base'}}");
}

static void test_metadata_adds_the_traits_that_are_switched_on(void **state)
{
    Arena *arena = *state;
    const JsonValue *completed = complete(
        arena, "{" TEMPLATES ",'scopes': {"
               "'A': {'entity':true,'type':'Base','hasActive':true,'hasOwner':false},"
               "'B': {'entity':true,'type':'Base','hasOwner':true,'hasNothing':true},"
               "'C': {'entity':false,'type':'Base'}, 'D': {'type':'nonsense'}}, 'entityDefs': {}}");
    assert_non_null(at(completed, "entityDefs A fields isActive"));
    assert_null(at(completed, "entityDefs A fields owner"));
    assert_non_null(at(completed, "entityDefs B fields owner"));
    assert_non_null(at(completed, "entityDefs B links owner"));
    assert_null(at(completed, "entityDefs C"));
    assert_null(at(completed, "entityDefs D"));
}

static void test_metadata_generates_missing_relation_entities(void **state)
{
    Arena *arena = *state;
    const JsonValue *completed =
        complete(arena, "{" TEMPLATES ",'scopes': {'Item': {'entity':true,'type':'Base'},"
                        "'Shop': {'entity':true,'type':'Base'}}, 'entityDefs': {"
                        "'Item': {'links': {'shops': {'type':'hasMany','entity':'Shop',"
                        "'relationName':'itemShop'}}},"
                        "'Shop': {'links': {'items': {'type':'hasMany','entity':'Item',"
                        "'relationName':'itemShop'}}}}}");
    assert_json(arena, at(completed, "scopes ItemShop type"), "'Relation'");
    assert_json(arena, at(completed, "entityDefs ItemShop fields"),
                "{'id': {'type':'varchar'},"
                "'item': {'type':'link','required':true,'relationField':true},"
                "'shop': {'type':'link','required':true,'relationField':true}}");
    assert_json(arena, at(completed, "entityDefs ItemShop links"),
                "{'item': {'type':'belongsTo','entity':'Item'},"
                "'shop': {'type':'belongsTo','entity':'Shop'}}");
}

static void test_metadata_keeps_a_relation_entity_that_is_defined(void **state)
{
    Arena *arena = *state;
    const JsonValue *completed =
        complete(arena, "{" TEMPLATES ",'scopes': {'Item': {'entity':true,'type':'Base'},"
                        "'ItemShop': {'entity':true,'type':'Relation'}}, 'entityDefs': {"
                        "'Item': {'links': {'shops': {'type':'hasMany','entity':'Item',"
                        "'relationName':'itemShop'}}},"
                        "'ItemShop': {'fields': {'size': {'type':'int'}}}}}");
    assert_json(arena, at(completed, "entityDefs ItemShop fields"),
                "{'id': {'type':'varchar'}, 'size': {'type':'int'}}");
}

static void test_metadata_refuses_an_unknown_type_of_entity(void **state)
{
    Arena *arena = *state;
    static const char *const documents[] = {
        "{" TEMPLATES ",'scopes': {'A': {'entity':true,'type':'Bass'}}, 'entityDefs': {}}",
        "{" TEMPLATES ",'scopes': {'A': {'entity':true}}, 'entityDefs': {}}",
    };
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        const JsonValue *completed = NULL;
        const Error *error = metadata_complete(arena, test_json(arena, documents[i]), &completed);
        assert_non_null(error);
        assert_int_equal(error->kind, ERROR_INVALID);
        assert_null(completed);
    }
}

static void test_metadata_ships_a_model_and_describes_it(void **state)
{
    Arena *arena = *state;
    const JsonValue *completed = NULL;
    const JsonValue *described = NULL;
    assert_no_error(metadata_load(arena, &completed));
    assert_no_error(metadata_describe(arena, completed, &described));
    assert_non_null(at(described, "entityDefs Product fields sku"));
    assert_json(arena, at(described, "entityDefs Product fields id"), "{'type':'varchar'}");
    assert_non_null(at(described, "scopes Product"));
    assert_json(arena, at(described, "fields varchar notSortable"), "false");
    assert_json(arena, at(described, "fields varchar filter"), "true");
    assert_json(arena, at(described, "fields varchar group"), "'text'");
    assert_json(arena, at(described, "fields linkParent params"),
                "[{'name':'required','type':'bool'},{'name':'readOnly','type':'bool'},"
                "{'name':'protected','type':'bool'},"
                "{'name':'conditionalProperties','type':'jsonObject'},"
                "{'name':'entityList','type':'array'}]");
    assert_json(arena, at(described, "fields autoincrement params"), "[]");
    assert_json(arena, at(described, "fields password filter"), "false");
    assert_json(arena, at(described, "fields multiEnum notSortable"), "true");
    assert_null(at(described, "templates"));
}

static void test_metadata_describes_no_internal_field(void **state)
{
    Arena *arena = *state;
    const JsonValue *completed = NULL;
    const JsonValue *described = NULL;
    assert_no_error(metadata_load(arena, &completed));
    assert_no_error(metadata_describe(arena, completed, &described));
    assert_non_null(at(completed, "entityDefs User fields passwordHash"));
    assert_null(at(described, "entityDefs User fields passwordHash"));
    assert_null(at(described, "entityDefs User fields userNameKey"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metadata_lays_an_entity_over_its_template),
        cmocka_unit_test(test_metadata_adds_the_traits_that_are_switched_on),
        cmocka_unit_test(test_metadata_generates_missing_relation_entities),
        cmocka_unit_test(test_metadata_keeps_a_relation_entity_that_is_defined),
        cmocka_unit_test(test_metadata_refuses_an_unknown_type_of_entity),
        cmocka_unit_test(test_metadata_ships_a_model_and_describes_it),
        cmocka_unit_test(test_metadata_describes_no_internal_field),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
