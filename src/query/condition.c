#include "query/condition.h"

#include "query/operator.h"
#include "query/text_match.h"

/* `brandName` is the name of the linked record: the condition is put on the target, and the link
 * must lead to a record that satisfies it. A missing link has no name. */
static void put_through_link(SqlText *text, const Condition *condition, unsigned alias,
                             SearchMode mode)
{
    const Link *link = condition->key->field->link;
    Condition on_target = *condition;
    bool is_absence = condition->op->presence != NULL;
    on_target.key = &link->target->name_field->keys[0];
    if (is_absence)
        on_target.op = operator_find(str_from(condition->op->presence));
    sql_put_column(text, alias, condition->key->field->column->name);
    sql_put(text, " IN (SELECT ");
    sql_put_column(text, alias + 100, link->target->id->column->name);
    sql_put(text, " FROM ");
    sql_put_name(text, link->target->table);
    sql_put(text, " ");
    sql_put_alias(text, alias + 100);
    sql_put(text, " WHERE ");
    sql_put_column(text, alias + 100, link->target->deleted->column->name);
    sql_put(text, " = ");
    sql_put_dialect(text, text->dialect->false_literal);
    sql_put(text, " AND (");
    on_target.op->put(text, &on_target, alias + 100, mode);
    sql_put(text, "))");
    if (is_absence)
        sql_put(text, " IS NOT TRUE");
}

void condition_put(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode)
{
    bool is_empty_list = condition->op->operand == OPERAND_LIST && condition->value_count == 0;
    sql_put(text, "(");
    if (condition->key != NULL && condition->key->role == KEY_LINK_NAME && !is_empty_list)
        put_through_link(text, condition, alias, SEARCH_SEEK);
    else
        condition->op->put(text, condition, alias, mode);
    sql_put(text, ")");
}

bool condition_searches_text(const Condition *condition)
{
    if (condition->op->operand == OPERAND_TEXT)
        return true;
    for (size_t i = 0; i < condition->part_count; i++)
        if (condition_searches_text(condition->parts[i]))
            return true;
    return false;
}

void condition_visit_targets(const Condition *condition,
                             void (*visit)(void *context, const Entity *target), void *context)
{
    if (condition->key != NULL && condition->key->role == KEY_LINK_NAME)
        visit(context, condition->key->field->link->target);
    for (size_t i = 0; i < condition->part_count; i++)
        condition_visit_targets(condition->parts[i], visit, context);
}
