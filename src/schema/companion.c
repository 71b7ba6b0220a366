#include "schema/companion.h"

typedef struct Companion {
    const char *of; /* type of the main field */
    const char *suffix;
    const char *type;
    /* Properties that the main field keeps for this companion, under their usual names here. */
    const char *min;
    const char *max;
    const char *preset;
} Companion;

/* clang-format off */
static const Companion companions[] = {
    { .of = "rangeInt",   .suffix = "From", .type = "int",        .min = "minFrom", .max = "maxFrom", .preset = "defaultFrom" },
    { .of = "rangeInt",   .suffix = "To",   .type = "int",        .min = "minTo",   .max = "maxTo",   .preset = "defaultTo" },
    { .of = "rangeFloat", .suffix = "From", .type = "float",      .min = "minFrom", .max = "maxFrom", .preset = "defaultFrom" },
    { .of = "rangeFloat", .suffix = "To",   .type = "float",      .min = "minTo",   .max = "maxTo",   .preset = "defaultTo" },
    { .of = "linkParent", .suffix = "Id",   .type = "parentId" },
    { .of = "linkParent", .suffix = "Type", .type = "parentType" },
};
/* clang-format on */

#define MAX_COMPANIONS 2 /* of one field */

/* What holds for the main field holds for each of its companions. */
static const char *const shared[] = {
    "required",
    "notNull",
    "protected",
    "readOnly",
    "index",
    "internal",
    "noLoad",
    "mandatoryToSelect",
    "isCustom",
    "amountOfDigitsAfterComma",
    "duplicateIgnore",
    "auditableDisabled",
    "entityList",
    "modifiedExtendedDisabled",
    "layoutListDisabled",
    "conditionalProperties",
};

static void add_text(JsonValue *object, const char *key, Str text)
{
    object->object.members[object->object.count++] =
        (JsonMember){ .key = str_from(key), .value = { .kind = JSON_TEXT, .text = text } };
}

static void add_copy(JsonValue *object, const char *key, const JsonValue *main, const char *name)
{
    const JsonValue *value = name == NULL ? NULL : json_find(main, str_from(name));
    if (value != NULL)
        object->object.members[object->object.count++] =
            (JsonMember){ .key = str_from(key), .value = *value };
}

static JsonValue make(Arena *arena, const Companion *companion, const JsonMember *main)
{
    size_t count = sizeof shared / sizeof *shared;
    JsonValue made = { .kind = JSON_OBJECT };
    made.object.members = ARENA_ARRAY(arena, JsonMember, count + 5);
    add_text(&made, "type", str_from(companion->type));
    add_text(&made, "mainField", main->key);
    for (size_t i = 0; i < count; i++)
        add_copy(&made, shared[i], &main->value, shared[i]);
    add_copy(&made, "min", &main->value, companion->min);
    add_copy(&made, "max", &main->value, companion->max);
    add_copy(&made, "default", &main->value, companion->preset);
    return made;
}

static bool has_name(const JsonValue *object, Str name)
{
    return json_find(object, name) != NULL;
}

static void add_companions(Arena *arena, const JsonValue *fields, const JsonMember *main,
                           JsonValue *out)
{
    Str type = json_find_text(&main->value, STR("type"));
    for (size_t i = 0; i < sizeof companions / sizeof *companions; i++) {
        const Companion *companion = &companions[i];
        if (!str_equal(type, str_from(companion->of)))
            continue;
        JsonMember *made = &out->object.members[out->object.count++];
        made->key = str_concat(arena, main->key, str_from(companion->suffix));
        made->value = make(arena, companion, main);
        if (has_name(fields, made->key))
            made->value = json_merge(arena, &made->value, json_find(fields, made->key));
    }
}

JsonValue companion_complete(Arena *arena, const JsonValue *fields)
{
    JsonValue out = { .kind = JSON_OBJECT };
    size_t count = fields->object.count;
    out.object.members = ARENA_ARRAY(arena, JsonMember, count * (1 + MAX_COMPANIONS));
    for (size_t i = 0; i < count; i++) {
        const JsonMember *member = &fields->object.members[i];
        if (has_name(&out, member->key))
            continue; /* a companion that the document names too */
        out.object.members[out.object.count++] = *member;
        add_companions(arena, fields, member, &out);
    }
    return out;
}
