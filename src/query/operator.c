#include "query/operator.h"

#include "base/utf8.h"
#include "query/text_match.h"
#include "sql/dialect.h"

#define TEXTS CLASS_BIT(VALUE_TEXT)
#define ORDERED (TEXTS | CLASS_BIT(VALUE_NUMBER) | CLASS_BIT(VALUE_DATE))
#define SCALARS (ORDERED | CLASS_BIT(VALUE_BOOL) | CLASS_BIT(VALUE_CHOICE))
#define LISTS CLASS_BIT(VALUE_LIST)
#define OTHERS CLASS_BIT(VALUE_OTHER)

static void put_key(SqlText *text, const Condition *condition, unsigned alias)
{
    sql_put_column(text, alias, condition->key->column->name);
}

/* Greater and less on text follow the sort order; equality is exact. */
static void put_ordered_key(SqlText *text, const Condition *condition, unsigned alias)
{
    bool is_text = condition->key->column->type == SQL_TYPE_TEXT;
    sql_put_dialect(text, is_text ? text->dialect->text_order_open : "");
    put_key(text, condition, alias);
    sql_put_dialect(text, is_text ? text->dialect->text_order_close : "");
}

/* ... over the same prefix on both sides: texts that differ behind it are equal in order. */
static void put_ordered_value(SqlText *text, const Condition *condition, size_t index)
{
    SqlValue value = condition->values[index];
    if (condition->key->column->type == SQL_TYPE_TEXT)
        value.text = utf8_prefix(value.text, SQL_TEXT_ORDER_CHARS);
    sql_put_value(text, value);
}

static void put_compare(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode)
{
    (void)mode;
    put_ordered_key(text, condition, alias);
    sql_put_dialect(text, condition->op->sql);
    put_ordered_value(text, condition, 0);
}

/* A unique text's index leaves empty values out; saying so lets the planner use it. */
static void put_unique_hint(SqlText *text, const Condition *condition, unsigned alias)
{
    const Column *column = condition->key->column;
    if (!column->field->is_unique || column->type != SQL_TYPE_TEXT)
        return;
    for (size_t i = 0; i < condition->value_count; i++)
        if (condition->values[i].kind == SQL_TEXT && condition->values[i].text.len == 0)
            return;
    sql_put(text, " AND ");
    put_key(text, condition, alias);
    sql_put(text, " <> ''");
}

static void put_equality(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode)
{
    (void)mode;
    put_key(text, condition, alias);
    sql_put_dialect(text, condition->op->sql);
    sql_put_value(text, condition->values[0]);
    if (condition->op->is_exact)
        put_unique_hint(text, condition, alias);
}

static void put_in(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode)
{
    (void)mode;
    if (condition->value_count == 0) {
        sql_put(text, "1 = 0");
        return;
    }
    put_key(text, condition, alias);
    sql_put(text, " IN ");
    sql_put_list(text, condition->values, condition->value_count);
    put_unique_hint(text, condition, alias);
}

static void put_not_in(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode)
{
    (void)mode;
    if (condition->value_count == 0) {
        sql_put(text, "1 = 1");
        return;
    }
    put_key(text, condition, alias);
    sql_put(text, " NOT IN ");
    sql_put_list(text, condition->values, condition->value_count);
}

static void put_between(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode)
{
    (void)mode;
    put_ordered_key(text, condition, alias);
    sql_put(text, " >= ");
    put_ordered_value(text, condition, 0);
    sql_put(text, " AND ");
    put_ordered_key(text, condition, alias);
    sql_put(text, " <= ");
    put_ordered_value(text, condition, 1);
}

static void put_null_test(SqlText *text, const Condition *condition, unsigned alias,
                          SearchMode mode)
{
    (void)mode;
    put_key(text, condition, alias);
    sql_put_dialect(text, condition->op->sql);
}

static bool can_be_empty_text(const Condition *condition)
{
    SqlType type = condition->key->column->type;
    return type == SQL_TYPE_TEXT || type == SQL_TYPE_WORD || type == SQL_TYPE_ID ||
           type == SQL_TYPE_JSON;
}

static void put_empty(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode)
{
    (void)mode;
    put_key(text, condition, alias);
    sql_put(text, " IS NULL");
    if (!can_be_empty_text(condition))
        return;
    sql_put(text, " OR ");
    put_key(text, condition, alias);
    if (condition->key->column->type == SQL_TYPE_JSON)
        sql_put(text, " IN ('', '[]')");
    else
        sql_put(text, " = ''");
}

static void put_not_empty(SqlText *text, const Condition *condition, unsigned alias,
                          SearchMode mode)
{
    (void)mode;
    put_key(text, condition, alias);
    sql_put(text, " IS NOT NULL");
    if (!can_be_empty_text(condition))
        return;
    sql_put(text, " AND ");
    put_key(text, condition, alias);
    if (condition->key->column->type == SQL_TYPE_JSON)
        sql_put(text, " NOT IN ('', '[]')");
    else
        sql_put(text, " <> ''");
}

static void put_true(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode)
{
    (void)mode;
    put_key(text, condition, alias);
    sql_put(text, " = ");
    sql_put_dialect(text, text->dialect->true_literal);
}

static void put_false(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode)
{
    (void)mode;
    put_key(text, condition, alias);
    sql_put(text, " = ");
    sql_put_dialect(text, text->dialect->false_literal);
}

static void put_group(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode)
{
    for (size_t i = 0; i < condition->part_count; i++) {
        if (i > 0)
            sql_put_dialect(text, condition->op->sql);
        condition_put(text, condition->parts[i], alias, mode);
    }
}

static void put_and(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode)
{
    if (condition->part_count == 0)
        sql_put(text, "1 = 1");
    put_group(text, condition, alias, mode);
}

static void put_or(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode)
{
    if (condition->part_count == 0)
        sql_put(text, "1 = 0");
    put_group(text, condition, alias, mode);
}

/* Two-valued: a record for which a part is unknown does not satisfy it (spec 4.3). */
static void put_not(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode)
{
    sql_put(text, "(");
    put_and(text, condition, alias, mode);
    sql_put(text, ") IS NOT TRUE");
}

/* clang-format off */
static const Operator operators[] = {
    { .name = "equals",              .operand = OPERAND_ONE,   .sql = " = ",           .classes = SCALARS, .put = put_equality,
      .on_list = "in", .on_null = "isNull",       .is_exact = true, .help = "equal to the value, exactly" },
    { .name = "notEquals",           .operand = OPERAND_ONE,   .sql = " <> ",          .classes = SCALARS, .put = put_equality,
      .on_list = "notIn", .on_null = "isNotNull", .help = "different from the value; empty fields don't match" },
    { .name = "greaterThan",         .operand = OPERAND_ONE,   .sql = " > ",           .classes = ORDERED, .put = put_compare,   .help = "greater than the value" },
    { .name = "lessThan",            .operand = OPERAND_ONE,   .sql = " < ",           .classes = ORDERED, .put = put_compare,   .help = "less than the value" },
    { .name = "greaterThanOrEquals", .operand = OPERAND_ONE,   .sql = " >= ",          .classes = ORDERED, .put = put_compare,   .help = "greater than or equal to the value" },
    { .name = "lessThanOrEquals",    .operand = OPERAND_ONE,   .sql = " <= ",          .classes = ORDERED, .put = put_compare,   .help = "less than or equal to the value" },
    { .name = "between",             .operand = OPERAND_TWO,                           .classes = ORDERED, .put = put_between,   .help = "from the first value to the second, both included" },
    { .name = "in",                  .operand = OPERAND_LIST,                          .classes = SCALARS, .put = put_in,        .is_exact = true, .help = "any of the values; an empty list matches nothing" },
    { .name = "notIn",               .operand = OPERAND_LIST,                          .classes = SCALARS, .put = put_not_in,    .help = "none of the values; empty fields don't match; an empty list matches everything" },
    { .name = "isNull",              .operand = OPERAND_NONE,  .sql = " IS NULL",      .classes = SCALARS | LISTS | OTHERS, .put = put_null_test, .presence = "isNotNull", .help = "has no value" },
    { .name = "isNotNull",           .operand = OPERAND_NONE,  .sql = " IS NOT NULL",  .classes = SCALARS | LISTS | OTHERS, .put = put_null_test, .help = "has a value" },
    { .name = "isEmpty",             .operand = OPERAND_NONE,                          .classes = SCALARS | LISTS, .put = put_empty,     .presence = "isNotEmpty", .help = "has no value, an empty text or an empty list" },
    { .name = "isNotEmpty",          .operand = OPERAND_NONE,                          .classes = SCALARS | LISTS, .put = put_not_empty, .help = "has a value that is not empty" },
    { .name = "isTrue",              .operand = OPERAND_NONE,                          .classes = CLASS_BIT(VALUE_BOOL), .put = put_true,  .help = "is true" },
    { .name = "isFalse",             .operand = OPERAND_NONE,                          .classes = CLASS_BIT(VALUE_BOOL), .put = put_false, .help = "is false" },
    { .name = "like",                .operand = OPERAND_TEXT,                          .classes = TEXTS, .put = text_match_put,     .has_wildcards = true, .help = "the whole text fits the pattern: % any run, _ one character" },
    { .name = "notLike",             .operand = OPERAND_TEXT,                          .classes = TEXTS, .put = text_match_put_not, .has_wildcards = true, .help = "the text does not fit the pattern" },
    { .name = "contains",            .operand = OPERAND_TEXT,                          .classes = TEXTS, .put = text_match_put,     .is_open_left = true, .is_open_right = true, .help = "contains the text, in any letter case and accent" },
    { .name = "notContains",         .operand = OPERAND_TEXT,                          .classes = TEXTS, .put = text_match_put_not, .is_open_left = true, .is_open_right = true, .help = "does not contain the text" },
    { .name = "startsWith",          .operand = OPERAND_TEXT,                          .classes = TEXTS, .put = text_match_put,     .is_open_right = true, .help = "starts with the text" },
    { .name = "notStartsWith",       .operand = OPERAND_TEXT,                          .classes = TEXTS, .put = text_match_put_not, .is_open_right = true, .help = "does not start with the text" },
    { .name = "endsWith",            .operand = OPERAND_TEXT,                          .classes = TEXTS, .put = text_match_put,     .is_open_left = true, .help = "ends with the text" },
    { .name = "notEndsWith",         .operand = OPERAND_TEXT,                          .classes = TEXTS, .put = text_match_put_not, .is_open_left = true, .help = "does not end with the text" },
    { .name = "and",                 .operand = OPERAND_ITEMS, .sql = " AND ",         .put = put_and, .help = "all of the conditions" },
    { .name = "or",                  .operand = OPERAND_ITEMS, .sql = " OR ",          .put = put_or,  .help = "at least one of the conditions" },
    { .name = "not",                 .operand = OPERAND_ITEMS, .sql = " AND ",         .put = put_not, .help = "records that don't satisfy all of the conditions" },
};
/* clang-format on */

const Operator *operator_find(Str name)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (str_equal(name, str_from(operators[i].name)))
            return &operators[i];
    return NULL;
}

const Operator *operator_all(size_t *out_count)
{
    *out_count = sizeof operators / sizeof *operators;
    return operators;
}
