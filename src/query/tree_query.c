#include "query/tree_query.h"

#include "query/select_plan.h"
#include "sql/dialect.h"

static void put_from_relation(SqlText *text, const Hierarchy *hierarchy)
{
    sql_put(text, " FROM ");
    sql_put_name(text, hierarchy->relation->table);
    sql_put(text, " t0");
}

static void put_ends(SqlText *text, const Hierarchy *hierarchy)
{
    sql_put_column(text, 0, hierarchy->child->column->name);
    sql_put(text, ", ");
    sql_put_column(text, 0, hierarchy->parent->column->name);
}

static void put_in(SqlText *text, const Column *column, const SqlValue *ids, size_t count)
{
    sql_put_column(text, 0, column->name);
    sql_put(text, " IN ");
    sql_put_list(text, ids, count);
}

static void put_name_of(SqlText *text, const Entity *entity, unsigned alias)
{
    if (entity->name_field == NULL)
        sql_put(text, "NULL");
    else
        sql_put_column(text, alias, entity->name_field->column->name);
}

/* `JOIN entity tN ON tN.id = t0.end AND live` */
static void put_join_record(SqlText *text, const Entity *entity, const Column *end, unsigned alias)
{
    sql_put(text, " JOIN ");
    sql_put_name(text, entity->table);
    sql_put(text, " ");
    sql_put_alias(text, alias);
    sql_put(text, " ON ");
    sql_put_column(text, alias, entity->id->column->name);
    sql_put(text, " = ");
    sql_put_column(text, 0, end->name);
    sql_put(text, " AND ");
    select_plan_put_live(text, alias, entity);
}

void tree_query_put_ways_up(SqlText *text, const Entity *entity, const SqlValue *ids, size_t count)
{
    const Hierarchy *hierarchy = entity->hierarchy;
    sql_put(text, "WITH RECURSIVE way(lower_id, upper_id) AS (SELECT ");
    put_ends(text, hierarchy);
    put_from_relation(text, hierarchy);
    sql_put(text, " WHERE ");
    select_plan_put_live(text, 0, hierarchy->relation);
    sql_put(text, " AND ");
    put_in(text, hierarchy->child->column, ids, count);
    sql_put(text, " UNION SELECT ");
    put_ends(text, hierarchy);
    sql_put(text, " FROM way JOIN ");
    sql_put_name(text, hierarchy->relation->table);
    sql_put(text, " t0 ON ");
    sql_put_column(text, 0, hierarchy->child->column->name);
    sql_put(text, " = way.upper_id AND ");
    select_plan_put_live(text, 0, hierarchy->relation);
    sql_put(text, ") SELECT way.lower_id, way.upper_id, ");
    put_name_of(text, entity, 1);
    sql_put(text, " FROM way JOIN ");
    sql_put_name(text, entity->table);
    sql_put(text, " t1 ON ");
    sql_put_column(text, 1, entity->id->column->name);
    sql_put(text, " = way.upper_id AND ");
    select_plan_put_live(text, 1, entity);
    sql_put(text, " ORDER BY way.lower_id, way.upper_id");
}

void tree_query_put_is_above(SqlText *text, const Entity *entity, Str from, Str wanted)
{
    const Hierarchy *hierarchy = entity->hierarchy;
    sql_put(text, "WITH RECURSIVE way(id) AS (SELECT ");
    sql_put_name(text, entity->id->column->name);
    sql_put(text, " FROM ");
    sql_put_name(text, entity->table);
    sql_put(text, " WHERE ");
    sql_put_name(text, entity->id->column->name);
    sql_put(text, " = ");
    sql_put_value(text, sql_text(from));
    sql_put(text, " UNION SELECT ");
    sql_put_column(text, 0, hierarchy->parent->column->name);
    sql_put(text, " FROM way JOIN ");
    sql_put_name(text, hierarchy->relation->table);
    sql_put(text, " t0 ON ");
    sql_put_column(text, 0, hierarchy->child->column->name);
    sql_put(text, " = way.id AND ");
    select_plan_put_live(text, 0, hierarchy->relation);
    sql_put(text, ") SELECT 1 FROM way WHERE way.id = ");
    sql_put_value(text, sql_text(wanted));
    sql_put(text, " LIMIT 1");
}

void tree_query_put_child_counts(SqlText *text, const Entity *entity, const SqlValue *ids,
                                 size_t count)
{
    const Hierarchy *hierarchy = entity->hierarchy;
    bool is_single = hierarchy->own_parent != NULL;
    const Column *parent = is_single ? hierarchy->own_parent->column : hierarchy->parent->column;
    sql_put(text, "SELECT ");
    sql_put_column(text, 0, parent->name);
    sql_put(text, ", count(*) FROM ");
    sql_put_name(text, is_single ? entity->table : hierarchy->relation->table);
    sql_put(text, " t0");
    if (!is_single)
        put_join_record(text, entity, hierarchy->child->column, 1);
    sql_put(text, " WHERE ");
    select_plan_put_live(text, 0, is_single ? entity : hierarchy->relation);
    sql_put(text, " AND ");
    put_in(text, parent, ids, count);
    sql_put(text, " GROUP BY ");
    sql_put_column(text, 0, parent->name);
}

void tree_query_put_children(SqlText *text, const Entity *entity, const SqlValue *ids, size_t count,
                             bool with_deleted)
{
    const Hierarchy *hierarchy = entity->hierarchy;
    sql_put(text, "SELECT ");
    put_ends(text, hierarchy);
    put_from_relation(text, hierarchy);
    if (!with_deleted)
        put_join_record(text, entity, hierarchy->child->column, 1);
    sql_put(text, " WHERE ");
    select_plan_put_live(text, 0, hierarchy->relation);
    sql_put(text, " AND ");
    put_in(text, hierarchy->parent->column, ids, count);
}

void tree_query_put_siblings(SqlText *text, const Entity *entity, Str parent_id)
{
    TreeLevel level = { .entity = entity, .parent_id = parent_id, .page_rows = -1 };
    tree_query_put_node_ids(text, &level);
}

void tree_query_put_last_number(SqlText *text, const Entity *entity, Str parent_id)
{
    const Hierarchy *hierarchy = entity->hierarchy;
    sql_put(text, "SELECT max(");
    sql_put_column(text, 0, hierarchy->order->column->name);
    sql_put(text, ")");
    put_from_relation(text, hierarchy);
    sql_put(text, " WHERE ");
    select_plan_put_live(text, 0, hierarchy->relation);
    sql_put(text, " AND ");
    sql_put_column(text, 0, hierarchy->parent->column->name);
    sql_put(text, " = ");
    sql_put_value(text, sql_text(parent_id));
}

void tree_query_put_relation(SqlText *text, const Entity *entity, Str child_id, Str parent_id)
{
    const Hierarchy *hierarchy = entity->hierarchy;
    sql_put(text, "SELECT ");
    sql_put_column(text, 0, hierarchy->relation->id->column->name);
    put_from_relation(text, hierarchy);
    sql_put(text, " WHERE ");
    select_plan_put_live(text, 0, hierarchy->relation);
    sql_put(text, " AND ");
    sql_put_column(text, 0, hierarchy->child->column->name);
    sql_put(text, " = ");
    sql_put_value(text, sql_text(child_id));
    if (str_is_none(parent_id))
        return;
    sql_put(text, " AND ");
    sql_put_column(text, 0, hierarchy->parent->column->name);
    sql_put(text, " = ");
    sql_put_value(text, sql_text(parent_id));
}

/* ---- nodes of one level: the record is t0, its row of the relation t1 ---- */

static bool is_under_parent(const TreeLevel *level)
{
    return !level->is_flat && !str_is_none(level->parent_id);
}

static void put_used(SqlText *text, const TreeLevel *level)
{
    const Link *link = level->used_by;
    bool is_relation = link->type == LINK_MANY_TO_MANY;
    const Entity *from = is_relation ? link->relation : link->entity;
    sql_put(text, " AND ");
    sql_put_column(text, 0, level->entity->id->column->name);
    sql_put(text, " IN (SELECT ");
    sql_put_column(text, 5, is_relation ? link->far->column->name : link->field->column->name);
    sql_put(text, " FROM ");
    sql_put_name(text, from->table);
    sql_put(text, " t5 WHERE ");
    select_plan_put_live(text, 5, from);
    sql_put(text, ")");
}

static void put_is_root(SqlText *text, const TreeLevel *level)
{
    const Hierarchy *hierarchy = level->entity->hierarchy;
    if (hierarchy->own_parent != NULL) {
        sql_put(text, " AND ");
        sql_put_column(text, 0, hierarchy->own_parent->column->name);
        sql_put(text, " IS NULL");
        return;
    }
    sql_put(text, " AND NOT EXISTS (SELECT 1 FROM ");
    sql_put_name(text, hierarchy->relation->table);
    sql_put(text, " t4 WHERE ");
    sql_put_column(text, 4, hierarchy->child->column->name);
    sql_put(text, " = ");
    sql_put_column(text, 0, level->entity->id->column->name);
    sql_put(text, " AND ");
    select_plan_put_live(text, 4, hierarchy->relation);
    sql_put(text, ")");
}

static void put_level(SqlText *text, const TreeLevel *level)
{
    const Entity *entity = level->entity;
    const Hierarchy *hierarchy = entity->hierarchy;
    sql_put(text, " FROM ");
    sql_put_name(text, entity->table);
    sql_put(text, " t0");
    if (is_under_parent(level)) {
        sql_put(text, " JOIN ");
        sql_put_name(text, hierarchy->relation->table);
        sql_put(text, " t1 ON ");
        sql_put_column(text, 1, hierarchy->child->column->name);
        sql_put(text, " = ");
        sql_put_column(text, 0, entity->id->column->name);
        sql_put(text, " AND ");
        sql_put_column(text, 1, hierarchy->parent->column->name);
        sql_put(text, " = ");
        sql_put_value(text, sql_text(level->parent_id));
        sql_put(text, " AND ");
        select_plan_put_live(text, 1, hierarchy->relation);
    }
    sql_put(text, " WHERE ");
    select_plan_put_live(text, 0, entity);
    if (!level->is_flat && !is_under_parent(level))
        put_is_root(text, level);
    if (level->used_by != NULL)
        put_used(text, level);
    if (level->where == NULL)
        return;
    sql_put(text, " AND ");
    condition_put(text, level->where, 0, SEARCH_SEEK);
}

static void put_sort_key(SqlText *text, const TreeLevel *level)
{
    const Column *column = level->sort_field == NULL ? NULL : level->sort_field->column;
    if (column != NULL) {
        bool is_text = column->type == SQL_TYPE_TEXT;
        sql_put_dialect(text, is_text ? text->dialect->text_order_open : "");
        sql_put_column(text, 0, column->name);
        sql_put_dialect(text, is_text ? text->dialect->text_order_close : "");
    } else if (is_under_parent(level)) {
        sql_put_column(text, 1, level->entity->hierarchy->order->column->name);
    } else {
        sql_put_column(text, 0, level->entity->hierarchy->root_order->column->name);
    }
}

static void put_order(SqlText *text, const TreeLevel *level)
{
    sql_put(text, " ORDER BY ");
    if (!level->is_flat || level->sort_field != NULL) {
        put_sort_key(text, level);
        if (level->is_descending)
            sql_put(text, " DESC NULLS FIRST, ");
        else
            sql_put(text, " ASC NULLS LAST, ");
    }
    sql_put_column(text, 0, level->entity->id->column->name);
    if (level->is_descending)
        sql_put(text, " DESC");
    if (level->page_rows < 0)
        return;
    sql_put(text, " LIMIT ");
    sql_put_value(text, sql_int(level->page_rows));
    sql_put(text, " OFFSET ");
    sql_put_value(text, sql_int(level->offset));
}

static void put_has_children(SqlText *text, const TreeLevel *level)
{
    const Entity *entity = level->entity;
    const Hierarchy *hierarchy = entity->hierarchy;
    if (level->is_flat) {
        sql_put_dialect(text, text->dialect->false_literal);
        return;
    }
    sql_put(text, "CASE WHEN EXISTS (SELECT 1 FROM ");
    sql_put_name(text, hierarchy->relation->table);
    sql_put(text, " t2 JOIN ");
    sql_put_name(text, entity->table);
    sql_put(text, " t3 ON ");
    sql_put_column(text, 3, entity->id->column->name);
    sql_put(text, " = ");
    sql_put_column(text, 2, hierarchy->child->column->name);
    sql_put(text, " AND ");
    select_plan_put_live(text, 3, entity);
    sql_put(text, " WHERE ");
    sql_put_column(text, 2, hierarchy->parent->column->name);
    sql_put(text, " = ");
    sql_put_column(text, 0, entity->id->column->name);
    sql_put(text, " AND ");
    select_plan_put_live(text, 2, hierarchy->relation);
    sql_put(text, ") THEN 1 ELSE 0 END");
}

void tree_query_put_nodes(SqlText *text, const TreeLevel *level)
{
    sql_put(text, "SELECT ");
    sql_put_column(text, 0, level->entity->id->column->name);
    sql_put(text, ", ");
    put_name_of(text, level->entity, 0);
    sql_put(text, ", ");
    put_has_children(text, level);
    put_level(text, level);
    put_order(text, level);
}

void tree_query_put_node_ids(SqlText *text, const TreeLevel *level)
{
    const Hierarchy *hierarchy = level->entity->hierarchy;
    sql_put(text, "SELECT ");
    sql_put_column(text, 0, level->entity->id->column->name);
    sql_put(text, ", ");
    if (level->is_flat)
        sql_put(text, "NULL");
    else if (is_under_parent(level))
        sql_put_column(text, 1, hierarchy->order->column->name);
    else
        sql_put_column(text, 0, hierarchy->root_order->column->name);
    sql_put(text, ", ");
    if (is_under_parent(level))
        sql_put_column(text, 1, hierarchy->relation->id->column->name);
    else
        sql_put_column(text, 0, level->entity->id->column->name);
    put_level(text, level);
    put_order(text, level);
}

void tree_query_put_node_count(SqlText *text, const TreeLevel *level)
{
    sql_put(text, "SELECT count(*)");
    put_level(text, level);
}

void tree_query_put_names(SqlText *text, const Entity *entity, const SqlValue *ids, size_t count)
{
    sql_put(text, "SELECT ");
    sql_put_column(text, 0, entity->id->column->name);
    sql_put(text, ", ");
    put_name_of(text, entity, 0);
    sql_put(text, " FROM ");
    sql_put_name(text, entity->table);
    sql_put(text, " t0 WHERE ");
    select_plan_put_live(text, 0, entity);
    sql_put(text, " AND ");
    put_in(text, entity->id->column, ids, count);
}
