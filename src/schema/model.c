#include "schema/model.h"

#include "schema/meta.h"
#include "schema/metadata.h"

#define SCHEMA_BYTES ((size_t)256 << 10)
#define SCHEMA_MAX_BYTES ((size_t)256 << 20)
#define VERSION STR("modelVersion")

/* The part of the model that is stored. */
typedef struct Stored {
    Str codes[LANGUAGE_MAX + 1]; /* of the languages, the main one first */
    size_t count;
    int64_t version;
} Stored;

Error *model_lock(SqlConnection *connection)
{
    return sql_prepare_schema(connection, SQL_GIVES_WAY);
}

Error *model_read_version(SqlConnection *connection, int64_t *out)
{
    Str text;
    TRY(meta_read(connection, VERSION, &text));
    *out = 0;
    if (!str_is_none(text) && !str_parse_int(text, out))
        return error_new(sql_arena(connection), ERROR_INTERNAL, "The model's version is damaged");
    return NULL;
}

Error *model_write_version(SqlConnection *connection, Schema *schema)
{
    schema->version++;
    return meta_write(connection, VERSION,
                      str_format(sql_arena(connection), "%lld", (long long)schema->version));
}

/* In the order in which they were added, so that a new one stands behind the others. */
static Error *read_languages(SqlConnection *connection, Stored *stored)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    sql_put(&text, "SELECT code, role FROM language WHERE deleted = ");
    sql_put_dialect(&text, text.dialect->false_literal);
    sql_put(&text, " ORDER BY row_id");
    TRY(sql_query(connection, &text, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            return NULL;
        Str code = str_copy(sql_arena(connection), sql_column_text(&rows, 0));
        if (str_equal(sql_column_text(&rows, 1), STR("main")))
            stored->codes[0] = code;
        else if (stored->count <= LANGUAGE_MAX)
            stored->codes[stored->count++] = code;
    }
}

static Error *read_stored(SqlConnection *connection, Stored *out)
{
    Str *tables = NULL;
    size_t count = 0;
    *out = (Stored){ .codes = { STR(LANGUAGE_MAIN_CODE) }, .count = 1 };
    TRY(sql_catalog(connection, SQL_CATALOG_TABLES, STR_NONE, &tables, &count));
    for (size_t i = 0; i < count; i++) {
        if (str_equal(tables[i], STR("language")))
            TRY(read_languages(connection, out));
        if (str_equal(tables[i], STR("pimento_meta")))
            TRY(model_read_version(connection, &out->version));
    }
    return NULL;
}

static Error *compile(Arena *arena, const Stored *stored, Schema **out)
{
    const JsonValue *document = NULL;
    Str *codes = ARENA_ARRAY(arena, Str, stored->count);
    for (size_t i = 0; i < stored->count; i++)
        codes[i] = str_copy(arena, stored->codes[i]);
    TRY(metadata_load(arena, &document));
    document = metadata_add_languages(arena, document, codes, stored->count);
    TRY(schema_compile(arena, document, out));
    (*out)->version = stored->version;
    return NULL;
}

Error *model_read(SqlConnection *connection, Schema **out)
{
    Stored stored;
    TRY(read_stored(connection, &stored));
    Arena *arena = arena_new(SCHEMA_BYTES, SCHEMA_MAX_BYTES);
    Error *error = compile(arena, &stored, out);
    if (error == NULL)
        return NULL;
    error = error_copy(sql_arena(connection), error);
    arena_free(arena);
    return error;
}
