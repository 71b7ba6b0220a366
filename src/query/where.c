#include "query/where.h"

#include "base/list.h"
#include "base/utf8.h"
#include "json/json_reader.h"
#include "query/operator.h"
#include "query/text_match.h"

/* Where in the filter we are, for messages; a chain on the stack. */
typedef struct Place {
    const struct Place *up;
    Str word;
    size_t index; /* when word is none */
} Place;

typedef struct Parser {
    Arena *arena;
    const Entity *entity;
    size_t conditions;
    size_t values; /* of lists */
} Parser;

static void write_place(Buf *buf, const Place *place)
{
    if (place->up == NULL) {
        buf_append(buf, place->word);
        return;
    }
    write_place(buf, place->up);
    buf_append_byte(buf, '[');
    if (str_is_none(place->word))
        buf_append_int(buf, (int64_t)place->index);
    else
        buf_append(buf, place->word);
    buf_append_byte(buf, ']');
}

static Str place_text(const Parser *parser, const Place *place)
{
    Buf buf;
    buf_init(&buf, parser->arena, 4096);
    write_place(&buf, place);
    return buf_str(&buf);
}

#define FILTER_ERROR(parser, place, code, format, ...)                      \
    error_new_code((parser)->arena, ERROR_INVALID, (code), "%.*s: " format, \
                   STR_ARGS(place_text((parser), (place))), __VA_ARGS__)

static Str shown(Str text)
{
    return utf8_prefix(text, 80);
}

/* A flag of an item: "", 0 and false are false, anything else is true (spec 4.1). */
static bool is_flag_set(const JsonValue *item, Str key)
{
    const JsonValue *flag = json_find(item, key);
    if (json_is_null(flag))
        return false;
    if (flag->kind == JSON_BOOL)
        return flag->boolean;
    if (flag->kind == JSON_INT)
        return flag->integer != 0;
    if (flag->kind != JSON_TEXT)
        return true;
    return flag->text.len > 0 && !str_equal(flag->text, STR("0")) &&
           !str_equal_ignoring_case(flag->text, STR("false"));
}

/* An item's `language` picks the variant of a multilingual field (content 7.15). */
static Error *choose_variant(const Parser *parser, const Place *place, const JsonValue *item,
                             const Key *key, const Key **out)
{
    LanguageChoice choice;
    const JsonValue *language = json_find(item, STR("language"));
    *out = key;
    if (json_is_null(language))
        return NULL;
    if (!json_is_text(language))
        return FILTER_ERROR(parser, place, "badFilter", "'%s' is not text", "language");
    TRY(schema_choose_language(parser->arena, parser->entity->schema, language->text, &choice));
    if (key->field->variants != NULL)
        *out = &field_in_language(key->field, choice.language)->keys[0];
    return NULL;
}

static Error *find_key(const Parser *parser, const Place *place, const JsonValue *item,
                       const Key **out)
{
    Str name = json_find_text(item, STR("attribute"));
    if (str_is_none(name))
        name = json_find_text(item, STR("field"));
    if (str_is_none(name))
        return FILTER_ERROR(parser, place, "badFilter", "the condition needs a text '%s'",
                            "attribute");
    const Key *key = entity_find_key(parser->entity, name);
    bool is_attribute = is_flag_set(item, STR("isAttribute"));
    bool is_named_link =
        key != NULL && key->role == KEY_LINK_NAME && key->field->link->target->name_field != NULL;
    bool can_filter = key != NULL && ((key->role == KEY_VALUE && key->column != NULL) ||
                                      is_named_link || key->role == KEY_LINK_IDS);
    if (is_attribute || !can_filter) {
        Error *error =
            FILTER_ERROR(parser, place, "unknownField", "'%.*s' has no field '%.*s' to filter by",
                         STR_ARGS(parser->entity->name), STR_ARGS(shown(name)));
        error->field = name;
        error->entity = parser->entity->name;
        return error;
    }
    return choose_variant(parser, place, item, key, out);
}

static const FieldType *type_of(const Key *key)
{
    return key->role == KEY_LINK_NAME ? key->field->link->target->name_field->type
                                      : key->field->type;
}

static Error *convert(const Parser *parser, const Place *place, const Key *key,
                      const JsonValue *value, SqlValue *out)
{
    const FieldType *type = type_of(key);
    if (!json_is_null(value) && type->operand != NULL && type->operand(parser->arena, value, out))
        return NULL;
    Error *error =
        FILTER_ERROR(parser, place, "badFilterValue", "not a value for '%.*s', which is of type %s",
                     STR_ARGS(key->name), type->name);
    error->field = key->name;
    return error;
}

static Error *convert_list(Parser *parser, const Place *place, const JsonValue *list,
                           Condition *condition)
{
    size_t count = list->list.count;
    if (count > WHERE_MAX_VALUES)
        return FILTER_ERROR(parser, place, "badFilter", "at most %d values", WHERE_MAX_VALUES);
    parser->values += count;
    if (parser->values > WHERE_MAX_ALL_VALUES)
        return FILTER_ERROR(parser, place, "badFilter", "at most %d values in all lists",
                            WHERE_MAX_ALL_VALUES);
    SqlValue *values = ARENA_ARRAY(parser->arena, SqlValue, count);
    for (size_t i = 0; i < count; i++) {
        Place at = { .up = place, .word = STR_NONE, .index = i };
        TRY(convert(parser, &at, condition->key, &list->list.items[i], &values[i]));
    }
    condition->values = values;
    condition->value_count = count;
    return NULL;
}

static Error *convert_one(const Parser *parser, const Place *place, const JsonValue *value,
                          Condition *condition)
{
    SqlValue *one = ARENA_NEW(parser->arena, SqlValue);
    TRY(convert(parser, place, condition->key, value, one));
    condition->values = one;
    condition->value_count = 1;
    return NULL;
}

static Error *convert_text(const Parser *parser, const Place *place, const JsonValue *value,
                           Condition *condition)
{
    SqlValue *one = ARENA_NEW(parser->arena, SqlValue);
    TRY(convert(parser, place, condition->key, value == NULL ? &(JsonValue){ 0 } : value, one));
    if (utf8_count_chars(one->text) > WHERE_MAX_PATTERN_CHARS)
        return FILTER_ERROR(parser, place, "badFilterValue", "at most %d characters",
                            WHERE_MAX_PATTERN_CHARS);
    *one = text_match_pattern(parser->arena, condition->op, one->text);
    condition->values = one;
    condition->value_count = 1;
    return NULL;
}

static Error *read_operand(Parser *parser, const Place *item_place, const JsonValue *item,
                           Condition *condition)
{
    Place place = { .up = item_place, .word = STR("value") };
    const JsonValue *value = json_find(item, STR("value"));
    if (condition->op->on_list != NULL && json_is_list(value))
        condition->op = operator_find(str_from(condition->op->on_list));
    if (condition->op->on_null != NULL && json_is_null(value))
        condition->op = operator_find(str_from(condition->op->on_null));
    switch (condition->op->operand) {
    case OPERAND_NONE:
        return NULL;
    case OPERAND_ONE:
        return convert_one(parser, &place, value, condition);
    case OPERAND_TEXT:
        return convert_text(parser, &place, value, condition);
    case OPERAND_TWO:
        if (!json_is_list(value) || value->list.count != 2)
            return FILTER_ERROR(parser, &place, "badFilterValue", "'%s' needs a list of two values",
                                condition->op->name);
        return convert_list(parser, &place, value, condition);
    case OPERAND_LIST:
        if (json_is_list(value))
            return convert_list(parser, &place, value, condition);
        return convert_one(parser, &place, value, condition);
    case OPERAND_ITEMS:
        break;
    }
    return NULL;
}

static Error *parse_items(Parser *parser, const Place *place, const JsonValue *items, int depth,
                          Condition *group);

static Error *parse_item(Parser *parser, const Place *place, const JsonValue *item, int depth,
                         const Condition **out)
{
    Condition *condition = ARENA_NEW(parser->arena, Condition);
    Str type = json_find_text(item, STR("type"));
    if (!json_is_object(item) || str_is_none(type))
        return FILTER_ERROR(parser, place, "badFilter", "a condition is an object with '%s'",
                            "type");
    if (++parser->conditions > WHERE_MAX_CONDITIONS)
        return FILTER_ERROR(parser, place, "badFilter", "more than %d conditions",
                            WHERE_MAX_CONDITIONS);
    condition->op = operator_find(type);
    if (condition->op == NULL)
        return FILTER_ERROR(parser, place, "unknownOperator", "there is no operator '%.*s'",
                            STR_ARGS(shown(type)));
    *out = condition;
    if (condition->op->operand == OPERAND_ITEMS) {
        Place inner = { .up = place, .word = STR("value") };
        return parse_items(parser, &inner, json_find(item, STR("value")), depth + 1, condition);
    }
    TRY(find_key(parser, place, item, &condition->key));
    if ((condition->op->classes & CLASS_BIT(type_of(condition->key)->value_class)) == 0)
        return FILTER_ERROR(parser, place, "unknownOperator",
                            "'%s' is not for '%.*s', which is of type %s", condition->op->name,
                            STR_ARGS(condition->key->name), type_of(condition->key)->name);
    return read_operand(parser, place, item, condition);
}

static Error *parse_items(Parser *parser, const Place *place, const JsonValue *items, int depth,
                          Condition *group)
{
    if (depth > WHERE_MAX_DEPTH)
        return FILTER_ERROR(parser, place, "badFilter", "deeper than %d levels", WHERE_MAX_DEPTH);
    if (!json_is_list(items))
        return FILTER_ERROR(parser, place, "badFilter", "needs a list of %s", "conditions");
    const Condition **parts = ARENA_ARRAY(parser->arena, const Condition *, items->list.count);
    for (size_t i = 0; i < items->list.count; i++) {
        Place at = { .up = place, .word = STR_NONE, .index = i };
        TRY(parse_item(parser, &at, &items->list.items[i], depth, &parts[i]));
    }
    group->parts = parts;
    group->part_count = items->list.count;
    return NULL;
}

Error *where_parse(Arena *arena, const Entity *entity, const JsonValue *where,
                   const Condition **out)
{
    Parser parser = { .arena = arena, .entity = entity };
    Place root = { .word = STR("where") };
    *out = NULL;
    if (json_is_null(where) || (json_is_text(where) && str_trim(where->text).len == 0))
        return NULL;
    if (json_is_text(where)) {
        Error *error = json_read(arena, where->text, &where);
        if (error != NULL)
            return FILTER_ERROR(&parser, &root, "badFilter", "not JSON: %.*s",
                                STR_ARGS(error->reason));
    }
    JsonValue alone = { .kind = JSON_LIST };
    if (json_is_object(where) && json_find(where, STR("type")) != NULL) {
        alone.list.items = ARENA_NEW(arena, JsonValue);
        alone.list.items[0] = *where;
        alone.list.count = 1;
        where = &alone;
    }
    /* `where[a]=…` or an empty object: no list */
    Condition *all = ARENA_NEW(arena, Condition);
    all->op = operator_find(STR("and"));
    TRY(parse_items(&parser, &root, where, 1, all));
    if (all->part_count > 0)
        *out = all;
    return NULL;
}
