/* Languages in the model: codes and names, variants in the document and in the schema. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "json/json_writer.h"
#include "schema/metadata.h"
#include "support/test_database.h"
#include "support/test_json.h"
#include "support/test_model.h"

static void test_language_knows_the_form_of_a_code(void **state)
{
    static const char *const codes[] = { "de", "de_DE", "zh_CN", "sr_Latn_RS", "es_419", "yue_HK" };
    static const char *const others[] = { "",       "d",      "DE",        "de-DE",       "de_",
                                          "_DE",    "de__DE", "de_D",      "d3",          "de DE",
                                          "german", "de_DE;", "a_bb_cc_d", "aa_123456789" };
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (!language_is_code(str_from(codes[i])))
            fail_msg("'%s' is no code", codes[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (language_is_code(str_from(others[i])))
            fail_msg("'%s' is a code", others[i]);
    assert_false(language_is_code(STR("aa_bb_cc_dd_ee")));
    assert_false(language_is_code(STR("aaa_bbbbbbbb_cccccccc")));
}

static void test_language_names_its_fields_after_the_code(void **state)
{
    static const struct {
        const char *code;
        const char *suffix;
        const char *word;
    } cases[] = { { "de_DE", "DeDe", "de_de" },
                  { "zh_CN", "ZhCn", "zh_cn" },
                  { "sr_Latn_RS", "SrLatnRs", "sr_latn_rs" },
                  { "fr", "Fr", "fr" },
                  { "es_419", "Es419", "es_419" } };
    Arena *arena = arena_new(4096, (size_t)1 << 20);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Language language = language_make(arena, str_from(cases[i].code), (unsigned)i);
        assert_true(str_equal(language.code, str_from(cases[i].code)));
        assert_true(str_equal(language.suffix, str_from(cases[i].suffix)));
        assert_true(str_equal(language.word, str_from(cases[i].word)));
        assert_int_equal(language.index, i);
    }
    arena_free(arena);
}

/* ---- the document ---- */

#define FIELDS                                                                             \
    "{'entityDefs': {'A': {'fields': {"                                                    \
    "'name': {'type':'varchar','required':true,'unique':true,'default':'x','maxLength':9," \
    "'isMultilang':true},"                                                                 \
    "'isOn': {'type':'bool','isMultilang':true},"                                          \
    "'size': {'type':'int','isMultilang':true},"                                           \
    "'code': {'type':'varchar'}}}}}"

static const JsonValue *fields_with(Arena *arena, const char *const *codes, size_t count)
{
    Str all[4];
    for (size_t i = 0; i < count; i++)
        all[i] = str_from(codes[i]);
    const JsonValue *document = metadata_add_languages(arena, test_json(arena, FIELDS), all, count);
    const JsonValue *entity = json_find(json_find(document, STR("entityDefs")), STR("A"));
    return json_find(entity, STR("fields"));
}

static void test_metadata_gives_multilingual_fields_a_variant_for_each_language(void **state)
{
    static const char *const codes[] = { "en_US", "de_DE", "zh_CN" };
    Arena *arena = arena_new(4096, (size_t)1 << 20);
    const JsonValue *fields = fields_with(arena, codes, 3);
    const JsonValue *wanted = test_json(
        arena,
        "{'name': {'type':'varchar','required':true,'unique':true,'default':'x','maxLength':9,"
        "'isMultilang':true,'lingualFields':['nameDeDe','nameZhCn']},"
        "'nameDeDe': {'type':'varchar','maxLength':9,'multilangField':'name',"
        "'multilangLocale':'de_DE'},"
        "'nameZhCn': {'type':'varchar','maxLength':9,'multilangField':'name',"
        "'multilangLocale':'zh_CN'},"
        "'isOn': {'type':'bool','isMultilang':true,'lingualFields':['isOnDeDe','isOnZhCn']},"
        "'isOnDeDe': {'type':'bool','notNull':false,'multilangField':'isOn',"
        "'multilangLocale':'de_DE'},"
        "'isOnZhCn': {'type':'bool','notNull':false,'multilangField':'isOn',"
        "'multilangLocale':'zh_CN'},"
        "'size': {'type':'int'}, 'code': {'type':'varchar'}}");
    (void)state;
    if (!json_equal(fields, wanted))
        fail_msg("%.*s", STR_ARGS(json_to_text(arena, fields)));
    assert_true(str_equal(fields->object.members[1].key, STR("nameDeDe")));
    arena_free(arena);
}

static void test_metadata_with_the_main_language_alone_has_no_variants(void **state)
{
    static const char *const codes[] = { "de_DE" };
    Arena *arena = arena_new(4096, (size_t)1 << 20);
    const JsonValue *fields = fields_with(arena, codes, 1);
    (void)state;
    assert_int_equal(fields->object.count, 4);
    assert_null(json_find(json_find(fields, STR("name")), STR("lingualFields")));
    arena_free(arena);
}

/* ---- the schema ---- */

static const char *const two[] = { "en_US", "de_DE", "zh_CN" };

static void test_schema_leads_from_a_field_to_its_variants_and_back(void **state)
{
    Schema *schema = test_model_compile_languages(two, 3);
    const Entity *item = schema_find_entity(schema, STR("Item"));
    const Language *german = schema_find_language(schema, STR("de_DE"));
    const Language *chinese = schema_find_language(schema, STR("zh_CN"));
    const Field *variant = entity_find_field(item, STR("nameZhCn"));
    (void)state;
    assert_int_equal(schema->language_count, 2);
    assert_true(str_equal(schema->main_language, STR("en_US")));
    assert_null(schema_find_language(schema, STR("en_US")));
    assert_ptr_equal(field_in_language(item->name_field, chinese), variant);
    assert_ptr_equal(field_in_language(item->name_field, NULL), item->name_field);
    assert_ptr_equal(variant->main_field, item->name_field);
    assert_ptr_equal(variant->language, chinese);
    assert_false(variant->is_required);
    assert_null(item->name_field->main_field);
    const Field *code = entity_find_field(item, STR("code"));
    assert_ptr_equal(field_in_language(code, german), code);
    assert_true(str_equal(variant->column->name.quoted, STR("\"name_zh_cn\"")));
    schema_unref(schema);
}

static void test_schema_has_a_side_index_for_each_language(void **state)
{
    Schema *schema = test_model_compile_languages(two, 3);
    const Entity *item = schema_find_entity(schema, STR("Item"));
    const Entity *shop = schema_find_entity(schema, STR("Shop"));
    const SideIndex *indexes = item->side_indexes;
    (void)state;
    assert_int_equal(item->side_index_count, 3);
    assert_int_equal(shop->side_index_count, 1);
    assert_true(str_equal(indexes[0].word, STR("item_search")));
    assert_true(str_equal(indexes[1].word, STR("item_search_de_de")));
    assert_true(str_equal(indexes[2].word, STR("item_search_zh_cn")));
    assert_false(indexes[0].is_partial);
    assert_true(indexes[1].is_partial);
    assert_int_equal(indexes[0].bit, 1);
    assert_int_equal(indexes[2].bit, 4);
    assert_int_equal(indexes[1].sql.count, 2); /* name and note */
    assert_ptr_equal(entity_find_field(item, STR("noteDeDe"))->side_index, &indexes[1]);
    assert_ptr_equal(entity_find_field(item, STR("note"))->side_index, &indexes[0]);
    schema_unref(schema);
}

static void test_schema_chooses_a_language_by_its_code(void **state)
{
    Schema *schema = test_model_compile_languages(two, 3);
    Arena *arena = arena_new(4096, (size_t)1 << 20);
    LanguageChoice choice = { 0 };
    (void)state;
    assert_no_error(schema_choose_language(arena, schema, STR_NONE, &choice));
    assert_false(choice.is_one);
    assert_no_error(schema_choose_language(arena, schema, STR("zh_CN"), &choice));
    assert_true(choice.is_one);
    assert_ptr_equal(choice.language, schema_find_language(schema, STR("zh_CN")));
    assert_no_error(schema_choose_language(arena, schema, STR("main"), &choice));
    assert_true(choice.is_one && choice.language == NULL);
    assert_no_error(schema_choose_language(arena, schema, STR("en_US"), &choice));
    assert_true(choice.is_one && choice.language == NULL);
    const Error *error = schema_choose_language(arena, schema, STR("zh_cn"), &choice);
    assert_non_null(error);
    assert_string_equal(error->code, "unknownLanguage");
    arena_free(arena);
    schema_unref(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_language_knows_the_form_of_a_code),
        cmocka_unit_test(test_language_names_its_fields_after_the_code),
        cmocka_unit_test(test_metadata_gives_multilingual_fields_a_variant_for_each_language),
        cmocka_unit_test(test_metadata_with_the_main_language_alone_has_no_variants),
        cmocka_unit_test(test_schema_leads_from_a_field_to_its_variants_and_back),
        cmocka_unit_test(test_schema_has_a_side_index_for_each_language),
        cmocka_unit_test(test_schema_chooses_a_language_by_its_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
