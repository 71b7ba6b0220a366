#include "sql/postgres_error.h"

#include "base/log.h"

typedef struct StateRule {
    const char *state; /* how the SQLSTATE begins */
    ErrorKind kind;
    const char *code; /* NULL = the kind's usual one */
    const char *reason;
    bool is_time_limit;
    bool breaks;     /* the connection */
    bool is_passing; /* the same transaction may well succeed when run again */
} StateRule;

#define BUSY "The database is busy; try again"
#define LOST "The database can't be reached; try again"
#define FULL "The storage is full; nothing was changed"
#define FAILED "The storage failed; nothing was changed"

/* The longer beginning first. */
/* clang-format off */
static const StateRule rules[] = {
    { .state = "23505", .kind = ERROR_INVALID,      .reason = "A record with the same unique value exists", .code = "notUnique" },
    { .state = "57014", .kind = ERROR_UNAVAILABLE,  .reason = "The query took too long; narrow the filter or ask for fewer records", .code = "statementTimeout", .is_time_limit = true },
    { .state = "40001", .kind = ERROR_UNAVAILABLE,  .reason = BUSY, .is_passing = true },
    { .state = "40P01", .kind = ERROR_UNAVAILABLE,  .reason = BUSY, .is_passing = true },
    { .state = "55P03", .kind = ERROR_UNAVAILABLE,  .reason = BUSY },
    { .state = "25006", .kind = ERROR_UNAVAILABLE,  .reason = LOST, .breaks = true },
    { .state = "25P03", .kind = ERROR_UNAVAILABLE,  .reason = LOST, .breaks = true },
    { .state = "08",    .kind = ERROR_UNAVAILABLE,  .reason = LOST, .breaks = true },
    { .state = "57P",   .kind = ERROR_UNAVAILABLE,  .reason = LOST, .breaks = true },
    { .state = "53100", .kind = ERROR_STORAGE_FULL, .reason = FULL },
    { .state = "53",    .kind = ERROR_UNAVAILABLE,  .reason = BUSY },
    { .state = "58",    .kind = ERROR_UNAVAILABLE,  .reason = FAILED },
    { .state = "54",    .kind = ERROR_TOO_LARGE,    .reason = "A value is too large to be stored" },
    { .state = "22021", .kind = ERROR_INVALID,      .reason = "A text holds a character that can't be stored" },
    { .state = "XX",    .kind = ERROR_INTERNAL,     .reason = "Internal error" },
};
/* clang-format on */

static const StateRule other = { .kind = ERROR_INTERNAL, .reason = "Internal error" };
static const StateRule gone = { .kind = ERROR_UNAVAILABLE, .reason = LOST, .breaks = true };

static const StateRule *find_rule(const PGconn *handle, Str state)
{
    /* Without a state it is libpq's own failure: it may know of a lost connection before it says.
     */
    if (PQstatus(handle) != CONNECTION_OK || state.len == 0)
        return &gone;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (str_starts_with(state, str_from(rules[i].state)))
            return &rules[i];
    return &other;
}

Str postgres_message(Arena *arena, const PGconn *handle)
{
    Str message = str_trim(str_from(PQerrorMessage(handle)));
    char *line = str_copy_c(arena, message);
    for (char *c = line; *c != '\0'; c++)
        if (*c == '\n')
            *c = ' ';
    return (Str){ line, message.len };
}

/* The server's sentence and state; its further lines may show values of rows. */
static Str describe(Arena *arena, const PGconn *handle, const PGresult *result, Str state)
{
    const char *primary =
        result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (primary == NULL)
        return postgres_message(arena, handle);
    return str_format(arena, "%.*s %s", STR_ARGS(state), primary);
}

Error *postgres_error(SqlConnection *connection, const PGconn *handle, const PGresult *result)
{
    const char *field = result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    Str state = str_from(field == NULL ? "" : field);
    const StateRule *rule = find_rule(handle, state);
    Error *error = error_new_code(connection->arena, rule->kind, rule->code, "%s", rule->reason);
    error->detail = describe(connection->arena, handle, result, state);
    connection->hit_time_limit = connection->hit_time_limit || rule->is_time_limit;
    connection->is_broken = connection->is_broken || rule->breaks;
    bool has_given_way = connection->gives_way && str_equal(state, STR("55P03"));
    connection->may_run_again = connection->may_run_again || rule->is_passing || has_given_way;
    if (rule->breaks)
        error->retry_after_s = 1;
    if (str_starts_with(state, STR("XX")))
        log_write(LOG_ERROR, "database is damaged", NULL, 0);
    return error;
}
