#include "query/counter.h"

#include "base/random.h"

Error *counter_read(SqlConnection *connection, const Entity *entity, Counter *out)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    Counter sum = { 0 };
    sql_put(&text, "SELECT live, version FROM pimento_counter WHERE entity = ");
    sql_put_value(&text, sql_text(entity->name));
    TRY(sql_query(connection, &text, &rows));
    for (;;) {
        bool has_row = false;
        TRY(sql_next(&rows, &has_row));
        if (!has_row)
            break;
        sum.live += sql_column_int(&rows, 0);
        sum.version += sql_column_int(&rows, 1);
    }
    *out = sum;
    return NULL;
}

static int64_t random_step(void)
{
    uint16_t number;
    random_bytes(&number, sizeof number);
    _Static_assert(UINT16_MAX + 1 == COUNTER_MAX_STEP, "all steps are of this size");
    return (int64_t)number + 1;
}

static void put_row(SqlText *text, const Entity *entity, unsigned slot, int64_t live)
{
    sql_put(text, "(");
    sql_put_value(text, sql_text(entity->name));
    sql_put(text, ", ");
    sql_put_value(text, sql_int(slot));
    sql_put(text, ", ");
    sql_put_value(text, sql_int(live));
    sql_put(text, ", ");
    sql_put_value(text, sql_int(random_step()));
    sql_put(text, ")");
}

#define INTO_COUNTER "INSERT INTO pimento_counter (entity, slot, live, version) VALUES "
#define OR_ADD_VERSION                                                               \
    " ON CONFLICT (entity, slot) DO UPDATE SET version = pimento_counter.version + " \
    "excluded.version, live = "

Error *counter_add(SqlConnection *connection, const Entity *entity, int64_t added)
{
    SqlText text = sql_text_new(connection);
    sql_put(&text, INTO_COUNTER);
    put_row(&text, entity, sql_slot(connection), added);
    sql_put(&text, OR_ADD_VERSION "pimento_counter.live + excluded.live");
    return sql_execute(connection, &text, NULL);
}

/* Every slot's row is there and ours until the commit: who adds to one waits. */
static Error *reset_slots(SqlConnection *connection, const Entity *entity)
{
    SqlText text = sql_text_new(connection);
    sql_put(&text, INTO_COUNTER);
    for (unsigned slot = 0; slot < sql_slot_count(connection); slot++) {
        if (slot > 0)
            sql_put(&text, ", ");
        put_row(&text, entity, slot, 0);
    }
    sql_put(&text, OR_ADD_VERSION "0");
    return sql_execute(connection, &text, NULL);
}

static Error *count_live(SqlConnection *connection, const Entity *entity, int64_t *out)
{
    SqlText text = sql_text_new(connection);
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    sql_put(&text, "SELECT count(*) FROM ");
    sql_put_name(&text, entity->table);
    sql_put(&text, " WHERE ");
    sql_put_name(&text, entity->deleted->column->name);
    sql_put(&text, " = ");
    sql_put_dialect(&text, text.dialect->false_literal);
    TRY(sql_query(connection, &text, &rows));
    TRY(sql_next(&rows, &has_row));
    *out = has_row ? sql_column_int(&rows, 0) : 0;
    return NULL;
}

Error *counter_rebuild(SqlConnection *connection, const Entity *entity)
{
    int64_t live = 0;
    TRY(reset_slots(connection, entity));
    TRY(count_live(connection, entity, &live));
    return counter_add(connection, entity, live);
}
