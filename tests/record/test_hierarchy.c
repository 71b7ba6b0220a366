#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record_desk.h"
#include "support/test_database.h"
#include "support/test_json.h"
#include "support/test_model.h"

/* A place may stand in many others; what it has goes to those below it. */
/* clang-format off */
static const char places[] =
"{'templates': {"
"  'Base': {'fields': {'id': {'type': 'varchar'}, 'deleted': {'type': 'bool', 'notNull': true, 'default': false},"
"                      'name': {'type': 'varchar'}}},"
"  'Hierarchy': {'fields': {'id': {'type': 'varchar'}, 'deleted': {'type': 'bool', 'notNull': true, 'default': false},"
"                           'name': {'type': 'varchar', 'required': true},"
"                           'sortOrder': {'type': 'int', 'notNull': true, 'default': 0}}},"
"  'Relation': {'fields': {'id': {'type': 'varchar'}, 'deleted': {'type': 'bool', 'notNull': true, 'default': false}}}},"
" 'scopes': {'Place': {'entity': true, 'type': 'Hierarchy', 'acl': true, 'multiParents': true},"
"            'Flat': {'entity': true, 'type': 'Hierarchy', 'acl': true, 'disableHierarchy': true},"
"            'Tag': {'entity': true, 'type': 'Base', 'acl': true}},"
" 'entityDefs': {"
"  'Place': {'fields': {'note': {'type': 'varchar'}, 'code': {'type': 'varchar', 'unique': true},"
"                       'tags': {'type': 'linkMultiple'}},"
"            'links': {'tags': {'type': 'hasMany', 'entity': 'Tag', 'relationName': 'placeTag', 'foreign': 'places'}}},"
"  'Flat': {},"
"  'Tag': {'fields': {'places': {'type': 'linkMultiple', 'noLoad': true}},"
"          'links': {'places': {'type': 'hasMany', 'entity': 'Place', 'relationName': 'placeTag', 'foreign': 'tags'}}}}}";
/* clang-format on */

static int open_places(void **state)
{
    return record_desk_open_schema(state, test_model_compile_document(places));
}

static void create(RecordDesk *desk, const char *body)
{
    assert_no_error(record_desk_create(desk, "Place", body, NULL));
}

static void assert_key(RecordDesk *desk, const char *id, const char *key, const char *expected)
{
    const JsonValue *got = json_find(record_desk_read(desk, "Place", id), str_from(key));
    if (got == NULL || !json_equal(got, test_json(desk->arena, expected)))
        fail_msg("%s of %s is %.*s, not %s", key, id,
                 STR_ARGS(got == NULL ? STR("absent") : json_to_text(desk->arena, got)), expected);
}

/* d below b and c, both below a. */
static void add_diamond(RecordDesk *desk)
{
    create(desk, "{'id':'a','name':'A','note':'old','code':'1'}");
    create(desk, "{'id':'b','name':'B','parentsIds':['a']}");
    create(desk, "{'id':'c','name':'C','parentsIds':['a']}");
    create(desk, "{'id':'d','name':'D','parentsIds':['b','c']}");
}

static void test_a_record_has_a_route_for_each_way_up(void **state)
{
    RecordDesk *desk = *state;
    add_diamond(desk);
    assert_key(desk, "d", "routes", "['|a|b|','|a|c|']");
    assert_key(desk, "d", "parentsNames", "{'b':'B','c':'C'}");
    assert_key(desk, "a", "hasChildren", "true");
    assert_key(desk, "a", "isRoot", "true");
    assert_null(json_find(record_desk_read(desk, "Place", "d"), STR("parentId")));
    assert_null(json_find(record_desk_read(desk, "Place", "d"), STR("hierarchyRoute")));
}

static void test_no_way_leads_into_a_circle(void **state)
{
    RecordDesk *desk = *state;
    add_diamond(desk);
    assert_code(record_desk_update(desk, "Place", "a", "{'parentsIds':['d']}", NULL), "cycle");
    assert_code(record_desk_update(desk, "Place", "d", "{'childrenIds':['a']}", NULL), "cycle");
    assert_code(record_desk_link(desk, "Place", "b", "parents", "b"), "cycle");
    assert_code(record_desk_create(desk, "PlaceHierarchy", "{'entityId':'a','parentId':'c'}", NULL),
                "cycle");
    assert_no_error(record_desk_update(desk, "Place", "b", "{'parentsIds':['c','a']}", NULL));
    assert_key(desk, "d", "routes", "['|a|b|','|a|c|b|','|a|c|']");
    assert_counters_are_exact(desk);
}

static void test_values_come_from_the_first_parent_and_follow(void **state)
{
    RecordDesk *desk = *state;
    add_diamond(desk);
    assert_key(desk, "d", "note", "'old'");
    assert_key(desk, "d", "code", "null");
    assert_no_error(record_desk_update(desk, "Place", "c", "{'note':'own'}", NULL));
    assert_key(desk, "d", "note", "'own'");
    assert_no_error(record_desk_update(desk, "Place", "a", "{'note':'new'}", NULL));
    assert_key(desk, "b", "note", "'new'");
    assert_key(desk, "c", "note", "'own'");
    assert_key(desk, "d", "note", "'own'");
}

static void test_links_go_down_all_ways_once(void **state)
{
    RecordDesk *desk = *state;
    assert_no_error(record_desk_create(desk, "Tag", "{'id':'t','name':'T'}", NULL));
    add_diamond(desk);
    assert_no_error(record_desk_link(desk, "Place", "a", "tags", "t"));
    assert_key(desk, "d", "tagsIds", "['t']");
    assert_int_equal(record_desk_total(desk, "PlaceTag", ""), 4);
    assert_no_error(record_desk_unlink(desk, "Place", "a", "tags", "t"));
    assert_int_equal(record_desk_total(desk, "PlaceTag", ""), 0);
    assert_counters_are_exact(desk);
}

static void test_a_subtree_goes_and_the_parents_come_back_by_hand(void **state)
{
    RecordDesk *desk = *state;
    bool is_restored = false;
    add_diamond(desk);
    assert_no_error(record_desk_delete(desk, "Place", "a", false));
    assert_int_equal(record_desk_total(desk, "Place", ""), 0);
    assert_non_null(record_desk_restore(desk, "Place", "d", &is_restored));
    assert_no_error(record_desk_restore(desk, "Place", "a", &is_restored));
    assert_no_error(record_desk_restore(desk, "Place", "c", &is_restored));
    assert_no_error(record_desk_restore(desk, "Place", "d", &is_restored));
    assert_key(desk, "d", "routes", "['|a|c|']");
    assert_no_error(record_desk_delete(desk, "Place", "a", true));
    assert_int_equal(record_desk_number(desk, "SELECT count(*) FROM place_hierarchy"), 0);
    assert_counters_are_exact(desk);
}

static void test_an_entity_without_its_hierarchy_is_like_any_other(void **state)
{
    RecordDesk *desk = *state;
    const Entity *flat = record_desk_entity(desk, "Flat");
    assert_null(flat->hierarchy);
    assert_null(entity_find_key(flat, STR("parentsIds")));
    assert_no_error(record_desk_create(desk, "Flat", "{'id':'f','name':'F'}", NULL));
    assert_no_error(record_desk_delete(desk, "Flat", "f", false));
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, open_places, record_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_a_record_has_a_route_for_each_way_up),
        DESK_TEST(test_no_way_leads_into_a_circle),
        DESK_TEST(test_values_come_from_the_first_parent_and_follow),
        DESK_TEST(test_links_go_down_all_ways_once),
        DESK_TEST(test_a_subtree_goes_and_the_parents_come_back_by_hand),
        DESK_TEST(test_an_entity_without_its_hierarchy_is_like_any_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
