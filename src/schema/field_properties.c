#include "schema/field_properties.h"

#include "schema/field_type.h"
#include "schema/value_private.h"

Error *field_properties_refuse(Arena *arena, Str entity, Str field, const char *problem)
{
    return error_new(arena, ERROR_INVALID, "The definition of '%.*s.%.*s' %s", STR_ARGS(entity),
                     STR_ARGS(field), problem);
}

static bool find_number(const JsonValue *definition, Str key, double *out)
{
    const JsonValue *value = json_find(definition, key);
    if (value == NULL || (value->kind != JSON_INT && value->kind != JSON_REAL))
        return false;
    *out = value->kind == JSON_INT ? (double)value->integer : value->real;
    return true;
}

/* True unless the member says otherwise. */
static bool is_not_off(const JsonValue *definition, Str key)
{
    const JsonValue *value = json_find(definition, key);
    return value == NULL || (value->kind == JSON_BOOL && value->boolean);
}

/* Texts, or numbers as texts. */
static Str *read_texts(Arena *arena, const JsonValue *list, size_t *out_count)
{
    *out_count = 0;
    if (!json_is_list(list))
        return NULL;
    Str *texts = ARENA_ARRAY(arena, Str, list->list.count);
    for (size_t i = 0; i < list->list.count; i++) {
        SqlValue text;
        if (value_operand_text(arena, &list->list.items[i], &text))
            texts[(*out_count)++] = text.text;
    }
    return texts;
}

static Error *read_options(Arena *arena, const FieldPropertySource *source, Field *field)
{
    static Str main_language = { "en_US", 5 };
    size_t code_count = 0;
    bool takes_languages = field->type->takes_languages;
    const JsonValue *options =
        takes_languages
            ? source->languages
            : json_find(source->definition,
                        field->type->takes_entities ? STR("entityList") : STR("options"));
    field->options = read_texts(arena, options, &field->option_count);
    field->option_codes =
        read_texts(arena, json_find(source->definition, STR("optionsIds")), &code_count);
    if (takes_languages && field->option_count == 0) {
        field->options = &main_language;
        field->option_count = 1;
    }
    if (takes_languages || code_count == 0)
        field->option_codes = field->options;
    else if (code_count != field->option_count)
        return field_properties_refuse(arena, field->entity->name, field->name,
                                       "has another number of options than of their ids");
    return NULL;
}

static bool is_system_name(Str name)
{
    static const char *const names[] = { "deleted", "createdAt", "modifiedAt", "createdBy",
                                         "modifiedBy" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_equal(name, str_from(names[i])))
            return true;
    return false;
}

static void read_flags(const JsonValue *definition, Field *field)
{
    bool is_bool = field->type->value_class == VALUE_BOOL;
    field->is_required = json_find_true(definition, STR("required"));
    field->is_unique = json_find_true(definition, STR("unique")) || field->type->is_assigned;
    field->is_indexed = json_find_true(definition, STR("index"));
    /* a bool without the property counts as not-null (spec 3.8) */
    field->is_not_null = json_find_true(definition, STR("notNull")) ||
                         (is_bool && !json_find(definition, STR("notNull")));
    field->is_protected = json_find_true(definition, STR("protected"));
    field->is_internal = json_find_true(definition, STR("internal"));
    field->is_not_loaded = json_find_true(definition, STR("noLoad"));
    field->is_always_selected = json_find_true(definition, STR("mandatoryToSelect"));
    field->is_system = is_system_name(field->name) || field->type->is_assigned;
    field->is_trimmed = field->type->is_line && is_not_off(definition, STR("trim"));
    field->counts_bytes = json_find_true(definition, STR("countBytesInsteadOfCharacters"));
    field->refuses_empty_items = json_find_true(definition, STR("noEmptyString"));
}

static void read_numbers(const JsonValue *definition, Field *field)
{
    double number;
    field->max_length = find_number(definition, STR("maxLength"), &number)
                            ? (int64_t)number
                            : field->type->max_length;
    field->has_min = find_number(definition, STR("min"), &field->min);
    field->has_max = find_number(definition, STR("max"), &field->max);
    field->digits =
        find_number(definition, STR("amountOfDigitsAfterComma"), &number) ? (int)number : -1;
}

static Error *read_pattern(Arena *arena, const FieldPropertySource *source, Field *field)
{
    Str problem;
    Str text = json_find_text(source->definition, STR("pattern"));
    if (text.len == 0 || !field->type->is_line)
        return NULL;
    Pattern *pattern = pattern_new(arena, text, &problem);
    if (pattern == NULL)
        return error_new(arena, ERROR_INVALID,
                         "The definition of '%.*s.%.*s' has a pattern that is none: %.*s",
                         STR_ARGS(field->entity->name), STR_ARGS(field->name), STR_ARGS(problem));
    pattern->next = *source->patterns;
    *source->patterns = pattern;
    field->pattern = pattern;
    return NULL;
}

/* A script is a template of a later day; what it would give can't be taken from its text. */
static Error *read_default(Arena *arena, const JsonValue *definition, Field *field)
{
    FieldProblems problems = { 0 };
    SqlValue value;
    const JsonValue *given = json_find(definition, STR("default"));
    bool is_script = str_equal(json_find_text(definition, STR("defaultValueType")), STR("script"));
    field->defaults_if_required = json_find_true(definition, STR("setDefaultOnlyIfRequired"));
    field->defaults_to_caller = json_find_true(definition, STR("currentUserAsDefault"));
    if (json_is_null(given) || is_script)
        return NULL;
    field->default_value = given;
    if (field->type->read == NULL || field_read(arena, field, given, &problems, &value))
        return NULL;
    return error_new(
        arena, ERROR_INVALID, "The definition of '%.*s.%.*s' has a default that is refused: %.*s",
        STR_ARGS(field->entity->name), STR_ARGS(field->name), STR_ARGS(problems.first->reason));
}

Error *field_properties_read(Arena *arena, const FieldPropertySource *source, Field *field)
{
    read_flags(source->definition, field);
    read_numbers(source->definition, field);
    TRY(read_options(arena, source, field));
    TRY(read_pattern(arena, source, field));
    return read_default(arena, source->definition, field);
}
