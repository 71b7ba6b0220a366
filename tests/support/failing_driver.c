#include "support/failing_driver.h"

static FailingDriver *driver_of(const SqlDriver *table)
{
    return (FailingDriver *)(uintptr_t)table;
}

static bool is_due(FailingDriver *driver, FailPoint point)
{
    FailPlan *plan = &driver->plan;
    if (plan->point != point || plan->times == 0)
        return false;
    if (plan->skip > 0) {
        plan->skip--;
        return false;
    }
    plan->times--;
    driver->failures++;
    return true;
}

static Error *fail(FailingDriver *driver, SqlConnection *connection)
{
    if (driver->plan.ends_transaction && driver->real->is_in_transaction(connection))
        driver->real->rollback(connection);
    if (driver->plan.breaks)
        connection->is_broken = true;
    return error_new(connection->arena, driver->plan.kind, "The double failed as it was told");
}

static Error *connect_or_fail(Arena *arena, SqlDatabase *database, bool is_writer,
                              SqlConnection **out)
{
    FailingDriver *driver = driver_of(database->driver);
    if (is_due(driver, FAIL_CONNECT))
        return error_new(arena, driver->plan.kind, "The double failed as it was told");
    driver->connects++;
    return driver->real->connect(arena, database, is_writer, out);
}

static Error *query_or_fail(SqlConnection *connection, const SqlText *text, void **out_statement)
{
    FailingDriver *driver = driver_of(connection->driver);
    Str wanted = str_from(driver->plan.text);
    bool is_meant = str_is_none(wanted) || str_starts_with(buf_str(&text->buf), wanted);
    if (is_meant && is_due(driver, FAIL_QUERY))
        return fail(driver, connection);
    return driver->real->query(connection, text, out_statement);
}

static Error *next_or_fail(SqlRows *rows, bool *out_has_row)
{
    FailingDriver *driver = driver_of(rows->connection->driver);
    if (is_due(driver, FAIL_NEXT))
        return fail(driver, rows->connection);
    return driver->real->next(rows, out_has_row);
}

static Error *begin_or_fail(SqlConnection *connection, bool is_writer)
{
    FailingDriver *driver = driver_of(connection->driver);
    if (is_due(driver, FAIL_BEGIN))
        return fail(driver, connection);
    return driver->real->begin(connection, is_writer);
}

static Error *commit_or_fail(SqlConnection *connection)
{
    FailingDriver *driver = driver_of(connection->driver);
    if (is_due(driver, FAIL_COMMIT))
        return fail(driver, connection);
    return driver->real->commit(connection);
}

void failing_driver_wrap(FailingDriver *out, SqlDatabase *database)
{
    *out = (FailingDriver){ .table = *database->driver, .real = database->driver };
    out->table.connect = connect_or_fail;
    out->table.query = query_or_fail;
    out->table.next = next_or_fail;
    out->table.begin = begin_or_fail;
    out->table.commit = commit_or_fail;
    database->driver = &out->table;
}
