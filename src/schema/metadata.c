#include "schema/metadata.h"

#include "json/json_reader.h"
#include "schema/companion.h"
#include "schema/embedded.h"
#include "schema/field_type.h"
#include "schema/metadata_hierarchy.h"
#include "schema/property.h"

static const Str empty_object = { "{}", 2 };

static JsonValue text_value(Str text)
{
    return (JsonValue){ .kind = JSON_TEXT, .text = text };
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

/* `ProductCategory` from `productCategory`, and back. */
static Str with_first(Arena *arena, Str word, bool is_upper)
{
    char *copy = str_copy_c(arena, word);
    if (is_upper && copy[0] >= 'a' && copy[0] <= 'z')
        copy[0] = (char)(copy[0] - 32);
    if (!is_upper && copy[0] >= 'A' && copy[0] <= 'Z')
        copy[0] = (char)(copy[0] + 32);
    return (Str){ copy, word.len };
}

static bool is_entity(const JsonValue *scope)
{
    return json_find_true(scope, STR("entity"));
}

/* A relation entity of two links, as `{"scopes": {...}, "entityDefs": {...}}` to merge in
 * (spec 8.3). */
static JsonValue make_relation(Arena *arena, Str name, Str near, Str far, Error **out_error)
{
    Str near_word = with_first(arena, near, false);
    Str far_word = with_first(arena, far, false);
    Str text = str_format(
        arena,
        "{\"scopes\":{\"%.*s\":{\"entity\":true,\"type\":\"Relation\",\"acl\":true}},"
        "\"entityDefs\":{\"%.*s\":{"
        "\"fields\":{\"%.*s\":{\"type\":\"link\",\"required\":true,\"relationField\":true},"
        "\"%.*s\":{\"type\":\"link\",\"required\":true,\"relationField\":true}},"
        "\"links\":{\"%.*s\":{\"type\":\"belongsTo\",\"entity\":\"%.*s\"},"
        "\"%.*s\":{\"type\":\"belongsTo\",\"entity\":\"%.*s\"}}}}}",
        STR_ARGS(name), STR_ARGS(name), STR_ARGS(near_word), STR_ARGS(far_word),
        STR_ARGS(near_word), STR_ARGS(near), STR_ARGS(far_word), STR_ARGS(far));
    const JsonValue *document = NULL;
    *out_error = json_read(arena, text, &document);
    return *out_error == NULL ? *document : (JsonValue){ .kind = JSON_NULL };
}

static Error *add_relations_of(Arena *arena, Str entity, const JsonValue *links,
                               JsonValue *document)
{
    for (size_t i = 0; json_is_object(links) && i < links->object.count; i++) {
        const JsonValue *link = &links->object.members[i].value;
        Str relation = json_find_text(link, STR("relationName"));
        if (relation.len == 0)
            continue;
        Str name = with_first(arena, relation, true);
        if (json_find(json_find(document, STR("scopes")), name) != NULL)
            continue;
        Error *error = NULL;
        JsonValue made =
            make_relation(arena, name, entity, json_find_text(link, STR("entity")), &error);
        TRY(error);
        *document = json_merge(arena, document, &made);
    }
    return NULL;
}

static JsonValue with_companions(Arena *arena, const JsonValue *entity)
{
    JsonValue completed = object_value(arena, entity->object.count);
    for (size_t i = 0; i < entity->object.count; i++) {
        const JsonMember *section = &entity->object.members[i];
        bool is_fields = str_equal(section->key, STR("fields")) && json_is_object(&section->value);
        add_member(&completed, section->key,
                   is_fields ? companion_complete(arena, &section->value) : section->value);
    }
    return completed;
}

static JsonValue complete_entity(Arena *arena, const JsonValue *templates, const JsonValue *scope,
                                 const JsonValue *own)
{
    JsonValue completed = *json_find(templates, json_find_text(scope, STR("type")));
    for (size_t i = 0; i < scope->object.count; i++) {
        const JsonMember *flag = &scope->object.members[i];
        bool is_on = flag->value.kind == JSON_BOOL && flag->value.boolean;
        const JsonValue *trait = is_on ? json_find(templates, flag->key) : NULL;
        if (trait != NULL)
            completed = json_merge(arena, &completed, trait);
    }
    if (own != NULL)
        completed = json_merge(arena, &completed, own);
    return with_companions(arena, &completed);
}

Error *metadata_complete(Arena *arena, const JsonValue *source, const JsonValue **out)
{
    JsonValue document = *source;
    const JsonValue *templates = json_find(source, STR("templates"));
    TRY(metadata_add_hierarchies(arena, &document));
    const JsonValue *own = json_find(&document, STR("entityDefs"));
    for (size_t i = 0; json_is_object(own) && i < own->object.count; i++) {
        const JsonMember *member = &own->object.members[i];
        TRY(add_relations_of(arena, member->key, json_find(&member->value, STR("links")),
                             &document));
    }
    const JsonValue *scopes = json_find(&document, STR("scopes"));
    const JsonValue *defs = json_find(&document, STR("entityDefs"));
    JsonValue completed = object_value(arena, scopes->object.count);
    for (size_t i = 0; i < scopes->object.count; i++) {
        const JsonMember *scope = &scopes->object.members[i];
        if (!is_entity(&scope->value))
            continue;
        Str type = json_find_text(&scope->value, STR("type"));
        if (json_find(templates, type) == NULL)
            return error_new(arena, ERROR_INVALID, "Entity '%.*s' has the unknown type '%.*s'",
                             STR_ARGS(scope->key), STR_ARGS(type));
        add_member(&completed, scope->key,
                   complete_entity(arena, templates, &scope->value, json_find(defs, scope->key)));
    }
    JsonValue *result = ARENA_NEW(arena, JsonValue);
    *result = object_value(arena, document.object.count);
    for (size_t i = 0; i < document.object.count; i++) {
        const JsonMember *member = &document.object.members[i];
        bool is_defs = str_equal(member->key, STR("entityDefs"));
        if (!str_equal(member->key, STR("templates")))
            add_member(result, member->key, is_defs ? completed : member->value);
    }
    *out = result;
    return NULL;
}

Error *metadata_load(Arena *arena, const JsonValue **out)
{
    const JsonValue *merged = NULL;
    TRY(json_read(arena, empty_object, &merged));
    for (size_t i = 0; i < embedded_metadata_count; i++) {
        const EmbeddedFile *file = &embedded_metadata[i];
        const JsonValue *part = NULL;
        TRY(json_read(arena, (Str){ file->data, (size_t)(file->end - file->data) }, &part));
        JsonValue *next = ARENA_NEW(arena, JsonValue);
        *next = json_merge(arena, merged, part);
        merged = next;
    }
    return metadata_complete(arena, merged, out);
}

/* `fields.{type}` of spec 8.1, as far as the type table knows. */
static JsonValue describe_types(Arena *arena)
{
    size_t count;
    const FieldType *const *types = field_type_all(&count);
    JsonValue described = object_value(arena, count);
    for (size_t i = 0; i < count; i++) {
        JsonValue type = object_value(arena, 4);
        add_member(&type, STR("params"), property_describe(arena, str_from(types[i]->name)));
        add_member(&type, STR("notSortable"),
                   (JsonValue){ .kind = JSON_BOOL, .boolean = !types[i]->is_sortable });
        add_member(&type, STR("filter"),
                   (JsonValue){ .kind = JSON_BOOL, .boolean = types[i]->operand != NULL });
        add_member(&type, STR("group"),
                   text_value(str_from(field_type_class_name(types[i]->value_class))));
        add_member(&described, str_from(types[i]->name), type);
    }
    return described;
}

static JsonValue describe_fields(Arena *arena, const JsonValue *fields)
{
    JsonValue shown = object_value(arena, fields->object.count);
    for (size_t i = 0; i < fields->object.count; i++) {
        const JsonMember *field = &fields->object.members[i];
        bool is_id = str_equal(field->key, STR("id"));
        JsonValue varchar = object_value(arena, 1);
        add_member(&varchar, STR("type"), text_value(STR("varchar")));
        if (!json_find_true(&field->value, STR("internal")))
            add_member(&shown, field->key, is_id ? varchar : field->value);
    }
    return shown;
}

static JsonValue describe_entities(Arena *arena, const JsonValue *defs)
{
    JsonValue described = object_value(arena, defs->object.count);
    for (size_t i = 0; i < defs->object.count; i++) {
        const JsonValue *def = &defs->object.members[i].value;
        JsonValue entity = object_value(arena, def->object.count);
        for (size_t j = 0; j < def->object.count; j++) {
            const JsonMember *section = &def->object.members[j];
            bool is_fields = str_equal(section->key, STR("fields"));
            add_member(&entity, section->key,
                       is_fields ? describe_fields(arena, &section->value) : section->value);
        }
        add_member(&described, defs->object.members[i].key, entity);
    }
    return described;
}

Error *metadata_describe(Arena *arena, const JsonValue *completed, const JsonValue **out)
{
    JsonValue *document = ARENA_NEW(arena, JsonValue);
    *document = object_value(arena, completed->object.count + 1);
    for (size_t i = 0; i < completed->object.count; i++) {
        const JsonMember *section = &completed->object.members[i];
        bool is_defs = str_equal(section->key, STR("entityDefs"));
        add_member(document, section->key,
                   is_defs ? describe_entities(arena, &section->value) : section->value);
    }
    add_member(document, STR("fields"), describe_types(arena));
    *out = document;
    return NULL;
}
