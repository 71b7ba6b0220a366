#include "query/select_plan.h"

#include "schema/type_list.h"

static bool is_multiple(const Key *key)
{
    return key->role == KEY_LINK_IDS || key->role == KEY_LINK_NAMES;
}

static bool is_read_beside(const Key *key)
{
    return is_multiple(key) || key->role == KEY_PARENT_NAME;
}

static bool is_shown(const Key *key, SelectScope scope)
{
    if (key->field->is_internal || key->role == KEY_SECRET || key->field->is_not_loaded)
        return false;
    return scope == SELECT_READ || (!is_multiple(key) && key->role != KEY_COMPUTED);
}

unsigned select_plan_join(Arena *arena, SelectPlan *plan, const Field *field)
{
    for (size_t i = 0; i < plan->joined_count; i++)
        if (plan->joined[i] == field)
            return (unsigned)i + 1;
    if (plan->joined == NULL)
        plan->joined = ARENA_ARRAY(arena, const Field *, plan->entity->field_count);
    plan->joined[plan->joined_count++] = field;
    return (unsigned)plan->joined_count;
}

static void add_multiple(Arena *arena, SelectPlan *plan, const Field *field)
{
    for (size_t i = 0; i < plan->multiple_count; i++)
        if (plan->multiple[i] == field)
            return;
    if (plan->multiple == NULL)
        plan->multiple = ARENA_ARRAY(arena, const Field *, plan->entity->field_count);
    plan->multiple[plan->multiple_count++] = field;
}

static void add_item(Arena *arena, SelectPlan *plan, const Key *key)
{
    if (plan->language.is_one && key->field->main_field != NULL)
        return;
    SelectItem *item = &plan->items[plan->item_count];
    *item = (SelectItem){ .key = key, .column = -1 };
    if (is_read_beside(key)) {
        add_multiple(arena, plan, key->field);
        plan->item_count++;
        return;
    }
    if (key->role == KEY_COMPUTED) {
        plan->has_computed = true;
        plan->item_count++;
        return;
    }
    if (key->role == KEY_LINK_NAME && key->field->link->target->name_field == NULL)
        return; /* records without names, such as relation rows */
    item->write = key->field->type->write;
    if (key->role == KEY_LINK_NAME) {
        select_plan_join(arena, plan, key->field);
        item->write = field_type_varchar.write;
    } else {
        item->source = key->field->variants == NULL
                           ? key->column
                           : field_in_language(key->field, plan->language.language)->column;
    }
    item->column = plan->column_count++;
    plan->item_count++;
}

void select_plan_make(Arena *arena, const Entity *entity, const Key *const *keys, size_t count,
                      SelectScope scope, LanguageChoice language, SelectPlan *out)
{
    *out = (SelectPlan){ .entity = entity, .language = language };
    out->items = ARENA_ARRAY(arena, SelectItem, (keys == NULL ? entity->key_count : count) + 1);
    add_item(arena, out, &entity->id->keys[0]);
    for (size_t i = 0; keys == NULL && i < entity->key_count; i++)
        if (entity->keys[i].field != entity->id && is_shown(&entity->keys[i], scope))
            add_item(arena, out, &entity->keys[i]);
    for (size_t i = 0; keys != NULL && i < count; i++)
        if (keys[i]->field != entity->id)
            add_item(arena, out, keys[i]);
}

static unsigned alias_of(const SelectPlan *plan, const Field *field)
{
    unsigned alias = 1;
    while (plan->joined[alias - 1] != field)
        alias++;
    return alias;
}

void select_plan_put_name(SqlText *text, unsigned alias, const Entity *target,
                          const Language *language)
{
    const Field *main = target->name_field;
    const Field *name = field_in_language(main, language);
    if (name == main) {
        sql_put_column(text, alias, main->column->name);
        return;
    }
    sql_put(text, "COALESCE(NULLIF(");
    sql_put_column(text, alias, name->column->name);
    sql_put(text, ", ''), ");
    sql_put_column(text, alias, main->column->name);
    sql_put(text, ")");
}

#define BOOKMARK_ALIAS 60

static void put_bookmark_field(SqlText *text, const SelectPlan *plan, const char *field)
{
    sql_put(text, " AND ");
    sql_put_column(text, BOOKMARK_ALIAS,
                   entity_find_field(plan->bookmark, str_from(field))->column->name);
    sql_put(text, " = ");
}

/* Beside the items, behind their columns. */
static void put_bookmark(SqlText *text, const SelectPlan *plan)
{
    sql_put(text, ", (SELECT ");
    sql_put_column(text, BOOKMARK_ALIAS, plan->bookmark->id->column->name);
    sql_put(text, " FROM ");
    sql_put_name(text, plan->bookmark->table);
    sql_put(text, " ");
    sql_put_alias(text, BOOKMARK_ALIAS);
    sql_put(text, " WHERE ");
    select_plan_put_live(text, BOOKMARK_ALIAS, plan->bookmark);
    put_bookmark_field(text, plan, "entityType");
    sql_put_value(text, sql_text(plan->entity->name));
    put_bookmark_field(text, plan, "entityId");
    sql_put_column(text, 0, plan->entity->id->column->name);
    put_bookmark_field(text, plan, "user");
    sql_put_value(text, sql_text(plan->bookmark_user));
    sql_put(text, ")");
}

void select_plan_put_columns(SqlText *text, const SelectPlan *plan)
{
    sql_put(text, "SELECT ");
    for (size_t i = 0; i < plan->item_count; i++) {
        const SelectItem *item = &plan->items[i];
        if (item->column < 0)
            continue;
        if (item->column > 0)
            sql_put(text, ", ");
        if (item->key->role == KEY_LINK_NAME)
            select_plan_put_name(text, alias_of(plan, item->key->field),
                                 item->key->field->link->target, plan->language.language);
        else
            sql_put_column(text, 0, item->source->name);
    }
    if (plan->bookmark != NULL)
        put_bookmark(text, plan);
}

void select_plan_put_live(SqlText *text, unsigned alias, const Entity *entity)
{
    sql_put_column(text, alias, entity->deleted->column->name);
    sql_put(text, " = ");
    sql_put_dialect(text, text->dialect->false_literal);
}

void select_plan_put_tables(SqlText *text, const SelectPlan *plan)
{
    sql_put(text, " FROM ");
    sql_put_name(text, plan->entity->table);
    sql_put(text, " t0");
    for (size_t i = 0; i < plan->joined_count; i++) {
        const Field *field = plan->joined[i];
        const Entity *target = field->link->target;
        unsigned alias = (unsigned)i + 1;
        sql_put(text, " LEFT JOIN ");
        sql_put_name(text, target->table);
        sql_put(text, " ");
        sql_put_alias(text, alias);
        sql_put(text, " ON ");
        sql_put_column(text, alias, target->id->column->name);
        sql_put(text, " = ");
        sql_put_column(text, 0, field->column->name);
        sql_put(text, " AND ");
        select_plan_put_live(text, alias, target);
    }
}

void select_plan_write_row(const SelectPlan *plan, JsonWriter *writer, const SqlRows *rows)
{
    for (size_t i = 0; i < plan->item_count; i++) {
        const SelectItem *item = &plan->items[i];
        if (item->column < 0)
            continue;
        json_write_quoted_key(writer, item->key->quoted);
        item->write(writer, rows, item->column);
    }
    if (plan->bookmark == NULL)
        return;
    json_write_key(writer, STR("bookmarkId"));
    json_write_text_or_null(writer, sql_column_text(rows, plan->column_count));
}
