#include "sql/postgres_listener.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "sql/postgres_dial.h"

/* So many looks in a row without an answer: the connection is given up. */
#define MAX_SILENCES 10

struct PostgresListener {
    char *url;
    AnnouncementHear *hear;
    void *owner;
    pthread_t thread;
    int stop;          /* an eventfd: readable when the thread is to end */
    bool may_notify;   /* atomic */
    bool lacks_listen; /* the thread's own: the server has no LISTEN */
};

typedef struct Versions {
    int64_t of[ANNOUNCEMENT_TOPIC_COUNT];
} Versions;

static void hear_all(const PostgresListener *listener)
{
    for (AnnouncementTopic topic = 0; topic < ANNOUNCEMENT_TOPIC_COUNT; topic++)
        listener->hear(listener->owner, topic);
}

static void hear_moved(const PostgresListener *listener, const Versions *old, const Versions *new)
{
    for (AnnouncementTopic topic = 0; topic < ANNOUNCEMENT_TOPIC_COUNT; topic++)
        if (old->of[topic] != new->of[topic])
            listener->hear(listener->owner, topic);
}

typedef enum Wait { WAIT_TIME, WAIT_BYTES, WAIT_END } Wait;

/* For bytes of the connection (or only for time, without one), POSTGRES_LOOK_MS at most. */
static Wait wait_for_bytes(const PostgresListener *listener, const PGconn *handle)
{
    struct pollfd polled[2] = { { .fd = listener->stop, .events = POLLIN },
                                { .fd = handle == NULL ? -1 : PQsocket(handle),
                                  .events = POLLIN } };
    poll(polled, 2, POSTGRES_LOOK_MS);
    if (polled[0].revents != 0)
        return WAIT_END;
    return polled[1].revents != 0 ? WAIT_BYTES : WAIT_TIME;
}

/* False: no answer is to be expected any more, or it is time to end. */
static bool await_answer(const PostgresListener *listener, PGconn *handle)
{
    unsigned silences = 0;
    while (PQisBusy(handle)) {
        Wait wait = wait_for_bytes(listener, handle);
        if (wait == WAIT_END || !PQconsumeInput(handle))
            return false;
        if (wait == WAIT_BYTES)
            continue;
        if (++silences == MAX_SILENCES)
            return false;
        hear_all(listener);
    }
    return true;
}

/* Runs one statement; NULL when there is no answer. */
static PGresult *ask(const PostgresListener *listener, PGconn *handle, const char *statement)
{
    PGresult *answer = NULL;
    if (!PQsendQuery(handle, statement))
        return NULL;
    for (;;) {
        if (!await_answer(listener, handle)) {
            PQclear(answer);
            return NULL;
        }
        PGresult *result = PQgetResult(handle);
        if (result == NULL)
            return answer;
        PQclear(answer);
        answer = result;
    }
}

static bool is_unknown_to_server(const PGresult *answer)
{
    const char *field = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
    Str state = str_from(field == NULL ? "" : field);
    return str_equal(state, STR("0A000")) || str_equal(state, STR("42601"));
}

static bool begin_listening(PostgresListener *listener, PGconn *handle)
{
    if (PQstatus(handle) != CONNECTION_OK)
        return false;
    if (listener->lacks_listen)
        return true;
    PGresult *answer = ask(listener, handle, "LISTEN " POSTGRES_CHANNEL);
    bool is_listening = PQresultStatus(answer) == PGRES_COMMAND_OK;
    listener->lacks_listen = !is_listening && is_unknown_to_server(answer);
    PQclear(answer);
    if (listener->lacks_listen)
        log_write(LOG_WARNING, "the database has no LISTEN; its versions are looked at instead",
                  NULL, 0);
    if (is_listening)
        __atomic_store_n(&listener->may_notify, true, __ATOMIC_RELAXED);
    return is_listening || listener->lacks_listen;
}

/* Names that this program does not know are a newer one's. */
static void take_version(Versions *versions, Str name, int64_t version)
{
    for (AnnouncementTopic topic = 0; topic < ANNOUNCEMENT_TOPIC_COUNT; topic++)
        if (str_equal(name, str_from(announcement_names[topic])))
            versions->of[topic] = version;
}

static bool read_versions(const PostgresListener *listener, PGconn *handle, Versions *out)
{
    PGresult *answer = ask(listener, handle, "SELECT name, version FROM pimento_version");
    bool is_read = PQresultStatus(answer) == PGRES_TUPLES_OK;
    Versions versions = { 0 };
    for (int row = 0; row < PQntuples(answer); row++)
        take_version(&versions, str_from(PQgetvalue(answer, row, 0)),
                     strtoll(PQgetvalue(answer, row, 1), NULL, 10));
    PQclear(answer);
    if (is_read)
        *out = versions;
    return is_read;
}

static bool take_news(PGconn *handle)
{
    bool has_news = false;
    PGnotify *news;
    while ((news = PQnotifies(handle)) != NULL) {
        has_news = true;
        PQfreemem(news);
    }
    return has_news;
}

/* Until the connection is lost or it is time to end. */
static void listen_on(const PostgresListener *listener, PGconn *handle)
{
    Versions known;
    Versions now;
    if (!read_versions(listener, handle, &known))
        return;
    hear_all(listener); /* whatever was announced before these versions */
    for (;;) {
        /* One that came with the last answer may be newer than what that answer saw. */
        if (!take_news(handle) && wait_for_bytes(listener, handle) == WAIT_END)
            return;
        if (!PQconsumeInput(handle))
            return;
        take_news(handle); /* the look that follows is for these as well */
        if (!read_versions(listener, handle, &now))
            return;
        hear_moved(listener, &known, &now);
        known = now;
    }
}

static void *run_listener(void *context)
{
    PostgresListener *listener = context;
    for (;;) {
        PGconn *handle = postgres_dial(listener->url);
        if (begin_listening(listener, handle))
            listen_on(listener, handle);
        PQfinish(handle);
        if (wait_for_bytes(listener, NULL) == WAIT_END)
            return NULL;
        log_write(LOG_WARNING, "not listening to the database; trying again", NULL, 0);
        hear_all(listener);
    }
}

PostgresListener *postgres_listener_start(const char *url, AnnouncementHear *hear, void *owner)
{
    PostgresListener *listener = memory_zalloc(sizeof *listener);
    listener->url = memory_copy_text(url);
    listener->hear = hear;
    listener->owner = owner;
    listener->stop = eventfd(0, EFD_CLOEXEC);
    if (listener->stop >= 0 && pthread_create(&listener->thread, NULL, run_listener, listener) == 0)
        return listener;
    if (listener->stop >= 0)
        close(listener->stop);
    memory_free(listener->url);
    memory_free(listener);
    return NULL;
}

bool postgres_listener_may_notify(const PostgresListener *listener)
{
    return listener != NULL && __atomic_load_n(&listener->may_notify, __ATOMIC_RELAXED);
}

void postgres_listener_stop(PostgresListener *listener)
{
    if (listener == NULL)
        return;
    eventfd_write(listener->stop, 1);
    pthread_join(listener->thread, NULL);
    close(listener->stop);
    memory_free(listener->url);
    memory_free(listener);
}
