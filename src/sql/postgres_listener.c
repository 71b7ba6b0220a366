#include "sql/postgres_listener.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "sql/postgres_dial.h"

#define PAUSE_MS 500

struct PostgresListener {
    char *url;
    void (*hear)(void *owner);
    void *owner;
    pthread_t thread;
    int stop; /* an eventfd: readable when the thread is to end */
};

/* Waits for bytes of the connection (or only for time, without one). False: it is time to end. */
static bool wait_for_news(const PostgresListener *listener, const PGconn *handle, int timeout_ms)
{
    struct pollfd polled[2] = { { .fd = listener->stop, .events = POLLIN },
                                { .fd = handle == NULL ? -1 : PQsocket(handle),
                                  .events = POLLIN } };
    poll(polled, 2, timeout_ms);
    return polled[0].revents == 0;
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

static bool begin_listening(PGconn *handle)
{
    if (PQstatus(handle) != CONNECTION_OK)
        return false;
    PGresult *result = PQexec(handle, "LISTEN " POSTGRES_CHANNEL);
    bool is_listening = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    return is_listening;
}

/* Until the connection is lost; false: it is time to end. */
static bool listen_on(const PostgresListener *listener, PGconn *handle)
{
    /* Whatever was announced before is heard now. */
    listener->hear(listener->owner);
    for (;;) {
        if (take_news(handle))
            listener->hear(listener->owner);
        if (!wait_for_news(listener, handle, -1))
            return false;
        if (!PQconsumeInput(handle))
            return true;
    }
}

static void *run_listener(void *context)
{
    const PostgresListener *listener = context;
    bool goes_on = true;
    while (goes_on) {
        PGconn *handle = postgres_dial(listener->url);
        if (begin_listening(handle))
            goes_on = listen_on(listener, handle);
        PQfinish(handle);
        if (!goes_on)
            break;
        log_write(LOG_WARNING, "not listening to the database; trying again", NULL, 0);
        goes_on = wait_for_news(listener, NULL, PAUSE_MS);
    }
    return NULL;
}

PostgresListener *postgres_listener_start(const char *url, void (*hear)(void *owner), void *owner)
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
