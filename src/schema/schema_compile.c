#include "json/json_writer.h"
#include "schema/field_properties.h"
#include "schema/field_type.h"
#include "schema/premise.h"
#include "schema/schema.h"
#include "schema/schema_hierarchy.h"

/* One compilation: the schema under construction and the document it is made from. */
typedef struct Compiler {
    Arena *arena;
    Schema *schema;
    Entity *entities;
    const JsonValue *scopes;
    const JsonValue *defs;
    const JsonValue *languages;
} Compiler;

static size_t member_count(const JsonValue *object)
{
    return json_is_object(object) ? object->object.count : 0;
}

static bool is_word(Str name)
{
    bool is_letter = name.len > 0 && ((name.data[0] | 32) >= 'a' && (name.data[0] | 32) <= 'z');
    for (size_t i = 0; i < name.len && is_letter; i++) {
        char c = name.data[i];
        is_letter = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
    }
    return is_letter && name.len <= 60;
}

/* "Task Status" from "taskStatus". */
static Str label_of(Arena *arena, Str name)
{
    Buf buf;
    buf_init(&buf, arena, 256);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        if (i > 0 && c >= 'A' && c <= 'Z')
            buf_append_byte(&buf, ' ');
        buf_append_byte(&buf, i == 0 && c >= 'a' && c <= 'z' ? (char)(c - 32) : c);
    }
    return buf_str(&buf);
}

static unsigned part_count(const FieldType *type)
{
    unsigned count = 0;
    while (count < sizeof type->parts / sizeof *type->parts && type->parts[count].suffix != NULL)
        count++;
    return count;
}

/* `pimento_seq_product_1a2b3c4d`: short enough for every engine, whatever the names are. */
static SqlName sequence_name(Arena *arena, const Entity *entity, const Field *field)
{
    Str full = str_format(arena, "%.*s.%.*s", STR_ARGS(entity->name), STR_ARGS(field->name));
    Str table = entity->table_word;
    return sql_name_new(arena, str_format(arena, "pimento_seq_%.*s_%08x",
                                          (int)(table.len < 40 ? table.len : 40), table.data,
                                          (unsigned)str_hash(full)));
}

static void add_column(Compiler *compiler, Entity *entity, Column *columns, Field *field, Key *key)
{
    Column *column = &columns[entity->column_count];
    *column = (Column){ .name = sql_name_new(compiler->arena, key->name),
                        .type = field->type->column_type,
                        .index = (unsigned)entity->column_count,
                        .field = field };
    if (field->type->is_assigned)
        column->sequence = sequence_name(compiler->arena, entity, field);
    entity->column_count++;
    field->column = column;
    key->column = column;
}

static void add_keys(Compiler *compiler, Entity *entity, Key *keys, Column *columns, Field *field)
{
    Arena *arena = compiler->arena;
    field->keys = keys + entity->key_count;
    for (const KeyPart *part = field->type->parts; field->key_count < part_count(field->type);
         part++) {
        Key *key = &keys[entity->key_count];
        key->name = str_concat(arena, field->name, str_from(part->suffix));
        key->quoted = json_quote_key(arena, key->name);
        key->role = field->computed == COMPUTED_NONE ? part->role : KEY_COMPUTED;
        key->field = field;
        key->index = (unsigned)entity->key_count;
        if (field->type->has_column && (key->role == KEY_VALUE || key->role == KEY_SECRET))
            add_column(compiler, entity, columns, field, key);
        if (!field->is_internal)
            map_put(&entity->keys_by_name, arena, key->name, key);
        entity->key_count++;
        field->key_count++;
    }
}

static Error *compile_field(Compiler *compiler, Entity *entity, const JsonMember *member,
                            Field *field)
{
    Arena *arena = compiler->arena;
    Str type = json_find_text(&member->value, STR("type"));
    field->name = member->key;
    field->label = label_of(arena, member->key);
    field->entity = entity;
    field->type =
        str_equal(member->key, STR("id")) ? field_type_find(STR("id")) : field_type_find(type);
    if (!is_word(member->key))
        return field_properties_refuse(arena, entity->name, member->key,
                                       "has a name that is not a word");
    if (field->type == NULL)
        return field_properties_refuse(arena, entity->name, member->key, "has an unknown type");
    FieldPropertySource source = { .definition = &member->value,
                                   .languages = compiler->languages,
                                   .patterns = &compiler->schema->patterns };
    if (json_find_true(&member->value, STR("notStorable")))
        field->computed = schema_computed_find(field->name);
    return field_properties_read(arena, &source, field);
}

/* A property whose value is the name of another field of the entity. */
static Error *find_stored(Compiler *compiler, const Entity *entity, const JsonMember *definition,
                          Str property, const Field **out)
{
    Str name = json_find_text(&definition->value, property);
    if (str_is_none(name))
        return NULL;
    *out = entity_find_field(entity, name);
    if (*out != NULL && (*out)->column != NULL)
        return NULL;
    return field_properties_refuse(compiler->arena, entity->name, definition->key,
                                   "leans on an unknown field");
}

static Error *find_neighbours(Compiler *compiler, Entity *entity, const JsonValue *definitions)
{
    Field *fields = (Field *)(uintptr_t)entity->fields;
    for (size_t i = 0; i < entity->field_count; i++) {
        const JsonMember *definition = &definitions->object.members[i];
        Field *field = &fields[i];
        TRY(find_stored(compiler, entity, definition, STR("foldOf"), &field->fold_of));
        TRY(find_stored(compiler, entity, definition, STR("sortedWithin"), &field->sorted_within));
        TRY(find_stored(compiler, entity, definition, STR("onlyOneWithin"), &field->sole_within));
    }
    return NULL;
}

/* A stored field named after another: `weight` and `From`. */
static Error *find_companion(Compiler *compiler, const Field *main, Str suffix, const Field **out)
{
    Str name = str_concat(compiler->arena, main->name, suffix);
    *out = entity_find_field(main->entity, name);
    if (*out == NULL || (*out)->column == NULL)
        return field_properties_refuse(compiler->arena, main->entity->name, main->name,
                                       "lacks a field that stands for a part of it");
    return NULL;
}

static Error *find_companions(Compiler *compiler, Entity *entity, const JsonValue *definitions)
{
    const FieldType *parent = field_type_find(STR("linkParent"));
    Field *fields = (Field *)(uintptr_t)entity->fields;
    for (size_t i = 0; i < entity->field_count; i++) {
        Field *field = &fields[i];
        Str main = json_find_text(&definitions->object.members[i].value, STR("mainField"));
        if (!str_is_none(main))
            field->main = entity_find_field(entity, main);
        if (field->type->is_range) {
            TRY(find_companion(compiler, field, STR("From"), &field->from));
            TRY(find_companion(compiler, field, STR("To"), &field->to));
        }
        if (field->type == parent) {
            TRY(find_companion(compiler, field, STR("Id"), &field->parent_id));
            TRY(find_companion(compiler, field, STR("Type"), &field->parent_type));
        }
    }
    return NULL;
}

/* Variants stand behind their main field (metadata_language.h). */
static Error *find_variants(Compiler *compiler, Entity *entity, const JsonValue *definitions)
{
    const Schema *schema = compiler->schema;
    Field *fields = (Field *)(uintptr_t)entity->fields;
    for (size_t i = 0; i < entity->field_count; i++) {
        const JsonValue *definition = &definitions->object.members[i].value;
        Str name = json_find_text(definition, STR("multilangField"));
        if (str_is_none(name))
            continue;
        Field *main = (Field *)(uintptr_t)entity_find_field(entity, name);
        fields[i].main_field = main;
        fields[i].language =
            schema_find_language(schema, json_find_text(definition, STR("multilangLocale")));
        if (main == NULL || fields[i].language == NULL)
            return field_properties_refuse(compiler->arena, entity->name, fields[i].name,
                                           "is of an unknown field or language");
        if (main->variants == NULL)
            main->variants = ARENA_ARRAY(compiler->arena, const Field *, schema->language_count);
        main->variants[fields[i].language->index] = &fields[i];
    }
    return NULL;
}

static Error *compile_fields(Compiler *compiler, Entity *entity, const JsonValue *definitions)
{
    Arena *arena = compiler->arena;
    size_t count = member_count(definitions);
    size_t most_keys = 0;
    Field *fields = ARENA_ARRAY(arena, Field, count);
    for (size_t i = 0; i < count; i++) {
        TRY(compile_field(compiler, entity, &definitions->object.members[i], &fields[i]));
        most_keys += part_count(fields[i].type);
    }
    Key *keys = ARENA_ARRAY(arena, Key, most_keys);
    Column *columns = ARENA_ARRAY(arena, Column, most_keys);
    for (size_t i = 0; i < count; i++) {
        if (entity_find_field(entity, fields[i].name) != NULL)
            return field_properties_refuse(arena, entity->name, fields[i].name, "is there twice");
        add_keys(compiler, entity, keys, columns, &fields[i]);
        map_put(&entity->fields_by_name, arena, fields[i].name, &fields[i]);
    }
    entity->fields = fields;
    entity->field_count = count;
    entity->keys = keys;
    entity->columns = columns;
    if (count == 0)
        return NULL;
    TRY(find_variants(compiler, entity, definitions));
    TRY(find_neighbours(compiler, entity, definitions));
    return find_companions(compiler, entity, definitions);
}

static Error *check_system_fields(Compiler *compiler, Entity *entity)
{
    entity->id = entity_find_field(entity, STR("id"));
    entity->deleted = entity_find_field(entity, STR("deleted"));
    entity->name_field = entity_find_field(entity, STR("name"));
    entity->created_at = entity_find_field(entity, STR("createdAt"));
    entity->modified_at = entity_find_field(entity, STR("modifiedAt"));
    entity->created_by = entity_find_field(entity, STR("createdBy"));
    entity->modified_by = entity_find_field(entity, STR("modifiedBy"));
    entity->owner_user = entity_find_field(entity, STR("ownerUser"));
    entity->assigned_user = entity_find_field(entity, STR("assignedUser"));
    if (entity->id == NULL || entity->deleted == NULL)
        return field_properties_refuse(compiler->arena, entity->name, STR("id"),
                                       "is missing, or 'deleted' is");
    return NULL;
}

/* Of the entity itself, as its scope says them. */
static Error *compile_flags(Compiler *compiler, Entity *entity, const JsonValue *scope)
{
    Str user = json_find_text(scope, STR("personal"));
    Str shared = json_find_text(scope, STR("sharedBy"));
    entity->is_relation = str_equal(json_find_text(scope, STR("type")), STR("Relation"));
    entity->is_internal = str_equal(json_find_text(scope, STR("type")), STR("Internal"));
    entity->is_reference = str_equal(json_find_text(scope, STR("type")), STR("ReferenceData"));
    entity->has_associates = json_find_true(scope, STR("hasAssociate"));
    entity->associates_for = json_find_text(scope, STR("associatesForEntity"));
    entity->is_admin_only = !json_find_true(scope, STR("acl"));
    entity->has_bookmarks =
        json_find_true(scope, STR("object")) && !json_find_true(scope, STR("bookmarkDisabled"));
    if (!str_is_none(user))
        entity->personal_user = entity_find_field(entity, user);
    if (!str_is_none(shared))
        entity->shared_flag = entity_find_field(entity, shared);
    bool is_whole = (str_is_none(user) || entity->personal_user != NULL) &&
                    (str_is_none(shared) || entity->shared_flag != NULL);
    return is_whole ? NULL
                    : field_properties_refuse(compiler->arena, entity->name, STR("personal"),
                                              "names an unknown field");
}

/* The fields of one language (NULL = the main one), when they have text to search. */
static void compile_side_index(Compiler *compiler, Entity *entity, const Language *language,
                               SideIndex *out)
{
    Arena *arena = compiler->arena;
    SqlName *columns = ARENA_ARRAY(arena, SqlName, entity->field_count);
    bool *is_indexed = ARENA_ARRAY(arena, bool, entity->field_count);
    Field *fields = (Field *)(uintptr_t)entity->fields;
    out->fields = ARENA_ARRAY(arena, const Field *, entity->field_count);
    for (size_t i = 0; i < entity->field_count; i++) {
        Field *field = &fields[i];
        if (field->type->search == SEARCH_NONE || field->is_internal || field->column == NULL ||
            field->language != language)
            continue;
        field->side_index = out;
        columns[out->sql.count] = field->column->name;
        is_indexed[out->sql.count] = field->type->search == SEARCH_INDEXED;
        out->fields[out->sql.count++] = field;
    }
    out->entity = entity;
    out->is_partial = language != NULL;
    out->bit = (uint64_t)1 << (language == NULL ? 0 : language->index + 1);
    out->word = str_format(arena, "%.*s_search%s%.*s", STR_ARGS(entity->table_word),
                           language == NULL ? "" : "_",
                           STR_ARGS(language == NULL ? STR("") : language->word));
    out->sql.table = sql_name_new(arena, out->word);
    out->sql.columns = columns;
    out->sql.is_indexed = is_indexed;
}

static void compile_search(Compiler *compiler, Entity *entity)
{
    const Schema *schema = compiler->schema;
    SideIndex *indexes = ARENA_ARRAY(compiler->arena, SideIndex, schema->language_count + 1);
    entity->side_indexes = indexes;
    for (size_t i = 0; i <= schema->language_count; i++) {
        SideIndex *index = &indexes[entity->side_index_count];
        compile_side_index(compiler, entity, i == 0 ? NULL : &schema->languages[i - 1], index);
        if (index->sql.count > 0)
            entity->side_index_count++;
        else
            *index = (SideIndex){ 0 };
    }
}

static Error *compile_entity(Compiler *compiler, const JsonMember *member, Entity *entity)
{
    Arena *arena = compiler->arena;
    const JsonValue *scope = json_find(compiler->scopes, member->key);
    if (!is_word(member->key))
        return field_properties_refuse(arena, member->key, STR(""),
                                       "has a name that is not a word");
    entity->schema = compiler->schema;
    entity->name = member->key;
    entity->table = sql_name_new(arena, member->key);
    entity->table_word = str_slice(entity->table.quoted, 1, entity->table.quoted.len - 1);
    TRY(compile_fields(compiler, entity, json_find(&member->value, STR("fields"))));
    TRY(check_system_fields(compiler, entity));
    TRY(compile_flags(compiler, entity, scope));
    compile_search(compiler, entity);
    return NULL;
}

static const Field *field_of_mid_key(const Entity *relation, const JsonValue *keys, size_t index)
{
    if (!json_is_list(keys) || keys->list.count <= index || !json_is_text(&keys->list.items[index]))
        return NULL;
    const Key *key = entity_find_key(relation, keys->list.items[index].text);
    return key == NULL ? NULL : key->field;
}

static const Field *field_linking_to(const Compiler *compiler, const Entity *from, const Entity *to,
                                     const Field *but)
{
    const JsonValue *links = json_find(json_find(compiler->defs, from->name), STR("links"));
    for (size_t i = 0; i < member_count(links); i++) {
        const JsonMember *link = &links->object.members[i];
        const Field *field = entity_find_field(from, link->key);
        if (field != NULL && !field->is_system && field != but &&
            str_equal(json_find_text(&link->value, STR("entity")), to->name))
            return field;
    }
    return NULL;
}

static const Field *order_within(const Entity *relation, const Field *near)
{
    for (size_t i = 0; i < relation->field_count; i++)
        if (relation->fields[i].sorted_within == near)
            return &relation->fields[i];
    return NULL;
}

static Error *compile_relation(Compiler *compiler, const JsonValue *definition, Link *link)
{
    Arena *arena = compiler->arena;
    Str word = json_find_text(definition, STR("relationName"));
    char *name = str_copy_c(arena, word);
    if (name[0] >= 'a' && name[0] <= 'z')
        name[0] = (char)(name[0] - 32);
    const JsonValue *mid_keys = json_find(definition, STR("midKeys"));
    link->type = LINK_MANY_TO_MANY;
    link->relation = schema_find_entity(compiler->schema, (Str){ name, word.len });
    if (link->relation == NULL)
        return field_properties_refuse(arena, link->entity->name, link->name,
                                       "names an unknown relation");
    link->near = field_of_mid_key(link->relation, mid_keys, 0);
    link->far = field_of_mid_key(link->relation, mid_keys, 1);
    if (link->near == NULL)
        link->near = field_linking_to(compiler, link->relation, link->entity, NULL);
    if (link->far == NULL)
        link->far = field_linking_to(compiler, link->relation, link->target, link->near);
    if (link->near == NULL || link->far == NULL)
        return field_properties_refuse(arena, link->entity->name, link->name,
                                       "finds no two links in its relation");
    link->order = order_within(link->relation, link->near);
    return NULL;
}

/* Words that routes use in the place of a link (spec 1.1). */
static bool is_route_word(Str name)
{
    static const char *const words[] = {
        "action",  "layout", "relation",        "stream",        "subscription",
        "history", "revert", "attributeValues", "addAttributes", "upsertAttributeValues"
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_equal(name, str_from(words[i])))
            return true;
    return false;
}

static Error *compile_link(Compiler *compiler, Entity *entity, const JsonMember *member, Link *link)
{
    Arena *arena = compiler->arena;
    Str type = json_find_text(&member->value, STR("type"));
    link->name = member->key;
    link->entity = entity;
    link->target =
        schema_find_entity(compiler->schema, json_find_text(&member->value, STR("entity")));
    link->field = entity_find_field(entity, member->key);
    if (link->target == NULL)
        return field_properties_refuse(arena, entity->name, link->name,
                                       "links to an unknown entity");
    if (is_route_word(link->name))
        return field_properties_refuse(arena, entity->name, link->name,
                                       "has a name that routes use");
    if (str_equal(type, STR("belongsTo"))) {
        link->type = LINK_BELONGS_TO;
        if (link->field == NULL || link->field->column == NULL)
            return field_properties_refuse(arena, entity->name, link->name,
                                           "has no field of type link");
    } else if (!str_equal(type, STR("hasMany"))) {
        return field_properties_refuse(arena, entity->name, link->name, "has an unknown link type");
    } else if (json_find(&member->value, STR("relationName")) != NULL) {
        TRY(compile_relation(compiler, &member->value, link));
    } else {
        link->type = LINK_HAS_MANY;
        link->foreign =
            entity_find_field(link->target, json_find_text(&member->value, STR("foreign")));
        if (link->foreign == NULL || link->foreign->column == NULL)
            return field_properties_refuse(arena, entity->name, link->name, "has no opposite link");
    }
    if (link->field != NULL)
        ((Field *)(uintptr_t)link->field)->link = link;
    map_put(&entity->links_by_name, arena, link->name, link);
    return NULL;
}

/* Of the rows of a many-to-many link: what it joins, in the order of the definition. */
static Error *find_ends(Compiler *compiler, Entity *entity, const JsonValue *definitions)
{
    for (size_t i = 0; i < entity->field_count; i++) {
        const Field *field = &entity->fields[i];
        const JsonValue *definition = json_find(definitions, field->name);
        if (!entity->is_relation || !json_find_true(definition, STR("relationField")))
            continue;
        if (field->link == NULL || field->link->type != LINK_BELONGS_TO ||
            entity->second_end != NULL)
            return field_properties_refuse(compiler->arena, entity->name, field->name,
                                           "is no end of its relation");
        if (entity->first_end == NULL)
            entity->first_end = field;
        else
            entity->second_end = field;
    }
    if (!entity->is_relation || entity->second_end != NULL)
        return NULL;
    return field_properties_refuse(compiler->arena, entity->name, STR(""),
                                   "is a relation and has no two fields with 'relationField'");
}

static Error *compile_links(Compiler *compiler, Entity *entity, const JsonValue *definitions)
{
    size_t count = member_count(definitions);
    Link *links = ARENA_ARRAY(compiler->arena, Link, count);
    for (size_t i = 0; i < count; i++)
        TRY(compile_link(compiler, entity, &definitions->object.members[i], &links[i]));
    entity->links = links;
    entity->link_count = count;
    for (size_t i = 0; i < entity->field_count; i++) {
        const Field *field = &entity->fields[i];
        bool needs_link =
            field->type->value_class == VALUE_LINKS || field->type == field_type_find(STR("link"));
        if (needs_link && field->link == NULL)
            return field_properties_refuse(compiler->arena, entity->name, field->name,
                                           "has no link of its name");
    }
    return NULL;
}

/* They may look at every field and link of the entity. */
static Error *compile_conditionals(Compiler *compiler, Entity *entity, const JsonValue *definitions)
{
    Field *fields = (Field *)(uintptr_t)entity->fields;
    for (size_t i = 0; i < entity->field_count; i++) {
        const JsonValue *properties =
            json_find(&definitions->object.members[i].value, STR("conditionalProperties"));
        if (member_count(properties) > 0)
            TRY(conditional_compile(compiler->arena, &fields[i], properties,
                                    &fields[i].conditional));
    }
    return NULL;
}

static const Field *field_of_column_word(const Entity *entity, Str word)
{
    for (size_t i = 0; i < entity->column_count; i++) {
        Str quoted = entity->columns[i].name.quoted;
        if (str_equal(str_slice(quoted, 1, quoted.len - 1), word))
            return entity->columns[i].field;
    }
    return NULL;
}

/* The two bounds of a unique range. */
static void add_range_tuples(Compiler *compiler, Entity *entity, UniqueTuple *tuples)
{
    for (size_t i = 0; i < entity->field_count; i++) {
        const Field *field = &entity->fields[i];
        if (!field->type->is_range || !field->is_unique)
            continue;
        UniqueTuple *tuple = &tuples[entity->tuple_count++];
        *tuple = (UniqueTuple){ .name = field->name, .shown = field, .count = 2 };
        tuple->fields = ARENA_ARRAY(compiler->arena, const Field *, 2);
        tuple->fields[0] = field->from;
        tuple->fields[1] = field->to;
    }
}

/* `["deleted", "product_id", "category_id"]`: columns; `deleted` is understood (only live records
 * count). */
static Error *compile_tuples(Compiler *compiler, Entity *entity, const JsonValue *definitions)
{
    UniqueTuple *tuples =
        ARENA_ARRAY(compiler->arena, UniqueTuple, member_count(definitions) + entity->field_count);
    for (size_t i = 0; i < member_count(definitions); i++) {
        const JsonMember *member = &definitions->object.members[i];
        UniqueTuple *tuple = &tuples[entity->tuple_count++];
        tuple->name = member->key;
        tuple->fields = ARENA_ARRAY(compiler->arena, const Field *, member->value.list.count);
        for (size_t j = 0; j < member->value.list.count; j++) {
            const Field *field = field_of_column_word(entity, member->value.list.items[j].text);
            if (field == NULL)
                return field_properties_refuse(compiler->arena, entity->name, member->key,
                                               "names an unknown column");
            if (field != entity->deleted)
                tuple->fields[tuple->count++] = field;
        }
        if (tuple->count == 0)
            return field_properties_refuse(compiler->arena, entity->name, member->key,
                                           "names no column");
        tuple->shown = tuple->fields[0];
    }
    add_range_tuples(compiler, entity, tuples);
    entity->tuples = tuples;
    return NULL;
}

static Error *compile_indexes(Compiler *compiler, Entity *entity, const JsonValue *definitions)
{
    FieldIndex *indexes = ARENA_ARRAY(compiler->arena, FieldIndex, member_count(definitions));
    for (size_t i = 0; i < member_count(definitions); i++) {
        const JsonMember *member = &definitions->object.members[i];
        const JsonValue *columns = json_find(&member->value, STR("columns"));
        FieldIndex *index = &indexes[entity->index_count++];
        index->name = member->key;
        index->fields = ARENA_ARRAY(compiler->arena, const Field *, columns->list.count);
        for (size_t j = 0; j < columns->list.count; j++) {
            const Key *key = entity_find_key(entity, columns->list.items[j].text);
            const Field *field =
                key != NULL ? key->field : entity_find_field(entity, columns->list.items[j].text);
            if (field == NULL || field->column == NULL)
                return field_properties_refuse(compiler->arena, entity->name, member->key,
                                               "indexes an unknown field");
            index->fields[index->count++] = field;
        }
    }
    entity->indexes = indexes;
    return NULL;
}

static Error *compile_rest(Compiler *compiler, Entity *entity)
{
    const JsonValue *definition = json_find(compiler->defs, entity->name);
    const JsonValue *collection = json_find(definition, STR("collection"));
    const JsonValue *asc = json_find(collection, STR("asc"));
    TRY(compile_links(compiler, entity, json_find(definition, STR("links"))));
    TRY(find_ends(compiler, entity, json_find(definition, STR("fields"))));
    TRY(compile_conditionals(compiler, entity, json_find(definition, STR("fields"))));
    TRY(compile_tuples(compiler, entity, json_find(definition, STR("uniqueIndexes"))));
    TRY(compile_indexes(compiler, entity, json_find(definition, STR("indexes"))));
    entity->sort_field = entity_find_field(entity, json_find_text(collection, STR("sortBy")));
    entity->sorts_descending = asc != NULL && asc->kind == JSON_BOOL && !asc->boolean;
    return NULL;
}

static Error *compile_all(Compiler *compiler)
{
    Arena *arena = compiler->arena;
    Schema *schema = compiler->schema;
    schema->entity_count = member_count(compiler->defs);
    compiler->entities = ARENA_ARRAY(arena, Entity, schema->entity_count);
    schema->entities = compiler->entities;
    for (size_t i = 0; i < schema->entity_count; i++) {
        Entity *entity = &compiler->entities[i];
        entity->index = (unsigned)i;
        TRY(compile_entity(compiler, &compiler->defs->object.members[i], entity));
        map_put(&schema->entities_by_name, arena, entity->name, entity);
    }
    for (size_t i = 0; i < schema->entity_count; i++)
        TRY(compile_rest(compiler, &compiler->entities[i]));
    for (size_t i = 0; i < schema->entity_count; i++)
        TRY(schema_compile_hierarchy(arena, schema, compiler->scopes, &compiler->entities[i]));
    return NULL;
}

/* `multilang.languageList`: the main language, then the others. */
static void read_languages(Arena *arena, const JsonValue *metadata, Schema *schema)
{
    const JsonValue *list = json_find(json_find(metadata, STR("multilang")), STR("languageList"));
    size_t count = json_is_list(list) ? list->list.count : 0;
    Language *languages = ARENA_ARRAY(arena, Language, count);
    schema->main_language = count > 0 ? list->list.items[0].text : STR(LANGUAGE_MAIN_CODE);
    for (size_t i = 1; i < count; i++)
        languages[i - 1] = language_make(arena, list->list.items[i].text, (unsigned)i - 1);
    schema->languages = languages;
    schema->language_count = count > 0 ? count - 1 : 0;
}

Error *schema_compile(Arena *arena, const JsonValue *metadata, Schema **out)
{
    Schema *schema = ARENA_NEW(arena, Schema);
    schema->arena = arena;
    schema->refs = 1;
    schema->metadata = metadata;
    read_languages(arena, metadata, schema);
    Compiler compiler = {
        .arena = arena,
        .schema = schema,
        .scopes = json_find(metadata, STR("scopes")),
        .defs = json_find(metadata, STR("entityDefs")),
        .languages = json_find(json_find(metadata, STR("multilang")), STR("languageList")),
    };
    Error *error = compile_all(&compiler);
    if (error == NULL)
        *out = schema;
    else
        pattern_free(schema->patterns);
    return error;
}
