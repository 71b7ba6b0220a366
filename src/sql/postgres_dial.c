#include "sql/postgres_dial.h"

#include "base/clock.h"

#define PAUSE_FIRST_US 100000
#define PAUSE_LAST_US 2000000

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

/* What the URL says wins over what stands before it. */
PGconn *postgres_dial(const char *url)
{
    /* clang-format off */
    const char *const options[][2] = {
        { "application_name",    "pimento" },
        { "connect_timeout",     "3" },
        { "keepalives_idle",     "5" },
        { "keepalives_interval", "2" },
        { "keepalives_count",    "2" },
        { "tcp_user_timeout",    "8000" },
        { "dbname",              url },
        { "client_encoding",     "UTF8" },
    };
    /* clang-format on */
    const char *keywords[sizeof options / sizeof *options + 1] = { NULL };
    const char *values[sizeof options / sizeof *options + 1] = { NULL };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        keywords[i] = options[i][0];
        values[i] = options[i][1];
    }
    PGconn *handle = PQconnectdbParams(keywords, values, 1);
    PQsetNoticeReceiver(handle, ignore_notice, NULL);
    return handle;
}

void postgres_back_off_init(PostgresBackOff *back_off)
{
    *back_off = (PostgresBackOff){ .pause_us = 0 };
    pthread_mutex_init(&back_off->lock, NULL);
}

void postgres_back_off_deinit(PostgresBackOff *back_off)
{
    pthread_mutex_destroy(&back_off->lock);
}

bool postgres_back_off_is_over(PostgresBackOff *back_off)
{
    pthread_mutex_lock(&back_off->lock);
    bool is_over = back_off->pause_us == 0 || clock_monotonic_us() >= back_off->until_us;
    pthread_mutex_unlock(&back_off->lock);
    return is_over;
}

void postgres_back_off_note(PostgresBackOff *back_off, bool has_worked)
{
    pthread_mutex_lock(&back_off->lock);
    int64_t pause_us = back_off->pause_us == 0 ? PAUSE_FIRST_US : back_off->pause_us * 2;
    if (pause_us > PAUSE_LAST_US)
        pause_us = PAUSE_LAST_US;
    back_off->pause_us = has_worked ? 0 : pause_us;
    back_off->until_us = clock_monotonic_us() + back_off->pause_us;
    pthread_mutex_unlock(&back_off->lock);
}
