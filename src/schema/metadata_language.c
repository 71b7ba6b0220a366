#include "schema/language.h"
#include "schema/metadata.h"

/* What a document is given: the languages, and how their names go on. */
typedef struct Adder {
    Arena *arena;
    const Language *languages; /* the additional ones */
    size_t count;
} Adder;

static JsonValue text_value(Str text)
{
    return (JsonValue){ .kind = JSON_TEXT, .text = text };
}

static JsonValue bool_value(bool boolean)
{
    return (JsonValue){ .kind = JSON_BOOL, .boolean = boolean };
}

static JsonValue object_value(Arena *arena, size_t max_members)
{
    JsonValue object = { .kind = JSON_OBJECT };
    object.object.members = ARENA_ARRAY(arena, JsonMember, max_members);
    return object;
}

static void add_member(JsonValue *object, Str key, JsonValue value)
{
    object->object.members[object->object.count++] = (JsonMember){ .key = key, .value = value };
}

static bool is_one_of(Str name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (str_equal(name, str_from(*names)))
            return true;
    return false;
}

/* Types whose values can be kept in several languages (content 7.15). */
static bool can_be_multilingual(Str type)
{
    static const char *const types[] = { "varchar", "text", "wysiwyg", "markdown",
                                         "url",     "bool", "array",   NULL };
    return is_one_of(type, types);
}

/* What a variant does not take over: it is never required or unique and has no default, and nothing
 * is filled in for it. */
static bool is_left_out(Str property)
{
    static const char *const properties[] = { "isMultilang",      "required", "unique",
                                              "default",          "notNull",  "index",
                                              "defaultValueType", "foldOf",   NULL };
    return is_one_of(property, properties);
}

static JsonValue make_variant(const Adder *adder, const JsonMember *main, const Language *language)
{
    const JsonValue *definition = &main->value;
    JsonValue variant = object_value(adder->arena, definition->object.count + 3);
    for (size_t i = 0; i < definition->object.count; i++)
        if (!is_left_out(definition->object.members[i].key))
            add_member(&variant, definition->object.members[i].key,
                       definition->object.members[i].value);
    if (str_equal(json_find_text(definition, STR("type")), STR("bool")))
        add_member(&variant, STR("notNull"), bool_value(false));
    add_member(&variant, STR("multilangField"), text_value(main->key));
    add_member(&variant, STR("multilangLocale"), text_value(language->code));
    return variant;
}

static Str variant_name(const Adder *adder, Str main, const Language *language)
{
    return str_concat(adder->arena, main, language->suffix);
}

/* The main field with `lingualFields`. */
static JsonValue make_main(const Adder *adder, const JsonMember *main)
{
    JsonValue definition = object_value(adder->arena, main->value.object.count + 1);
    JsonValue names = { .kind = JSON_LIST };
    names.list.items = ARENA_ARRAY(adder->arena, JsonValue, adder->count);
    names.list.count = adder->count;
    for (size_t i = 0; i < adder->count; i++)
        names.list.items[i] = text_value(variant_name(adder, main->key, &adder->languages[i]));
    definition.object.count = main->value.object.count;
    memcpy(definition.object.members, main->value.object.members,
           definition.object.count * sizeof(JsonMember));
    if (adder->count > 0)
        add_member(&definition, STR("lingualFields"), names);
    return definition;
}

static JsonValue without_flag(const Adder *adder, const JsonValue *definition)
{
    JsonValue kept = object_value(adder->arena, definition->object.count);
    for (size_t i = 0; i < definition->object.count; i++)
        if (!str_equal(definition->object.members[i].key, STR("isMultilang")))
            add_member(&kept, definition->object.members[i].key,
                       definition->object.members[i].value);
    return kept;
}

static JsonValue add_to_fields(const Adder *adder, const JsonValue *fields)
{
    JsonValue all = object_value(adder->arena, fields->object.count * (adder->count + 1));
    for (size_t i = 0; i < fields->object.count; i++) {
        const JsonMember *field = &fields->object.members[i];
        if (!json_find_true(&field->value, STR("isMultilang"))) {
            add_member(&all, field->key, field->value);
            continue;
        }
        if (!can_be_multilingual(json_find_text(&field->value, STR("type")))) {
            add_member(&all, field->key, without_flag(adder, &field->value));
            continue;
        }
        add_member(&all, field->key, make_main(adder, field));
        for (size_t j = 0; j < adder->count; j++)
            add_member(&all, variant_name(adder, field->key, &adder->languages[j]),
                       make_variant(adder, field, &adder->languages[j]));
    }
    return all;
}

static JsonValue add_to_entities(const Adder *adder, const JsonValue *definitions)
{
    JsonValue all = object_value(adder->arena, definitions->object.count);
    for (size_t i = 0; i < definitions->object.count; i++) {
        const JsonValue *definition = &definitions->object.members[i].value;
        JsonValue entity = object_value(adder->arena, definition->object.count);
        for (size_t j = 0; j < definition->object.count; j++) {
            const JsonMember *section = &definition->object.members[j];
            bool is_fields =
                str_equal(section->key, STR("fields")) && json_is_object(&section->value);
            add_member(&entity, section->key,
                       is_fields ? add_to_fields(adder, &section->value) : section->value);
        }
        add_member(&all, definitions->object.members[i].key, entity);
    }
    return all;
}

static JsonValue list_languages(Arena *arena, const Str *codes, size_t count)
{
    JsonValue section = object_value(arena, 1);
    JsonValue list = { .kind = JSON_LIST };
    list.list.items = ARENA_ARRAY(arena, JsonValue, count);
    list.list.count = count;
    for (size_t i = 0; i < count; i++)
        list.list.items[i] = text_value(codes[i]);
    add_member(&section, STR("languageList"), list);
    return section;
}

const JsonValue *metadata_add_languages(Arena *arena, const JsonValue *completed, const Str *codes,
                                        size_t count)
{
    Language *languages = ARENA_ARRAY(arena, Language, count);
    Adder adder = { .arena = arena, .languages = languages, .count = count - 1 };
    JsonValue *document = ARENA_NEW(arena, JsonValue);
    for (size_t i = 1; i < count; i++)
        languages[i - 1] = language_make(arena, codes[i], (unsigned)i - 1);
    *document = object_value(arena, completed->object.count + 1);
    for (size_t i = 0; i < completed->object.count; i++) {
        const JsonMember *section = &completed->object.members[i];
        bool is_defs = str_equal(section->key, STR("entityDefs"));
        add_member(document, section->key,
                   is_defs ? add_to_entities(&adder, &section->value) : section->value);
    }
    add_member(document, STR("multilang"), list_languages(arena, codes, count));
    return document;
}
