#include "schema/metadata_hierarchy.h"

#include "base/buf.h"
#include "json/json_reader.h"

/* The text of these documents has the marker where the name of the entity belongs, and '@' for its
 * first letter made small; both are words, so nothing needs escaping. */
static const char relation_document[] =
    "{\"scopes\":{\"%Hierarchy\":{\"entity\":true,\"type\":\"Relation\",\"acl\":true,"
    "\"isHierarchyEntity\":true,\"hierarchyEntity\":\"%\"}},"
    "\"entityDefs\":{\"%Hierarchy\":{\"fields\":{"
    "\"entity\":{\"type\":\"link\",\"required\":true,\"relationField\":true},"
    "\"parent\":{\"type\":\"link\",\"required\":true,\"relationField\":true},"
    "\"hierarchySortOrder\":{\"type\":\"int\",\"notNull\":true,\"default\":0}},"
    "\"links\":{\"entity\":{\"type\":\"belongsTo\",\"entity\":\"%\"},"
    "\"parent\":{\"type\":\"belongsTo\",\"entity\":\"%\"}},"
    "\"uniqueIndexes\":{\"unique_pair\":[\"deleted\",\"entity_id\",\"parent_id\"]},"
    "\"indexes\":{\"siblings\":{\"columns\":[\"parentId\",\"hierarchySortOrder\"]}}},"
    "\"%\":{\"fields\":{\"parents\":{\"type\":\"linkMultiple\"},"
    "\"children\":{\"type\":\"linkMultiple\",\"noLoad\":true},"
    "\"isRoot\":{\"type\":\"bool\",\"notStorable\":true},"
    "\"hasChildren\":{\"type\":\"bool\",\"notStorable\":true},"
    "\"routes\":{\"type\":\"jsonArray\",\"notStorable\":true},"
    "\"inheritedFields\":{\"type\":\"array\",\"notStorable\":true}},"
    "\"links\":{\"parents\":{\"type\":\"hasMany\",\"relationName\":\"@Hierarchy\",\"entity\":\"%\","
    "\"foreign\":\"children\",\"midKeys\":[\"entityId\",\"parentId\"]},"
    "\"children\":{\"type\":\"hasMany\",\"relationName\":\"@Hierarchy\",\"entity\":\"%\","
    "\"foreign\":\"parents\",\"midKeys\":[\"parentId\",\"entityId\"]}}}}}";

static const char single_parent_document[] =
    "{\"entityDefs\":{\"%\":{\"fields\":{"
    "\"parent\":{\"type\":\"link\",\"mandatoryToSelect\":true},"
    "\"hierarchyRoute\":{\"type\":\"jsonObject\",\"notStorable\":true}},"
    "\"links\":{\"parent\":{\"type\":\"belongsTo\",\"entity\":\"%\"}}}}}";

static Str fill_in(Arena *arena, const char *document, Str entity)
{
    Buf buf;
    buf_init(&buf, arena, (size_t)64 << 10);
    for (const char *at = document; *at != '\0'; at++) {
        if (*at != '%' && *at != '@') {
            buf_append_byte(&buf, *at);
            continue;
        }
        char first = entity.data[0];
        bool is_upper = first >= 'A' && first <= 'Z';
        buf_append_byte(&buf, *at == '@' && is_upper ? (char)(first + 32) : first);
        buf_append(&buf, str_slice(entity, 1, entity.len));
    }
    return buf_str(&buf);
}

/* What the document says already lies above it. */
static Error *lay_under(Arena *arena, const char *addition, Str entity, JsonValue *document)
{
    const JsonValue *made = NULL;
    TRY(json_read(arena, fill_in(arena, addition, entity), &made));
    *document = json_merge(arena, made, document);
    return NULL;
}

/* A scope comes before its relation in the answers: only what is new is added behind. */
static Error *add_hierarchy(Arena *arena, const JsonMember *scope, JsonValue *document)
{
    TRY(lay_under(arena, relation_document, scope->key, document));
    if (json_find_true(&scope->value, STR("multiParents")))
        return NULL;
    return lay_under(arena, single_parent_document, scope->key, document);
}

Error *metadata_add_hierarchies(Arena *arena, JsonValue *document)
{
    const JsonValue *scopes = json_find(document, STR("scopes"));
    for (size_t i = 0; json_is_object(scopes) && i < scopes->object.count; i++) {
        const JsonMember *scope = &scopes->object.members[i];
        bool is_tree = str_equal(json_find_text(&scope->value, STR("type")), STR("Hierarchy")) &&
                       json_find_true(&scope->value, STR("entity")) && scope->key.len > 0 &&
                       !json_find_true(&scope->value, STR("disableHierarchy"));
        if (is_tree)
            TRY(add_hierarchy(arena, scope, document));
    }
    return NULL;
}
