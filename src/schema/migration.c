#include "schema/migration.h"

#include "base/list.h"
#include "schema/field_type.h"
#include "schema/meta.h"
#include "schema/migration_private.h"

/* The data directory's format; a newer one is refused, an older one is brought up step by step. */
#define MIGRATION_DATA_VERSION 2

static Str plain(SqlName name)
{
    return str_slice(name.quoted, 1, name.quoted.len - 1);
}

bool migrator_names_have(const Names *names, Str name)
{
    for (size_t i = 0; i < names->count; i++)
        if (str_equal(names->items[i], name))
            return true;
    return false;
}

Error *migrator_change(Migrator *migrator, const SqlText *text)
{
    migrator->result->changes++;
    return sql_execute(migrator->connection, text, NULL);
}

static bool has_default_false(const Entity *entity, const Column *column)
{
    return column->field == entity->deleted;
}

static void put_column(SqlText *text, const Entity *entity, const Column *column)
{
    sql_put_name(text, column->name);
    sql_put(text, " ");
    sql_put_dialect(text, text->dialect->column_types[column->type]);
    if (column->field == entity->id)
        sql_put(text, " NOT NULL UNIQUE");
    if (has_default_false(entity, column)) {
        sql_put(text, " NOT NULL DEFAULT ");
        sql_put_dialect(text, text->dialect->false_literal);
    }
}

/* Rows that are there already are numbered in the order in which they were added. */
static Error *number_rows(Migrator *migrator, const Entity *entity, const Column *column,
                          int64_t *out_last)
{
    SqlText text = sql_text_new(migrator->connection);
    sql_put(&text, "UPDATE ");
    sql_put_name(&text, entity->table);
    sql_put(&text, " SET ");
    sql_put_name(&text, column->name);
    sql_put(&text, " = numbered.place FROM (SELECT row_id AS numbered_id, row_number() OVER (ORDER "
                   "BY row_id) AS place FROM ");
    sql_put_name(&text, entity->table);
    sql_put(&text, ") numbered WHERE numbered_id = row_id");
    return sql_execute(migrator->connection, &text, out_last);
}

static Error *create_sequence(Migrator *migrator, const Column *column, int64_t last)
{
    SqlText text = sql_text_new(migrator->connection);
    text.dialect->put_sequence_create(&text, column->sequence, last);
    return migrator_change(migrator, &text);
}

static Error *create_sequences(Migrator *migrator, const Entity *entity)
{
    for (size_t i = 0; i < entity->column_count; i++)
        if (entity->columns[i].field->type->is_assigned)
            TRY(create_sequence(migrator, &entity->columns[i], 0));
    return NULL;
}

static Error *create_table(Migrator *migrator, const Entity *entity)
{
    SqlText text = sql_text_new(migrator->connection);
    sql_put(&text, "CREATE TABLE ");
    sql_put_name(&text, entity->table);
    sql_put(&text, " (row_id ");
    sql_put_dialect(&text, text.dialect->row_key_type);
    for (size_t i = 0; i < entity->column_count; i++) {
        sql_put(&text, ", ");
        put_column(&text, entity, &entity->columns[i]);
    }
    sql_put(&text, ")");
    TRY(migrator_change(migrator, &text));
    return create_sequences(migrator, entity);
}

static Error *start_numbers(Migrator *migrator, const Entity *entity, const Column *column)
{
    int64_t last = 0;
    if (!column->field->type->is_assigned)
        return NULL;
    TRY(number_rows(migrator, entity, column, &last));
    return create_sequence(migrator, column, last);
}

static Error *find_missing_columns(Migrator *migrator, const Entity *entity)
{
    Names columns;
    TRY(sql_catalog(migrator->connection, SQL_CATALOG_COLUMNS, entity->table_word, &columns.items,
                    &columns.count));
    for (size_t i = 0; i < entity->column_count; i++)
        if (!migrator_names_have(&columns, plain(entity->columns[i].name)))
            migrator->added[migrator->added_count++] = &entity->columns[i];
    return NULL;
}

static bool lacks_columns(const Migrator *migrator, const Entity *entity)
{
    for (size_t i = 0; i < migrator->added_count; i++)
        if (migrator->added[i]->field->entity == entity)
            return true;
    return false;
}

static Error *add_column(Migrator *migrator, const Column *column)
{
    const Entity *entity = column->field->entity;
    SqlText text = sql_text_new(migrator->connection);
    sql_put(&text, "ALTER TABLE ");
    sql_put_name(&text, entity->table);
    sql_put(&text, " ADD COLUMN ");
    put_column(&text, entity, column);
    TRY(migrator_change(migrator, &text));
    return start_numbers(migrator, entity, column);
}

static Error *add_missing_columns(Migrator *migrator, const Entity *entity)
{
    for (size_t i = 0; i < migrator->added_count; i++)
        if (migrator->added[i]->field->entity == entity)
            TRY(add_column(migrator, migrator->added[i]));
    return NULL;
}

/* ---- indexes: the name carries a hash of the definition, so a changed definition is another index
 * ---- */

typedef struct WantedIndexes {
    List names; /* Str * */
    Names existing;
} WantedIndexes;

static void put_sort_key(SqlText *text, const Column *column)
{
    bool is_text = column->type == SQL_TYPE_TEXT;
    sql_put_dialect(text, is_text ? text->dialect->text_order_open : "");
    sql_put_name(text, column->name);
    sql_put_dialect(text, is_text ? text->dialect->text_order_close : "");
}

static void put_live_rows(SqlText *text, const Entity *entity)
{
    sql_put(text, " WHERE ");
    sql_put_name(text, entity->deleted->column->name);
    sql_put(text, " = ");
    sql_put_dialect(text, text->dialect->false_literal);
}

/* `body` is what follows the index's name. */
static Error *want_index(Migrator *migrator, const Entity *entity, WantedIndexes *wanted,
                         bool is_unique, const SqlText *body)
{
    Arena *arena = sql_arena(migrator->connection);
    Str *word = ARENA_NEW(arena, Str);
    *word = str_format(arena, "ix_%.*s_%08x", STR_ARGS(entity->table_word),
                       (unsigned)(str_hash(buf_str(&body->buf)) ^ is_unique));
    list_add(&wanted->names, arena, word);
    if (migrator_names_have(&wanted->existing, *word))
        return NULL;
    SqlText text = sql_text_new(migrator->connection);
    if (is_unique)
        sql_put(&text, "CREATE UNIQUE INDEX ");
    else
        sql_put(&text, "CREATE INDEX ");
    sql_put_name(&text, sql_name_new(arena, *word));
    buf_append(&text.buf, buf_str(&body->buf));
    return migrator_change(migrator, &text);
}

static SqlText begin_body(Migrator *migrator, const Entity *entity)
{
    SqlText body = sql_text_new(migrator->connection);
    sql_put(&body, " ON ");
    sql_put_name(&body, entity->table);
    sql_put(&body, " (");
    return body;
}

/* One field for sorting and filtering: its key, then the id, live rows only. */
static Error *want_sort_index(Migrator *migrator, const Entity *entity, WantedIndexes *wanted,
                              const Column *column)
{
    SqlText body = begin_body(migrator, entity);
    put_sort_key(&body, column);
    sql_put(&body, ", ");
    sql_put_name(&body, entity->id->column->name);
    sql_put(&body, ")");
    put_live_rows(&body, entity);
    return want_index(migrator, entity, wanted, false, &body);
}

static Error *want_unique_index(Migrator *migrator, const Entity *entity, WantedIndexes *wanted,
                                const Field *const *fields, size_t count)
{
    SqlText body = begin_body(migrator, entity);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            sql_put(&body, ", ");
        sql_put_name(&body, fields[i]->column->name);
    }
    sql_put(&body, ")");
    put_live_rows(&body, entity);
    /* Null and empty values are not compared (spec 3.8); nulls never clash in an index anyway. */
    for (size_t i = 0; i < count; i++) {
        if (fields[i]->type->value_class != VALUE_TEXT)
            continue;
        sql_put(&body, " AND ");
        sql_put_name(&body, fields[i]->column->name);
        sql_put(&body, " <> ''");
    }
    return want_index(migrator, entity, wanted, true, &body);
}

/* Ends with the id, as every order does. */
static Error *want_field_index(Migrator *migrator, const Entity *entity, WantedIndexes *wanted,
                               const FieldIndex *index)
{
    SqlText body = begin_body(migrator, entity);
    for (size_t i = 0; i < index->count; i++) {
        if (i > 0)
            sql_put(&body, ", ");
        put_sort_key(&body, index->fields[i]->column);
    }
    sql_put(&body, ", ");
    sql_put_name(&body, entity->id->column->name);
    sql_put(&body, ")");
    put_live_rows(&body, entity);
    return want_index(migrator, entity, wanted, false, &body);
}

static bool leads_an_index(const Entity *entity, const Field *field)
{
    for (size_t i = 0; i < entity->tuple_count; i++)
        if (entity->tuples[i].fields[0] == field)
            return true;
    for (size_t i = 0; i < entity->index_count; i++)
        if (entity->indexes[i].fields[0] == field)
            return true;
    return false;
}

/* Which fields get a sort index unasked: names, both dates (relation rows are many, and come in the
 * order of their ids), links that a record is found by, the usual order,
 * what the metadata wants indexed. */
static bool wants_sort_index(const Entity *entity, const Field *field)
{
    if (field->column == NULL || field == entity->id || leads_an_index(entity, field))
        return false;
    bool is_date = field == entity->created_at || field == entity->modified_at;
    bool is_usual = field == entity->name_field || (is_date && !entity->is_relation) ||
                    field == entity->sort_field;
    bool is_finding_link = field->link != NULL && field->link->type == LINK_BELONGS_TO &&
                           !field->is_system && field != entity->owner_user &&
                           field != entity->assigned_user;
    bool is_sought = (field->is_unique || field->is_indexed) && field->type->is_sortable;
    return is_usual || is_finding_link || is_sought;
}

static Error *drop_unwanted(Migrator *migrator, const WantedIndexes *wanted)
{
    for (size_t i = 0; i < wanted->existing.count; i++) {
        Str existing = wanted->existing.items[i];
        bool is_wanted = !str_starts_with(existing, STR("ix_"));
        for (size_t j = 0; j < wanted->names.count && !is_wanted; j++)
            is_wanted = str_equal(existing, *(Str *)wanted->names.items[j]);
        if (is_wanted)
            continue;
        SqlText text = sql_text_new(migrator->connection);
        sql_put(&text, "DROP INDEX ");
        sql_put_name(&text, sql_name_new(sql_arena(migrator->connection), existing));
        TRY(migrator_change(migrator, &text));
    }
    return NULL;
}

static Error *migrate_indexes(Migrator *migrator, const Entity *entity)
{
    WantedIndexes wanted = { 0 };
    TRY(sql_catalog(migrator->connection, SQL_CATALOG_INDEXES, entity->table_word,
                    &wanted.existing.items, &wanted.existing.count));
    for (size_t i = 0; i < entity->field_count; i++) {
        const Field *field = &entity->fields[i];
        if (wants_sort_index(entity, field))
            TRY(want_sort_index(migrator, entity, &wanted, field->column));
        if (field->is_unique && field->column != NULL)
            TRY(want_unique_index(migrator, entity, &wanted, &field, 1));
    }
    for (size_t i = 0; i < entity->tuple_count; i++)
        TRY(want_unique_index(migrator, entity, &wanted, entity->tuples[i].fields,
                              entity->tuples[i].count));
    for (size_t i = 0; i < entity->index_count; i++)
        TRY(want_field_index(migrator, entity, &wanted, &entity->indexes[i]));
    return drop_unwanted(migrator, &wanted);
}

/* ---- bookkeeping tables ---- */

/* Rows of what happened (query/change_log.h). They go away from the lowest number on, so time needs
 * no index. */
static Error *create_change_log(Migrator *migrator)
{
    SqlText table = sql_text_new(migrator->connection);
    SqlText by_subject = sql_text_new(migrator->connection);
    SqlText by_other = sql_text_new(migrator->connection);
    const char *id = table.dialect->column_types[SQL_TYPE_ID];
    if (migrator_names_have(&migrator->tables, STR("pimento_change")))
        return NULL;
    sql_put(&table, "CREATE TABLE pimento_change (row_id ");
    sql_put_dialect(&table, table.dialect->row_key_type);
    sql_put(&table, ", entity TEXT NOT NULL, subject_id ");
    sql_put_dialect(&table, id);
    sql_put(&table, " NOT NULL, other_id ");
    sql_put_dialect(&table, id);
    sql_put(&table, ", relation_id ");
    sql_put_dialect(&table, id);
    sql_put(&table, ", kind BIGINT NOT NULL, at_us BIGINT NOT NULL, by_id ");
    sql_put_dialect(&table, id);
    sql_put(&table, ", what TEXT)");
    TRY(migrator_change(migrator, &table));
    sql_put(&by_subject,
            "CREATE INDEX pimento_change_subject ON pimento_change (subject_id, row_id)");
    TRY(migrator_change(migrator, &by_subject));
    sql_put(&by_other, "CREATE INDEX pimento_change_other ON pimento_change (other_id, row_id) "
                       "WHERE other_id IS NOT NULL");
    return migrator_change(migrator, &by_other);
}

static Error *change_by(Migrator *migrator, const char *statement)
{
    SqlText text = sql_text_new(migrator->connection);
    sql_put_dialect(&text, statement);
    return migrator_change(migrator, &text);
}

static Error *write_version(Migrator *migrator)
{
    return meta_write(migrator->connection, STR("dataVersion"),
                      str_format(sql_arena(migrator->connection), "%d", MIGRATION_DATA_VERSION));
}

static const char counter_table[] =
    "CREATE TABLE pimento_counter (entity TEXT NOT NULL, slot BIGINT NOT NULL, live BIGINT NOT "
    "NULL, version BIGINT NOT NULL, PRIMARY KEY (entity, slot))";

/* clang-format off */
static const struct { const char *table; const char *statement; } bookkeeping[] = {
    { "pimento_counter", counter_table },
    { "pimento_version", "CREATE TABLE pimento_version (name TEXT NOT NULL PRIMARY KEY, version BIGINT NOT NULL)" },
    { "pimento_meta",    "CREATE TABLE pimento_meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)" },
};
/* clang-format on */

static Error *create_bookkeeping(Migrator *migrator)
{
    for (size_t i = 0; i < sizeof bookkeeping / sizeof *bookkeeping; i++)
        if (!migrator_names_have(&migrator->tables, str_from(bookkeeping[i].table)))
            TRY(change_by(migrator, bookkeeping[i].statement));
    TRY(create_change_log(migrator));
    if (migrator_names_have(&migrator->tables, STR("pimento_meta")))
        return NULL;
    return write_version(migrator);
}

static Error *read_version(Migrator *migrator, int64_t *out)
{
    Str text;
    int64_t version = 0;
    TRY(meta_read(migrator->connection, STR("dataVersion"), &text));
    if (!str_is_none(text) && str_parse_int(text, &version) && version <= MIGRATION_DATA_VERSION) {
        *out = version;
        return NULL;
    }
    return error_new(
        sql_arena(migrator->connection), ERROR_UNAVAILABLE,
        "The data was written by a newer version of the program (format %lld, this one knows %d)",
        (long long)version, MIGRATION_DATA_VERSION);
}

/* Format 1 had one row an entity, without slots. */
static Error *split_counters(Migrator *migrator)
{
    TRY(change_by(migrator, "ALTER TABLE pimento_counter RENAME TO pimento_counter_1"));
    TRY(change_by(migrator, counter_table));
    TRY(change_by(migrator, "INSERT INTO pimento_counter (entity, slot, live, version) "
                            "SELECT entity, 0, live, version FROM pimento_counter_1"));
    return change_by(migrator, "DROP TABLE pimento_counter_1");
}

static Error *bring_up_format(Migrator *migrator)
{
    int64_t version;
    TRY(read_version(migrator, &version));
    if (version == MIGRATION_DATA_VERSION)
        return NULL;
    TRY(split_counters(migrator));
    return write_version(migrator);
}

static Error *read_tables(Migrator *migrator)
{
    return sql_catalog(migrator->connection, SQL_CATALOG_TABLES, STR_NONE, &migrator->tables.items,
                       &migrator->tables.count);
}

static size_t count_side_indexes(const Schema *schema)
{
    size_t count = 0;
    for (size_t i = 0; i < schema->entity_count; i++)
        count += schema->entities[i].side_index_count;
    return count;
}

static size_t count_columns(const Schema *schema)
{
    size_t count = 0;
    for (size_t i = 0; i < schema->entity_count; i++)
        count += schema->entities[i].column_count;
    return count;
}

static Error *migrate_tables(Migrator *migrator, const Schema *schema, SqlPatience patience)
{
    migrator->added =
        ARENA_ARRAY(sql_arena(migrator->connection), const Column *, count_columns(schema));
    TRY(sql_prepare_schema(migrator->connection, patience));
    TRY(read_tables(migrator));
    TRY(create_bookkeeping(migrator));
    TRY(bring_up_format(migrator));
    for (size_t i = 0; i < schema->entity_count; i++) {
        const Entity *entity = &schema->entities[i];
        if (migrator_names_have(&migrator->tables, entity->table_word))
            TRY(find_missing_columns(migrator, entity));
        else
            TRY(create_table(migrator, entity));
    }
    return NULL;
}

Error *migration_make_tables(SqlConnection *connection, const Schema *schema)
{
    Migration ignored = { 0 };
    Migrator migrator = { .connection = connection, .result = &ignored };
    TRY(migrate_tables(&migrator, schema, SQL_WAITS));
    for (size_t i = 0; i < schema->entity_count; i++)
        TRY(add_missing_columns(&migrator, &schema->entities[i]));
    return NULL;
}

/* Who adds a column keeps everybody else from the table until the commit: that comes last. */
static Error *migrate_in_order(Migrator *migrator, const Schema *schema)
{
    for (size_t i = 0; i < schema->entity_count; i++) {
        TRY(migration_search_indexes(migrator, &schema->entities[i]));
        if (!lacks_columns(migrator, &schema->entities[i]))
            TRY(migrate_indexes(migrator, &schema->entities[i]));
    }
    TRY(migration_search_forget(migrator, schema));
    for (size_t i = 0; i < schema->entity_count; i++) {
        if (!lacks_columns(migrator, &schema->entities[i]))
            continue;
        TRY(add_missing_columns(migrator, &schema->entities[i]));
        TRY(migrate_indexes(migrator, &schema->entities[i]));
    }
    return NULL;
}

Error *migration_run(SqlConnection *connection, const Schema *schema, SqlPatience patience,
                     Migration *out)
{
    Arena *arena = sql_arena(connection);
    Migrator migrator = { .connection = connection, .result = out };
    *out = (Migration){ .refilled =
                            ARENA_ARRAY(arena, const SideIndex *, count_side_indexes(schema)) };
    TRY(migrate_tables(&migrator, schema, patience));
    return migrate_in_order(&migrator, schema);
}

/* ---- only looking ---- */

static void add_extra(Migrator *migrator, MigrationExtras *extras, Str table, Str column)
{
    Arena *arena = sql_arena(migrator->connection);
    size_t used = extras->count * sizeof *extras->items;
    extras->items = arena_grow(arena, extras->items, used, used, used + sizeof *extras->items);
    extras->items[extras->count++] = (MigrationExtra){ .table = table, .column = column };
}

static Error *misfit(Migrator *migrator, Str what)
{
    return error_new(sql_arena(migrator->connection), ERROR_UNAVAILABLE,
                     "The database's tables do not fit this version of the program (%.*s): start "
                     "'pimento serve' of this version on it once",
                     STR_ARGS(what));
}

static Error *check_columns(Migrator *migrator, const Entity *entity, MigrationExtras *extras)
{
    Arena *arena = sql_arena(migrator->connection);
    Names columns;
    Names known = { .items = ARENA_ARRAY(arena, Str, entity->column_count + 1) };
    TRY(sql_catalog(migrator->connection, SQL_CATALOG_COLUMNS, entity->table_word, &columns.items,
                    &columns.count));
    known.items[known.count++] = STR("row_id");
    for (size_t i = 0; i < entity->column_count; i++) {
        Str column = plain(entity->columns[i].name);
        known.items[known.count++] = column;
        if (!migrator_names_have(&columns, column))
            return misfit(migrator, str_format(arena, "%.*s has no %.*s",
                                               STR_ARGS(entity->table_word), STR_ARGS(column)));
    }
    for (size_t i = 0; i < columns.count; i++)
        if (!migrator_names_have(&known, columns.items[i]))
            add_extra(migrator, extras, entity->table_word, columns.items[i]);
    return NULL;
}

/* The tables of a side index begin with its name; there may be several. */
static bool is_known_table(const Schema *schema, Str table)
{
    if (str_starts_with(table, STR("pimento_")))
        return true;
    for (size_t i = 0; i < schema->entity_count; i++) {
        const Entity *entity = &schema->entities[i];
        if (str_equal(table, entity->table_word) ||
            (entity->side_index_count > 0 && str_starts_with(table, entity->side_indexes[0].word)))
            return true;
    }
    return false;
}

/* An older format fits as little as a newer one. */
static Error *check_same_version(Migrator *migrator)
{
    int64_t version = 0;
    if (!migrator_names_have(&migrator->tables, STR("pimento_meta")))
        return error_new(sql_arena(migrator->connection), ERROR_UNAVAILABLE,
                         "There is no instance in the database");
    TRY(read_version(migrator, &version));
    if (version == MIGRATION_DATA_VERSION)
        return NULL;
    return misfit(migrator, STR("an older format"));
}

Error *migration_check(SqlConnection *connection, const Schema *schema, MigrationExtras *out)
{
    Migrator migrator = { .connection = connection };
    MigrationExtras extras = { 0 };
    TRY(read_tables(&migrator));
    TRY(check_same_version(&migrator));
    if (!migrator_names_have(&migrator.tables, STR("pimento_change")))
        return misfit(&migrator, STR("there is no pimento_change"));
    for (size_t i = 0; i < schema->entity_count; i++) {
        const Entity *entity = &schema->entities[i];
        if (!migrator_names_have(&migrator.tables, entity->table_word))
            return misfit(&migrator, str_format(sql_arena(connection), "there is no %.*s",
                                                STR_ARGS(entity->table_word)));
        TRY(check_columns(&migrator, entity, &extras));
    }
    for (size_t i = 0; i < migrator.tables.count; i++)
        if (!is_known_table(schema, migrator.tables.items[i]))
            add_extra(&migrator, &extras, migrator.tables.items[i], STR_NONE);
    *out = extras;
    return NULL;
}
