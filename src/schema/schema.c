#include "schema/schema.h"

#include "schema/pattern.h"

Schema *schema_ref(Schema *schema)
{
    __atomic_fetch_add(&schema->refs, 1, __ATOMIC_RELAXED);
    return schema;
}

void schema_unref(Schema *schema)
{
    if (schema == NULL || __atomic_sub_fetch(&schema->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    pattern_free(schema->patterns);
    arena_free(schema->arena);
}

const Entity *schema_find_entity(const Schema *schema, Str name)
{
    return map_find(&schema->entities_by_name, name);
}

const Language *schema_find_language(const Schema *schema, Str code)
{
    for (size_t i = 0; i < schema->language_count; i++)
        if (str_equal(schema->languages[i].code, code))
            return &schema->languages[i];
    return NULL;
}

Error *schema_choose_language(Arena *arena, const Schema *schema, Str code, LanguageChoice *out)
{
    LanguageChoice choice = { .is_one = code.len > 0 };
    bool is_main = str_equal(code, STR("main")) || str_equal(code, schema->main_language);
    if (choice.is_one && !is_main) {
        choice.language = schema_find_language(schema, code);
        if (choice.language == NULL)
            return error_new_code(arena, ERROR_INVALID, "unknownLanguage",
                                  "There is no such language");
    }
    *out = choice;
    return NULL;
}

const Field *field_in_language(const Field *field, const Language *language)
{
    if (language == NULL || field->variants == NULL)
        return field;
    const Field *variant = field->variants[language->index];
    return variant == NULL ? field : variant;
}

const Field *entity_find_field(const Entity *entity, Str name)
{
    return map_find(&entity->fields_by_name, name);
}

const Key *entity_find_key(const Entity *entity, Str name)
{
    return map_find(&entity->keys_by_name, name);
}

const Link *entity_find_link(const Entity *entity, Str name)
{
    return map_find(&entity->links_by_name, name);
}
