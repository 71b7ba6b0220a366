#include "schema/premise.h"

#include "json/json_reader.h"
#include "schema/field_properties.h"
#include "schema/field_type.h"
#include "schema/value_private.h"

/* The value that a condition looks at: one, or a list of texts. */
typedef struct Subject {
    SqlValue value;
    const Str *items;
    size_t count;
    bool is_list;
} Subject;

typedef enum PremiseOperand { TAKES_NONE, TAKES_ONE, TAKES_LIST, TAKES_PARTS } PremiseOperand;

struct PremiseType {
    const char *name;
    PremiseOperand operand;
    unsigned classes; /* bits of the value classes it may look at */
    bool (*holds)(const Premise *premise, const Subject *subject, const PremiseFacts *facts);
    bool is_negated;
    bool is_any; /* of its parts, not all */
};

#define BIT(value_class) (1u << (value_class))
#define DATES BIT(VALUE_DATE)
#define LISTS (BIT(VALUE_LIST) | BIT(VALUE_LINKS))
#define SCALARS \
    (BIT(VALUE_TEXT) | BIT(VALUE_NUMBER) | BIT(VALUE_BOOL) | BIT(VALUE_DATE) | BIT(VALUE_CHOICE))
#define ANYTHING (SCALARS | LISTS | BIT(VALUE_OTHER))

static int order_of(const SqlValue *a, const SqlValue *b)
{
    if (a->kind == SQL_TEXT && b->kind == SQL_TEXT)
        return str_compare(a->text, b->text);
    if (a->kind == SQL_INT && b->kind == SQL_INT)
        return (a->integer > b->integer) - (a->integer < b->integer);
    double left = a->kind == SQL_INT ? (double)a->integer : a->real;
    double right = b->kind == SQL_INT ? (double)b->integer : b->real;
    return (left > right) - (left < right);
}

static bool is_any_value(const Premise *premise, const Subject *subject, const PremiseFacts *facts)
{
    (void)facts;
    for (size_t i = 0; i < premise->value_count; i++)
        if (sql_value_equal(&subject->value, &premise->values[i]))
            return true;
    return false;
}

static bool is_empty(const Premise *premise, const Subject *subject, const PremiseFacts *facts)
{
    (void)premise;
    (void)facts;
    return subject->is_list ? subject->count == 0 : sql_value_is_empty(&subject->value);
}

static bool is_true(const Premise *premise, const Subject *subject, const PremiseFacts *facts)
{
    (void)premise;
    (void)facts;
    return subject->value.kind == SQL_INT && subject->value.integer != 0;
}

static bool has_item(const Premise *premise, const Subject *subject, const PremiseFacts *facts)
{
    (void)facts;
    for (size_t i = 0; i < subject->count; i++)
        if (str_equal(subject->items[i], premise->values[0].text))
            return true;
    return false;
}

static bool is_greater(const Premise *premise, const Subject *subject, const PremiseFacts *facts)
{
    (void)facts;
    return subject->value.kind != SQL_NULL && order_of(&subject->value, &premise->values[0]) > 0;
}

static bool is_less(const Premise *premise, const Subject *subject, const PremiseFacts *facts)
{
    (void)facts;
    return subject->value.kind != SQL_NULL && order_of(&subject->value, &premise->values[0]) < 0;
}

static bool is_at_least(const Premise *premise, const Subject *subject, const PremiseFacts *facts)
{
    (void)facts;
    return subject->value.kind != SQL_NULL && order_of(&subject->value, &premise->values[0]) >= 0;
}

static bool is_at_most(const Premise *premise, const Subject *subject, const PremiseFacts *facts)
{
    (void)facts;
    return subject->value.kind != SQL_NULL && order_of(&subject->value, &premise->values[0]) <= 0;
}

/* A date is compared with the day of now, a moment with now. */
static int order_of_time(const Subject *subject, const PremiseFacts *facts)
{
    Str text = subject->value.text;
    return str_compare(text, text.len < facts->now.len ? str_slice(facts->now, 0, 10) : facts->now);
}

static bool is_today(const Premise *premise, const Subject *subject, const PremiseFacts *facts)
{
    (void)premise;
    return subject->value.kind == SQL_TEXT &&
           str_starts_with(subject->value.text, str_slice(facts->now, 0, 10));
}

static bool is_in_future(const Premise *premise, const Subject *subject, const PremiseFacts *facts)
{
    (void)premise;
    return subject->value.kind == SQL_TEXT && order_of_time(subject, facts) > 0;
}

static bool is_in_past(const Premise *premise, const Subject *subject, const PremiseFacts *facts)
{
    (void)premise;
    return subject->value.kind == SQL_TEXT && order_of_time(subject, facts) < 0;
}

/* clang-format off */
static const PremiseType types[] = {
    { .name = "equals",              .operand = TAKES_ONE,   .classes = SCALARS,  .holds = is_any_value },
    { .name = "notEquals",           .operand = TAKES_ONE,   .classes = SCALARS,  .holds = is_any_value, .is_negated = true },
    { .name = "in",                  .operand = TAKES_LIST,  .classes = SCALARS,  .holds = is_any_value },
    { .name = "notIn",               .operand = TAKES_LIST,  .classes = SCALARS,  .holds = is_any_value, .is_negated = true },
    { .name = "isEmpty",             .operand = TAKES_NONE,  .classes = ANYTHING, .holds = is_empty },
    { .name = "isNotEmpty",          .operand = TAKES_NONE,  .classes = ANYTHING, .holds = is_empty, .is_negated = true },
    { .name = "isTrue",              .operand = TAKES_NONE,  .classes = BIT(VALUE_BOOL), .holds = is_true },
    { .name = "isFalse",             .operand = TAKES_NONE,  .classes = BIT(VALUE_BOOL), .holds = is_true, .is_negated = true },
    { .name = "contains",            .operand = TAKES_ONE,   .classes = LISTS,    .holds = has_item },
    { .name = "notContains",         .operand = TAKES_ONE,   .classes = LISTS,    .holds = has_item, .is_negated = true },
    { .name = "has",                 .operand = TAKES_ONE,   .classes = LISTS,    .holds = has_item },
    { .name = "notHas",              .operand = TAKES_ONE,   .classes = LISTS,    .holds = has_item, .is_negated = true },
    { .name = "greaterThan",         .operand = TAKES_ONE,   .classes = SCALARS,  .holds = is_greater },
    { .name = "lessThan",            .operand = TAKES_ONE,   .classes = SCALARS,  .holds = is_less },
    { .name = "greaterThanOrEquals", .operand = TAKES_ONE,   .classes = SCALARS,  .holds = is_at_least },
    { .name = "lessThanOrEquals",    .operand = TAKES_ONE,   .classes = SCALARS,  .holds = is_at_most },
    { .name = "isToday",             .operand = TAKES_NONE,  .classes = DATES,    .holds = is_today },
    { .name = "inFuture",            .operand = TAKES_NONE,  .classes = DATES,    .holds = is_in_future },
    { .name = "inPast",              .operand = TAKES_NONE,  .classes = DATES,    .holds = is_in_past },
    { .name = "and",                 .operand = TAKES_PARTS },
    { .name = "or",                  .operand = TAKES_PARTS, .is_any = true },
    { .name = "not",                 .operand = TAKES_PARTS, .is_negated = true },
};
/* clang-format on */

static const PremiseType *find_type(Str name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_equal(name, str_from(types[i].name)))
            return &types[i];
    return NULL;
}

/* ---- definitions ---- */

typedef struct Reader {
    Arena *arena;
    const Field *of; /* whose property it is */
} Reader;

static Error *refuse(const Reader *reader, const char *problem, Str what)
{
    return error_new(
        reader->arena, ERROR_INVALID, "The definition of '%.*s.%.*s' has a condition %s '%.*s'",
        STR_ARGS(reader->of->entity->name), STR_ARGS(reader->of->name), problem, STR_ARGS(what));
}

/* A stored name (`brandId`), a field's or link's own (`brand`, `categories`), or the caller. */
static Error *find_subject(const Reader *reader, const JsonValue *item, Premise *out)
{
    Str name = json_find_text(item, STR("attribute"));
    const Entity *entity = reader->of->entity;
    const Key *key = entity_find_key(entity, name);
    bool is_shown_only = key != NULL && key->column == NULL && key->role != KEY_LINK_IDS;
    if (str_equal(name, STR("__currentUserId")))
        return NULL;
    out->field = key != NULL ? key->field : entity_find_field(entity, name);
    bool is_known = out->field != NULL && !is_shown_only && !out->field->is_internal &&
                    (out->field->column != NULL || out->field->link != NULL);
    return is_known ? NULL : refuse(reader, "on the unknown field", name);
}

static unsigned class_bit(const Premise *premise)
{
    return premise->field == NULL ? BIT(VALUE_CHOICE) : BIT(premise->field->type->value_class);
}

/* As what the field stores; items of lists are compared as texts. */
static bool convert(const Reader *reader, const Premise *premise, const JsonValue *value,
                    SqlValue *out)
{
    bool is_text = premise->field == NULL || (class_bit(premise) & LISTS) != 0;
    return is_text ? value_operand_text(reader->arena, value, out)
                   : premise->field->type->operand(reader->arena, value, out);
}

static Error *read_operands(const Reader *reader, const JsonValue *item, Premise *out)
{
    const JsonValue *given = json_find(item, STR("value"));
    bool is_list = out->type->operand == TAKES_LIST && json_is_list(given);
    size_t count = is_list ? given->list.count : 1;
    SqlValue *values = ARENA_ARRAY(reader->arena, SqlValue, count);
    if (out->type->operand == TAKES_NONE)
        return NULL;
    bool is_null = out->type->operand == TAKES_ONE && out->type->holds == is_any_value &&
                   given != NULL && given->kind == JSON_NULL;
    for (size_t i = 0; i < count && !is_null; i++) {
        const JsonValue *value = is_list ? &given->list.items[i] : given;
        if (json_is_null(value) || !convert(reader, out, value, &values[i]))
            return refuse(reader, "with a value that can't be one of",
                          json_find_text(item, STR("attribute")));
    }
    out->values = values;
    out->value_count = count;
    return NULL;
}

static Error *read_parts(const Reader *reader, const JsonValue *items, int depth, Premise *out);

static Error *read_item(const Reader *reader, const JsonValue *item, int depth, const Premise **out)
{
    Premise *premise = ARENA_NEW(reader->arena, Premise);
    Str name = json_find_text(item, STR("type"));
    *out = premise;
    premise->type = find_type(name);
    if (premise->type == NULL)
        return refuse(reader, "of the unknown type", name);
    if (premise->type->operand == TAKES_PARTS)
        return read_parts(reader, json_find(item, STR("value")), depth + 1, premise);
    TRY(find_subject(reader, item, premise));
    if ((premise->type->classes & class_bit(premise)) == 0)
        return refuse(reader, "that its field is not for:", name);
    return read_operands(reader, item, premise);
}

static Error *read_parts(const Reader *reader, const JsonValue *items, int depth, Premise *out)
{
    bool is_alone = json_is_object(items);
    if (!is_alone && !json_is_list(items))
        return refuse(reader, "without its list of conditions in", STR_NONE);
    if (depth > PREMISE_MAX_DEPTH)
        return refuse(reader, "that is too deep in", STR_NONE);
    size_t count = is_alone ? 1 : items->list.count;
    const Premise **parts = ARENA_ARRAY(reader->arena, const Premise *, count);
    for (size_t i = 0; i < count; i++)
        TRY(read_item(reader, is_alone ? items : &items->list.items[i], depth, &parts[i]));
    out->parts = parts;
    out->part_count = count;
    return NULL;
}

/* `{"conditionGroup": [...]}`: all of them. Without conditions nothing is said. */
static Error *read_group(const Reader *reader, const JsonValue *property, const Premise **out)
{
    Premise *premise = ARENA_NEW(reader->arena, Premise);
    const JsonValue *group = json_find(property, STR("conditionGroup"));
    if (json_is_null(property) || json_is_null(group))
        return NULL;
    premise->type = find_type(STR("and"));
    TRY(read_parts(reader, group, 1, premise));
    if (premise->part_count > 0)
        *out = premise;
    return NULL;
}

static Error *read_disabled(const Reader *reader, const JsonValue *list, Conditional *out)
{
    if (!json_is_list(list))
        return NULL;
    DisabledOptions *disabled = ARENA_ARRAY(reader->arena, DisabledOptions, list->list.count);
    for (size_t i = 0; i < list->list.count; i++) {
        const JsonValue *options = json_find(&list->list.items[i], STR("options"));
        size_t count = json_is_list(options) ? options->list.count : 0;
        Str *words = ARENA_ARRAY(reader->arena, Str, count);
        for (size_t j = 0; j < count; j++) {
            SqlValue word = sql_null();
            words[j] = value_operand_text(reader->arena, &options->list.items[j], &word)
                           ? value_find_option(reader->of, word.text)
                           : STR_NONE;
            if (str_is_none(words[j]))
                return refuse(reader, "for the unknown option",
                              sql_value_is_empty(&word) ? STR_NONE : word.text);
        }
        disabled[i].options = words;
        disabled[i].count = count;
        TRY(read_group(reader, &list->list.items[i], &disabled[i].when));
    }
    out->disabled = disabled;
    out->disabled_count = list->list.count;
    return NULL;
}

Error *conditional_compile(Arena *arena, const Field *field, const JsonValue *definition,
                           const Conditional **out)
{
    Reader reader = { .arena = arena, .of = field };
    Conditional *conditional = ARENA_NEW(arena, Conditional);
    TRY(read_group(&reader, json_find(definition, STR("visible")), &conditional->visible));
    TRY(read_group(&reader, json_find(definition, STR("required")), &conditional->required));
    TRY(read_group(&reader, json_find(definition, STR("readOnly")), &conditional->read_only));
    TRY(read_group(&reader, json_find(definition, STR("protected")), &conditional->is_protected));
    TRY(read_disabled(&reader, json_find(definition, STR("disableOptions")), conditional));
    *out = conditional;
    return NULL;
}

/* ---- records ---- */

static Error *read_stored_list(Arena *arena, Str text, Subject *out)
{
    const JsonValue *list = NULL;
    TRY(json_read(arena, text, &list));
    if (!json_is_list(list))
        return NULL;
    Str *items = ARENA_ARRAY(arena, Str, list->list.count);
    for (size_t i = 0; i < list->list.count; i++) {
        SqlValue item;
        if (value_operand_text(arena, &list->list.items[i], &item))
            items[out->count++] = item.text;
    }
    out->items = items;
    return NULL;
}

static Error *read_subject(Arena *arena, const Premise *premise, const PremiseFacts *facts,
                           Subject *out)
{
    *out = (Subject){ .value = sql_text(facts->user_id) };
    if (premise->field == NULL)
        return NULL;
    out->is_list = (class_bit(premise) & LISTS) != 0;
    if (premise->field->column == NULL)
        return facts->find_links(facts->owner, premise->field, &out->items, &out->count);
    out->value = facts->values[premise->field->column->index];
    if (!out->is_list || out->value.kind != SQL_TEXT)
        return NULL;
    return read_stored_list(arena, out->value.text, out);
}

static Error *parts_hold(Arena *arena, const Premise *premise, const PremiseFacts *facts, bool *out)
{
    *out = !premise->type->is_any;
    for (size_t i = 0; i < premise->part_count && *out != premise->type->is_any; i++)
        TRY(premise_holds(arena, premise->parts[i], facts, out));
    *out = *out != premise->type->is_negated;
    return NULL;
}

Error *premise_holds(Arena *arena, const Premise *premise, const PremiseFacts *facts, bool *out)
{
    Subject subject;
    *out = false;
    if (premise == NULL)
        return NULL;
    if (premise->type->operand == TAKES_PARTS)
        return parts_hold(arena, premise, facts, out);
    TRY(read_subject(arena, premise, facts, &subject));
    *out = premise->type->holds(premise, &subject, facts) != premise->type->is_negated;
    return NULL;
}
