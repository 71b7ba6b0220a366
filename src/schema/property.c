#include "schema/property.h"

typedef struct Property {
    const char *name;
    const char *type;
    const char *of; /* types of fields, between blanks */
} Property;

#define TEXTS " varchar text wysiwyg markdown email url color "
#define NUMBERS " int float "
#define RANGES " rangeInt rangeFloat "
#define DATES " date datetime "
#define OPTIONS " enum multiEnum enumInt enumFloat "
#define LISTS " array arrayInt multiEnum multiLanguage "
#define ALL                                                                              \
    TEXTS NUMBERS RANGES DATES OPTIONS LISTS " bool language link linkParent jsonArray " \
                                             "jsonObject "

/* clang-format off */
static const Property properties[] = {
    { "required",                      "bool",   ALL },
    { "readOnly",                      "bool",   ALL " linkMultiple " },
    { "protected",                     "bool",   ALL " linkMultiple " },
    { "conditionalProperties",         "jsonObject", ALL " linkMultiple " },
    { "notNull",                       "bool",   " varchar text wysiwyg markdown url int float bool " },
    { "maxLength",                     "int",    " varchar text wysiwyg email url " },
    { "countBytesInsteadOfCharacters", "bool",   " varchar text wysiwyg email url " },
    { "trim",                          "bool",   " varchar email " },
    { "pattern",                       "varchar", " varchar email " },
    { "default",                       "base",   " varchar text wysiwyg markdown email url color int float bool enum array link linkMultiple " },
    { "setDefaultOnlyIfRequired",      "bool",   " varchar text wysiwyg markdown email url color int float bool enum link " },
    { "unique",                        "bool",   " varchar url email color int float date datetime rangeInt rangeFloat " },
    { "index",                         "bool",   " varchar email url color int float date datetime rangeInt rangeFloat " },
    { "min",                           "float",  NUMBERS " arrayInt " },
    { "max",                           "float",  NUMBERS " arrayInt " },
    { "minFrom",                       "float",  RANGES },
    { "maxFrom",                       "float",  RANGES },
    { "minTo",                         "float",  RANGES },
    { "maxTo",                         "float",  RANGES },
    { "defaultFrom",                   "float",  RANGES },
    { "defaultTo",                     "float",  RANGES },
    { "amountOfDigitsAfterComma",      "int",    " float rangeFloat " },
    { "options",                       "array",  OPTIONS },
    { "optionsIds",                    "array",  " enum multiEnum " },
    { "noEmptyString",                 "bool",   " array multiEnum " },
    { "currentUserAsDefault",          "bool",   " link " },
    { "entityList",                    "array",  " linkParent " },
};
/* clang-format on */

static bool is_of(const Property *property, Arena *arena, Str type)
{
    return strstr(property->of, str_copy_c(arena, str_format(arena, " %.*s ", STR_ARGS(type)))) !=
           NULL;
}

static void add_text(JsonValue *object, Str key, const char *text)
{
    object->object.members[object->object.count++] =
        (JsonMember){ .key = key, .value = { .kind = JSON_TEXT, .text = str_from(text) } };
}

JsonValue property_describe(Arena *arena, Str type)
{
    size_t count = sizeof properties / sizeof *properties;
    JsonValue list = { .kind = JSON_LIST };
    list.list.items = ARENA_ARRAY(arena, JsonValue, count);
    for (size_t i = 0; i < count; i++) {
        JsonValue *item = &list.list.items[list.list.count];
        if (!is_of(&properties[i], arena, type))
            continue;
        *item = (JsonValue){ .kind = JSON_OBJECT };
        item->object.members = ARENA_ARRAY(arena, JsonMember, 2);
        add_text(item, STR("name"), properties[i].name);
        add_text(item, STR("type"), properties[i].type);
        list.list.count++;
    }
    return list;
}
