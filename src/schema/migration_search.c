#include "schema/meta.h"
#include "schema/migration_private.h"

#define DEFINITIONS STR("sideIndex.")

static Str definition_hash(Migrator *migrator, const SqlText *create)
{
    return str_format(sql_arena(migrator->connection), "%016llx",
                      (unsigned long long)str_hash(buf_str(&create->buf)));
}

static Str definition_name(Migrator *migrator, const SideIndex *index)
{
    return str_concat(sql_arena(migrator->connection), DEFINITIONS, index->word);
}

static Error *drop_table(Migrator *migrator, SqlName table)
{
    SqlText drop = sql_text_new(migrator->connection);
    sql_put(&drop, "DROP TABLE ");
    sql_put_name(&drop, table);
    return migrator_change(migrator, &drop);
}

static bool was_added(const Migrator *migrator, const Column *column)
{
    for (size_t i = 0; i < migrator->added_count; i++)
        if (migrator->added[i] == column)
            return true;
    return false;
}

/* A partial index over columns that were just added has no row. */
static bool needs_rows(const Migrator *migrator, const SideIndex *index)
{
    for (size_t i = 0; i < index->sql.count; i++)
        if (!index->is_partial || !was_added(migrator, index->fields[i]->column))
            return true;
    return false;
}

/* The definition that a side index was made by is kept beside it: the engine does not tell which
 * columns it indexes. */
static Error *migrate_search(Migrator *migrator, const SideIndex *index)
{
    Str known;
    SqlText create = sql_text_new(migrator->connection);
    bool exists = migrator_names_have(&migrator->tables, index->word);
    create.dialect->put_search_create(&create, &index->sql);
    Str wanted = definition_hash(migrator, &create);
    TRY(meta_read(migrator->connection, definition_name(migrator, index), &known));
    if (exists && str_equal(known, wanted))
        return NULL;
    if (exists)
        TRY(drop_table(migrator, index->sql.table));
    if (needs_rows(migrator, index))
        migrator->result->refilled[migrator->result->refilled_count++] = index;
    TRY(migrator_change(migrator, &create));
    return meta_write(migrator->connection, definition_name(migrator, index), wanted);
}

Error *migration_search_indexes(Migrator *migrator, const Entity *entity)
{
    for (size_t i = 0; i < entity->side_index_count; i++)
        TRY(migrate_search(migrator, &entity->side_indexes[i]));
    return NULL;
}

static bool is_kept(const Schema *schema, Str word)
{
    for (size_t i = 0; i < schema->entity_count; i++)
        for (size_t j = 0; j < schema->entities[i].side_index_count; j++)
            if (str_equal(word, schema->entities[i].side_indexes[j].word))
                return true;
    return false;
}

Error *migration_search_forget(Migrator *migrator, const Schema *schema)
{
    Names known = { 0 };
    TRY(meta_names(migrator->connection, DEFINITIONS, &known.items, &known.count));
    for (size_t i = 0; i < known.count; i++)
        if (!is_kept(schema, str_slice(known.items[i], DEFINITIONS.len, known.items[i].len)))
            TRY(meta_remove(migrator->connection, known.items[i]));
    return NULL;
}
