/* Reads any bytes as a filter - JSON when they begin like it, else a query string - and compiles
 * what is taken: the database must accept the SQL, with exactly the values that are bound. */

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "json/brackets.h"
#include "json/json_reader.h"
#include "query/where.h"
#include "sql/driver_sqlite.h"
#include "support/test_model.h"

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

/* Made once: the model's tables, empty, in memory. */
typedef struct Stage {
    Schema *schema;
    sqlite3 *database;
} Stage;

static int compare_bytes(void *context, int left_len, const void *left, int right_len,
                         const void *right)
{
    (void)context;
    return str_compare((Str){ left, (size_t)left_len }, (Str){ right, (size_t)right_len });
}

static void execute(sqlite3 *database, Arena *arena, const SqlText *text)
{
    require(sqlite3_exec(database, str_copy_c(arena, buf_str(&text->buf)), NULL, NULL, NULL) ==
            SQLITE_OK);
}

static void create_tables(sqlite3 *database, Arena *arena, const Entity *entity)
{
    SqlText table;
    SqlText search;
    sql_text_init(&table, arena, &sql_dialect_sqlite);
    sql_put(&table, "CREATE TABLE ");
    sql_put_name(&table, entity->table);
    sql_put(&table, " (row_id INTEGER PRIMARY KEY");
    for (size_t i = 0; i < entity->column_count; i++) {
        sql_put(&table, ", ");
        sql_put_name(&table, entity->columns[i].name);
    }
    sql_put(&table, ")");
    execute(database, arena, &table);
    if (entity->side_index_count == 0)
        return;
    sql_text_init(&search, arena, &sql_dialect_sqlite);
    sql_dialect_sqlite.put_search_create(&search, &entity->side_indexes[0].sql);
    execute(database, arena, &search);
}

static Stage make_stage(void)
{
    Stage stage = { .schema = test_model_compile() };
    Arena *arena = arena_new(4096, (size_t)1 << 20);
    require(sqlite3_open(":memory:", &stage.database) == SQLITE_OK);
    sqlite3_create_collation(stage.database, "root", SQLITE_UTF8, NULL, compare_bytes);
    sqlite3_db_config(stage.database, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    for (size_t i = 0; i < stage.schema->entity_count; i++)
        create_tables(stage.database, arena, &stage.schema->entities[i]);
    arena_free(arena);
    return stage;
}

static const JsonValue *read_filter(Arena *arena, Str text)
{
    const JsonValue *value = NULL;
    bool is_json = text.len > 0 && (text.data[0] == '[' || text.data[0] == '{');
    if (is_json)
        return json_read(arena, text, &value) == NULL ? value : NULL;
    return brackets_read(arena, text, &value) == NULL ? json_find(value, STR("where")) : NULL;
}

static size_t count_placeholders(Str sql)
{
    size_t count = 0;
    for (size_t i = 0; i < sql.len; i++)
        count += sql.data[i] == '?';
    return count;
}

static void check_sql(const Stage *stage, Arena *arena, const Condition *condition, SearchMode mode)
{
    sqlite3_stmt *statement = NULL;
    SqlText text;
    sql_text_init(&text, arena, &sql_dialect_sqlite);
    sql_put(&text, "SELECT t0.id FROM item t0 WHERE ");
    condition_put(&text, condition, 0, mode);
    Str sql = buf_str(&text.buf);
    require(!text.buf.is_over);
    require(count_placeholders(sql) == text.count);
    require(sqlite3_prepare_v2(stage->database, sql.data, (int)sql.len, &statement, NULL) ==
            SQLITE_OK);
    require((size_t)sqlite3_bind_parameter_count(statement) == text.count);
    sqlite3_finalize(statement);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Stage stage; /* the fuzzer runs one input at a time */
    Arena *arena = arena_new(4096, (size_t)64 << 20);
    const Condition *condition = NULL;
    if (stage.schema == NULL)
        stage = make_stage();
    const Entity *item = schema_find_entity(stage.schema, STR("Item"));
    const JsonValue *where = read_filter(arena, (Str){ (const char *)data, size });
    const Error *error = where_parse(arena, item, where, &condition);
    if (error != NULL)
        require(error->kind == ERROR_INVALID && error->code != NULL && error->reason.len > 0);
    if (error == NULL && condition != NULL) {
        check_sql(&stage, arena, condition, SEARCH_SEEK);
        check_sql(&stage, arena, condition, SEARCH_WALK);
    }
    arena_free(arena);
    return 0;
}
