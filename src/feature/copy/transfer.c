#include "feature/copy/transfer.h"

#include "query/change_log.h"
#include "query/counter.h"
#include "query/search_index.h"

static Error *check_empty(const Transfer *transfer)
{
    for (size_t i = 0; i < transfer->schema->entity_count; i++) {
        const Entity *entity = &transfer->schema->entities[i];
        bool has_any = false;
        TRY(row_page_find_any(transfer->to, entity, &has_any));
        if (has_any)
            return error_new(transfer->arena, ERROR_INVALID,
                             "The target must be empty, and it has records of %.*s",
                             STR_ARGS(entity->name));
    }
    return NULL;
}

Error *transfer_begin(Arena *arena, SqlDatabase *from, SqlDatabase *to, const Schema *schema,
                      Transfer *out)
{
    *out = (Transfer){ .arena = arena, .schema = schema };
    TRY(sql_writer_open(arena, from, &out->from));
    TRY(sql_begin_long_read(out->from));
    TRY(migration_check(out->from, schema, &out->left_behind));
    TRY(sql_writer_open(arena, to, &out->to));
    TRY(sql_begin(out->to));
    TRY(migration_make_tables(out->to, schema));
    return check_empty(out);
}

Error *transfer_page(Transfer *transfer, TransferTable *table)
{
    ArenaMark mark = arena_mark(transfer->arena);
    RowPage page = { 0 };
    TRY(row_page_read(transfer->from, table->entity, table->last_row_id, &page));
    TRY(row_page_insert(transfer->to, table->entity, &page));
    table->is_done = page.count == 0;
    table->rows += (int64_t)page.count;
    if (!table->is_done)
        table->last_row_id = page.row_ids[page.count - 1];
    else
        TRY(row_page_end(transfer->to, table->entity, table->last_row_id));
    arena_reset_to(transfer->arena, mark);
    return NULL;
}

Error *transfer_commit(Transfer *transfer)
{
    Migration migration;
    TRY(change_log_copy(transfer->from, transfer->to));
    TRY(migration_run(transfer->to, transfer->schema, SQL_WAITS, &migration));
    for (size_t i = 0; i < transfer->schema->entity_count; i++) {
        const Entity *entity = &transfer->schema->entities[i];
        TRY(counter_rebuild(transfer->to, entity));
        for (size_t j = 0; j < entity->side_index_count; j++)
            TRY(search_index_refill(transfer->to, &entity->side_indexes[j]));
    }
    TRY(sql_commit(transfer->to));
    return sql_begin_long_read(transfer->to);
}

Error *transfer_compare(Transfer *transfer, const Entity *entity, TransferProof *out)
{
    TRY(table_digest_read(transfer->from, entity, &out->from));
    return table_digest_read(transfer->to, entity, &out->to);
}

static void close_side(SqlConnection *connection)
{
    if (connection == NULL)
        return;
    sql_end_read(connection);
    sql_rollback(connection);
    sql_connection_close(connection);
}

void transfer_end(Transfer *transfer)
{
    close_side(transfer->from);
    close_side(transfer->to);
    *transfer = (Transfer){ 0 };
}
