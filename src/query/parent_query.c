#include "query/parent_query.h"

#include "query/select_plan.h"

/* `t0`: the records with where they lead. */
static void put_records(SqlText *text, const Field *field, const SqlValue *ids, size_t count)
{
    const SqlName id = field->entity->id->column->name;
    sql_put(text, "WITH t0 AS (SELECT ");
    sql_put_name(text, id);
    sql_put(text, ", ");
    sql_put_name(text, field->parent_id->column->name);
    sql_put(text, ", ");
    sql_put_name(text, field->parent_type->column->name);
    sql_put(text, " FROM ");
    sql_put_name(text, field->entity->table);
    sql_put(text, " WHERE ");
    sql_put_name(text, id);
    sql_put(text, " IN ");
    sql_put_list(text, ids, count);
    sql_put(text, ") ");
}

static void put_names(SqlText *text, const Field *field, const Entity *target,
                      const Language *language)
{
    sql_put(text, "SELECT ");
    sql_put_column(text, 0, field->entity->id->column->name);
    sql_put(text, ", ");
    sql_put_column(text, 1, target->id->column->name);
    sql_put(text, ", ");
    select_plan_put_name(text, 1, target, language);
    sql_put(text, " FROM t0 JOIN ");
    sql_put_name(text, target->table);
    sql_put(text, " t1 ON ");
    sql_put_column(text, 1, target->id->column->name);
    sql_put(text, " = ");
    sql_put_column(text, 0, field->parent_id->column->name);
    sql_put(text, " AND ");
    select_plan_put_live(text, 1, target);
    sql_put(text, " WHERE ");
    sql_put_column(text, 0, field->parent_type->column->name);
    sql_put(text, " = ");
    sql_put_value(text, sql_text(target->name));
}

static bool is_possible(const Field *field, const Entity *target)
{
    bool is_any = field->parent_type->option_count == 0;
    for (size_t i = 0; i < field->parent_type->option_count && !is_any; i++)
        is_any = str_equal(field->parent_type->options[i], target->name);
    return is_any && target->name_field != NULL && target->name_field->column != NULL &&
           target->name_field->column->type == SQL_TYPE_TEXT;
}

void parent_query_put(SqlText *text, const Schema *schema, const Field *field, const SqlValue *ids,
                      size_t count, const Language *language)
{
    bool is_first = true;
    put_records(text, field, ids, count);
    for (size_t i = 0; i < schema->entity_count; i++) {
        if (!is_possible(field, &schema->entities[i]))
            continue;
        if (!is_first)
            sql_put(text, " UNION ALL ");
        put_names(text, field, &schema->entities[i], language);
        is_first = false;
    }
    if (is_first)
        sql_put(text, "SELECT NULL, NULL, NULL FROM t0 WHERE 1 = 0");
}
