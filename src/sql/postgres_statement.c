#include "sql/postgres_statement.h"

#include <stdio.h>

/* With more values than this a text is one of too many shapes: run once, not kept. */
#define PREPARED_MAX_VALUES 400

/* Values as the protocol takes them: text goes as it lies, without a copy; numbers as digits. */
static const char *number_text(Arena *arena, const SqlValue *value)
{
    char *text = arena_alloc(arena, 32);
    if (value->kind == SQL_INT)
        snprintf(text, 32, "%lld", (long long)value->integer);
    else
        snprintf(text, 32, "%.17g", value->real);
    return text;
}

static PostgresParameters bind(Arena *arena, const SqlText *text)
{
    PostgresParameters parameters = { .count = (int)text->count,
                                      .values = ARENA_ARRAY(arena, const char *, text->count),
                                      .lengths = ARENA_ARRAY(arena, int, text->count),
                                      .formats = ARENA_ARRAY(arena, int, text->count) };
    for (size_t i = 0; i < text->count; i++) {
        const SqlValue *value = &text->values[i];
        bool is_text = value->kind == SQL_TEXT;
        if (is_text) {
            parameters.values[i] = value->text.data;
            parameters.lengths[i] = (int)value->text.len;
        } else if (value->kind != SQL_NULL) {
            parameters.values[i] = number_text(arena, value);
        }
        parameters.formats[i] = is_text;
    }
    return parameters;
}

static void write_name(uint64_t number, char out[32])
{
    snprintf(out, 32, "p%llu", (unsigned long long)number);
}

void postgres_queue_once(PostgresConnection *connection, const char *words)
{
    PostgresParameters none = { 0 };
    postgres_pipeline_run_once(&connection->pipeline, words, &none);
}

void postgres_forget_names(PostgresConnection *connection)
{
    statement_cache_clear(&connection->cache, NULL);
    postgres_queue_once(connection, "DEALLOCATE ALL");
    connection->must_forget_names = false;
}

static CachedStatement *queue_prepare(PostgresConnection *connection, Str text)
{
    char name[32];
    if (statement_cache_is_full(&connection->cache))
        postgres_forget_names(connection);
    write_name(++connection->prepared, name);
    postgres_pipeline_prepare(&connection->pipeline, name,
                              str_copy_c(connection->base.arena, text));
    connection->has_unproven_names = true;
    return statement_cache_add(&connection->cache, text, (void *)(uintptr_t)connection->prepared);
}

static void queue_text(PostgresConnection *connection, Str words,
                       const PostgresParameters *parameters)
{
    char name[32];
    CachedStatement *slot = statement_cache_find(&connection->cache, words);
    if (slot == NULL)
        slot = queue_prepare(connection, words);
    write_name((uintptr_t)slot->statement, name);
    postgres_pipeline_run(&connection->pipeline, name, parameters);
}

void postgres_queue_words(PostgresConnection *connection, const char *words)
{
    PostgresParameters none = { 0 };
    queue_text(connection, str_from(words), &none);
}

void postgres_queue_statement(PostgresConnection *connection, const SqlText *text)
{
    Str words = buf_str(&text->buf);
    PostgresParameters parameters = bind(connection->base.arena, text);
    if (text->count <= PREPARED_MAX_VALUES)
        queue_text(connection, words, &parameters);
    else
        postgres_pipeline_run_once(&connection->pipeline, str_copy_c(connection->base.arena, words),
                                   &parameters);
}
