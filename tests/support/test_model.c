#include "support/test_model.h"

#include <stdio.h>
#include <stdlib.h>

#include "json/json_reader.h"
#include "schema/metadata.h"

/* clang-format off */
const char test_model_document[] =
"{'templates': {"
"  'Base': {'fields': {'id': {'type': 'varchar'}, 'deleted': {'type': 'bool', 'notNull': true, 'default': false},"
"                      'name': {'type': 'varchar', 'required': true}, 'createdAt': {'type': 'datetime'}},"
"           'collection': {'sortBy': 'createdAt', 'asc': false}},"
"  'Relation': {'fields': {'id': {'type': 'varchar'}, 'deleted': {'type': 'bool', 'notNull': true}}},"
"  'hasActive': {'fields': {'isActive': {'type': 'bool', 'notNull': true, 'default': false}}}},"
" 'scopes': {"
"  'Item': {'entity': true, 'type': 'Base', 'acl': true, 'hasActive': true},"
"  'Maker': {'entity': true, 'type': 'Base', 'acl': true},"
"  'Part': {'entity': true, 'type': 'Base', 'acl': true},"
"  'Shop': {'entity': true, 'type': 'Base'}},"
" 'entityDefs': {"
"  'Item': {'fields': {"
"    'code': {'type': 'varchar', 'unique': true, 'maxLength': 20},"
"    'note': {'type': 'text'},"
"    'page': {'type': 'wysiwyg'},"
"    'readMe': {'type': 'markdown'},"
"    'count': {'type': 'int', 'min': -100, 'max': 1000},"
"    'price': {'type': 'float', 'amountOfDigitsAfterComma': 2},"
"    'isOpen': {'type': 'bool', 'notNull': false},"
"    'day': {'type': 'date'},"
"    'seenAt': {'type': 'datetime'},"
"    'state': {'type': 'enum', 'options': ['new', 'old', 'gone']},"
"    'tags': {'type': 'multiEnum', 'options': ['red', 'green', 'blue']},"
"    'words': {'type': 'array'},"
"    'data': {'type': 'jsonObject'},"
"    'rows': {'type': 'jsonArray'},"
"    'mail': {'type': 'email'},"
"    'site': {'type': 'url'},"
"    'colour': {'type': 'color'},"
"    'secret': {'type': 'password'},"
"    'memo': {'type': 'varchar', 'internal': true},"
"    'more': {'type': 'text', 'noLoad': true},"
"    'maker': {'type': 'link'},"
"    'parts': {'type': 'linkMultiple'},"
"    'shops': {'type': 'linkMultiple'}},"
"   'links': {"
"    'maker': {'type': 'belongsTo', 'entity': 'Maker', 'foreign': 'items'},"
"    'parts': {'type': 'hasMany', 'entity': 'Part', 'foreign': 'item'},"
"    'shops': {'type': 'hasMany', 'entity': 'Shop', 'relationName': 'itemShop', 'foreign': 'items'}},"
"   'collection': {'sortBy': 'name', 'asc': true},"
"   'indexes': {'count': {'columns': ['count', 'day']}}},"
"  'Maker': {'fields': {'items': {'type': 'linkMultiple', 'noLoad': true}},"
"   'links': {'items': {'type': 'hasMany', 'entity': 'Item', 'foreign': 'maker'}}},"
"  'Part': {'fields': {'item': {'type': 'link'}, 'place': {'type': 'int'}},"
"   'links': {'item': {'type': 'belongsTo', 'entity': 'Item', 'foreign': 'parts'}},"
"   'uniqueIndexes': {'place': ['deleted', 'item_id', 'place']}},"
"  'Shop': {'fields': {'items': {'type': 'linkMultiple', 'noLoad': true}},"
"   'links': {'items': {'type': 'hasMany', 'entity': 'Item', 'relationName': 'itemShop', 'foreign': 'shops'}}}}}";
/* clang-format on */

static void succeed(const Error *error)
{
    if (error == NULL)
        return;
    fprintf(stderr, "%.*s at %s:%d\n", STR_ARGS(error->reason), error->file, error->line);
    abort();
}

static const char multilingual[] = "{\"entityDefs\": {"
                                   "\"Item\": {\"fields\": {\"name\": {\"isMultilang\": true}, "
                                   "\"note\": {\"isMultilang\": true}}},"
                                   "\"Maker\": {\"fields\": {\"name\": {\"isMultilang\": true}}}}}";

static const JsonValue *with_languages(Arena *arena, const JsonValue *metadata,
                                       const char *const *codes, size_t count)
{
    const JsonValue *flags = NULL;
    JsonValue *merged = ARENA_NEW(arena, JsonValue);
    Str *all = ARENA_ARRAY(arena, Str, count);
    for (size_t i = 0; i < count; i++)
        all[i] = str_from(codes[i]);
    succeed(json_read(arena, str_from(multilingual), &flags));
    *merged = json_merge(arena, metadata, flags);
    return metadata_add_languages(arena, merged, all, count);
}

static Schema *compile(const char *document, const char *const *codes, size_t count)
{
    Arena *arena = arena_new((size_t)64 << 10, (size_t)16 << 20);
    const JsonValue *source = NULL;
    const JsonValue *metadata = NULL;
    Schema *schema = NULL;
    char *text = str_copy_c(arena, str_from(document));
    for (char *at = text; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    succeed(json_read(arena, str_from(text), &source));
    succeed(metadata_complete(arena, source, &metadata));
    if (count > 0)
        metadata = with_languages(arena, metadata, codes, count);
    succeed(schema_compile(arena, metadata, &schema));
    return schema;
}

Schema *test_model_compile_document(const char *document)
{
    return compile(document, NULL, 0);
}

Schema *test_model_compile_languages(const char *const *codes, size_t count)
{
    return compile(test_model_document, codes, count);
}

Schema *test_model_compile(void)
{
    return test_model_compile_document(test_model_document);
}
