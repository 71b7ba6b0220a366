#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "schema/schema.h"
#include "support/test_database.h"
#include "support/test_json.h"
#include "support/test_model.h"

static int open_model(void **state)
{
    *state = test_model_compile();
    return 0;
}

static int close_model(void **state)
{
    schema_unref(*state);
    return 0;
}

static const Entity *entity_of(const Schema *schema, const char *name)
{
    const Entity *entity = schema_find_entity(schema, str_from(name));
    assert_non_null(entity);
    return entity;
}

static void test_schema_gives_fields_their_keys_and_columns(void **state)
{
    const Entity *item = entity_of(*state, "Item");
    static const struct {
        const char *key;
        const char *field;
        KeyRole role;
        const char *column; /* NULL: not stored */
    } cases[] = {
        { "id", "id", KEY_VALUE, "\"id\"" },
        { "name", "name", KEY_VALUE, "\"name\"" },
        { "isOpen", "isOpen", KEY_VALUE, "\"is_open\"" },
        { "makerId", "maker", KEY_VALUE, "\"maker_id\"" },
        { "makerName", "maker", KEY_LINK_NAME, NULL },
        { "shopsIds", "shops", KEY_LINK_IDS, NULL },
        { "shopsNames", "shops", KEY_LINK_NAMES, NULL },
        { "secret", "secret", KEY_SECRET, "\"secret\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Key *key = entity_find_key(item, str_from(cases[i].key));
        assert_non_null(key);
        assert_int_equal(key->role, cases[i].role);
        assert_ptr_equal(key->field, entity_find_field(item, str_from(cases[i].field)));
        assert_int_equal(key->column != NULL, cases[i].column != NULL);
        if (key->column != NULL)
            assert_true(str_equal(key->column->name.quoted, str_from(cases[i].column)));
    }
}

static void test_schema_hides_internal_keys_but_stores_them(void **state)
{
    const Entity *item = entity_of(*state, "Item");
    const Field *memo = entity_find_field(item, STR("memo"));
    assert_non_null(memo);
    assert_true(memo->is_internal);
    assert_non_null(memo->column);
    assert_null(entity_find_key(item, STR("memo")));
    assert_null(memo->side_index);
}

static void test_schema_numbers_columns_and_keys_without_gaps(void **state)
{
    const Schema *schema = *state;
    for (size_t i = 0; i < schema->entity_count; i++) {
        const Entity *entity = &schema->entities[i];
        assert_int_equal(entity->index, i);
        for (size_t j = 0; j < entity->column_count; j++) {
            assert_int_equal(entity->columns[j].index, j);
            assert_ptr_equal(entity->columns[j].field->column, &entity->columns[j]);
        }
        for (size_t j = 0; j < entity->key_count; j++)
            assert_int_equal(entity->keys[j].index, j);
    }
}

static void test_schema_reads_the_properties_of_fields(void **state)
{
    const Entity *item = entity_of(*state, "Item");
    const Field *count = entity_find_field(item, STR("count"));
    assert_true(count->has_min && count->has_max);
    assert_true(count->min == -100 && count->max == 1000);
    assert_int_equal(entity_find_field(item, STR("code"))->max_length, 20);
    assert_int_equal(entity_find_field(item, STR("name"))->max_length, 255);
    assert_int_equal(entity_find_field(item, STR("price"))->digits, 2);
    assert_int_equal(entity_find_field(item, STR("count"))->digits, -1);
    assert_int_equal(entity_find_field(item, STR("state"))->option_count, 3);
    assert_true(entity_find_field(item, STR("code"))->is_unique);
    assert_true(entity_find_field(item, STR("name"))->is_required);
    assert_true(entity_find_field(item, STR("name"))->is_trimmed);
    assert_false(entity_find_field(item, STR("note"))->is_trimmed);
    assert_true(entity_find_field(item, STR("isActive"))->is_not_null);
    assert_false(entity_find_field(item, STR("isOpen"))->is_not_null);
    assert_true(entity_find_field(item, STR("createdAt"))->is_system);
    assert_true(entity_find_field(item, STR("more"))->is_not_loaded);
    assert_true(str_equal(entity_find_field(item, STR("readMe"))->label, STR("Read Me")));
}

static void test_schema_knows_what_an_entity_has(void **state)
{
    const Entity *item = entity_of(*state, "Item");
    const Entity *shop = entity_of(*state, "Shop");
    const Entity *relation = entity_of(*state, "ItemShop");
    assert_ptr_equal(item->sort_field, item->name_field);
    assert_false(item->sorts_descending);
    assert_true(shop->sorts_descending);
    assert_ptr_equal(shop->sort_field, shop->created_at);
    assert_null(item->modified_at);
    assert_false(item->is_admin_only);
    assert_true(shop->is_admin_only);
    assert_int_equal(item->side_index_count, 1);
    assert_true(relation->is_relation);
    assert_int_equal(relation->side_index_count, 0);
    assert_null(relation->name_field);
    assert_true(str_equal(item->table.quoted, STR("\"item\"")));
    assert_true(str_equal(relation->table_word, STR("item_shop")));
    assert_true(str_equal(item->side_indexes[0].word, STR("item_search")));
}

static void test_schema_resolves_every_kind_of_link(void **state)
{
    const Entity *item = entity_of(*state, "Item");
    const Entity *relation = entity_of(*state, "ItemShop");
    const Link *maker = entity_find_link(item, STR("maker"));
    const Link *parts = entity_find_link(item, STR("parts"));
    const Link *shops = entity_find_link(item, STR("shops"));
    assert_int_equal(maker->type, LINK_BELONGS_TO);
    assert_ptr_equal(maker->target, entity_of(*state, "Maker"));
    assert_ptr_equal(maker->field, entity_find_field(item, STR("maker")));
    assert_ptr_equal(maker->field->link, maker);
    assert_int_equal(parts->type, LINK_HAS_MANY);
    assert_ptr_equal(parts->foreign, entity_find_field(parts->target, STR("item")));
    assert_int_equal(shops->type, LINK_MANY_TO_MANY);
    assert_ptr_equal(shops->relation, relation);
    assert_ptr_equal(shops->near, entity_find_field(relation, STR("item")));
    assert_ptr_equal(shops->far, entity_find_field(relation, STR("shop")));
    assert_null(entity_find_link(item, STR("nothing")));
}

static void test_schema_leaves_deleted_out_of_unique_tuples(void **state)
{
    const Entity *part = entity_of(*state, "Part");
    assert_int_equal(part->tuple_count, 1);
    assert_int_equal(part->tuples[0].count, 2);
    assert_ptr_equal(part->tuples[0].fields[0], entity_find_field(part, STR("item")));
    assert_ptr_equal(part->tuples[0].fields[1], entity_find_field(part, STR("place")));
}

static void test_schema_finds_exact_names_only(void **state)
{
    const Entity *item = entity_of(*state, "Item");
    assert_null(schema_find_entity(*state, STR("item")));
    assert_null(schema_find_entity(*state, STR("")));
    assert_null(entity_find_key(item, STR("Name")));
    assert_null(entity_find_key(item, STR("maker")));
    assert_null(entity_find_field(item, STR("makerId")));
    assert_null(entity_find_field(item, STR_NONE));
}

static void test_schema_lives_until_its_last_user(void **state)
{
    (void)state;
    Schema *schema = test_model_compile();
    assert_ptr_equal(schema_ref(schema), schema);
    schema_unref(schema);
    assert_non_null(schema_find_entity(schema, STR("Item")));
    schema_unref(schema);
}

/* ---- definitions that contradict themselves ---- */

#define SYSTEM "'id': {'type':'varchar'}, 'deleted': {'type':'bool'}"
#define ENTITY(fields, links)                                                                  \
    "{'scopes': {'A': {'entity':true,'type':'Base'}}, 'entityDefs': {'A': {'fields': {" fields \
    "}, 'links': {" links "}}}}"

static void test_schema_refuses_what_contradicts_itself(void **state)
{
    /* clang-format off */
    static const struct { const char *document; const char *reason; } cases[] = {
        { ENTITY(SYSTEM ", 'b': {'type':'nonsense'}", ""), "'A.b' has an unknown type" },
        { ENTITY(SYSTEM ", 'b': {}", ""), "'A.b' has an unknown type" },
        { ENTITY(SYSTEM ", 'b c': {'type':'int'}", ""), "'A.b c' has a name that is not a word" },
        { ENTITY(SYSTEM ", '': {'type':'int'}", ""), "has a name that is not a word" },
        { ENTITY(SYSTEM ", '1a': {'type':'int'}", ""), "has a name that is not a word" },
        { ENTITY(SYSTEM ", 'a\\u0022': {'type':'int'}", ""), "has a name that is not a word" },
        { ENTITY("'id': {'type':'varchar'}", ""), "'A.id' is missing" },
        { ENTITY("'deleted': {'type':'bool'}", ""), "'A.id' is missing" },
        { ENTITY(SYSTEM ", 'b': {'type':'link'}", ""), "'A.b' has no link of its name" },
        { ENTITY(SYSTEM ", 'b': {'type':'linkMultiple'}", ""), "'A.b' has no link of its name" },
        { ENTITY(SYSTEM ", 'b': {'type':'link'}", "'b': {'type':'belongsTo','entity':'B'}"),
          "'A.b' links to an unknown entity" },
        { ENTITY(SYSTEM, "'b': {'type':'belongsTo','entity':'A'}"), "'A.b' has no field of type link" },
        { ENTITY(SYSTEM ", 'b': {'type':'link'}", "'b': {'type':'hasOne','entity':'A'}"), "'A.b' has an unknown link type" },
        { ENTITY(SYSTEM ", 'b': {'type':'linkMultiple'}", "'b': {'type':'hasMany','entity':'A','foreign':'c'}"),
          "'A.b' has no opposite link" },
        { ENTITY(SYSTEM ", 'b': {'type':'linkMultiple'}", "'b': {'type':'hasMany','entity':'A'}"),
          "'A.b' has no opposite link" },
        { ENTITY(SYSTEM ", 'b': {'type':'linkMultiple'}", "'b': {'type':'hasMany','entity':'A','relationName':'x'}"),
          "'A.b' names an unknown relation" },
        { ENTITY(SYSTEM ", 'b': {'type':'linkMultiple'}", "'b': {'type':'hasMany','entity':'A','relationName':'a'}"),
          "'A.b' finds no two links in its relation" },
        { ENTITY(SYSTEM ", 'history': {'type':'link'}", "'history': {'type':'belongsTo','entity':'A'}"),
          "'A.history' has a name that routes use" },
        { "{'scopes': {'A': {'type':'Relation'}}, 'entityDefs': {'A': {'fields': {" SYSTEM ", 'b': {'type':'link',"
          "'relationField':true}}, 'links': {'b': {'type':'belongsTo','entity':'A'}}}}}", "has no two fields with 'relationField'" },
        { "{'scopes': {'A': {'type':'Relation'}}, 'entityDefs': {'A': {'fields': {" SYSTEM ", 'b': {'type':'int',"
          "'relationField':true}}}}}", "'A.b' is no end of its relation" },
        { "{'scopes': {'A': {}}, 'entityDefs': {'A': {'fields': {" SYSTEM "}, 'uniqueIndexes': {'u': ['nothing']}}}}",
          "'A.u' names an unknown column" },
        { "{'scopes': {'A': {}}, 'entityDefs': {'A': {'fields': {" SYSTEM "}, 'indexes': {'i': {'columns': ['nothing']}}}}}",
          "'A.i' indexes an unknown field" },
        { "{'scopes': {'A b': {}}, 'entityDefs': {'A b': {'fields': {" SYSTEM "}}}}", "has a name that is not a word" },
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Arena *arena = arena_new(4096, (size_t)1 << 20);
        Schema *schema = NULL;
        const Error *error = schema_compile(arena, test_json(arena, cases[i].document), &schema);
        if (error == NULL)
            fail_msg("%s is taken", cases[i].document);
        assert_int_equal(error->kind, ERROR_INVALID);
        if (strstr(str_copy_c(arena, error->reason), cases[i].reason) == NULL)
            fail_msg("'%.*s' instead of '%s'", STR_ARGS(error->reason), cases[i].reason);
        assert_null(schema);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_gives_fields_their_keys_and_columns),
        cmocka_unit_test(test_schema_hides_internal_keys_but_stores_them),
        cmocka_unit_test(test_schema_numbers_columns_and_keys_without_gaps),
        cmocka_unit_test(test_schema_reads_the_properties_of_fields),
        cmocka_unit_test(test_schema_knows_what_an_entity_has),
        cmocka_unit_test(test_schema_resolves_every_kind_of_link),
        cmocka_unit_test(test_schema_leaves_deleted_out_of_unique_tuples),
        cmocka_unit_test(test_schema_finds_exact_names_only),
        cmocka_unit_test(test_schema_lives_until_its_last_user),
        cmocka_unit_test(test_schema_refuses_what_contradicts_itself),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
