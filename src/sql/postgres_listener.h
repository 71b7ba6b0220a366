#pragma once
/* Listener: hears what processes on one database announce to each other (announcement.h). A thread
 * with a connection of its own waits for NOTIFY and looks at the version rows when one comes, and
 * every POSTGRES_LOOK_MS in any case. A server without LISTEN is only looked at. While nothing is
 * heard of the server (connection lost, no answer) every topic is told of every POSTGRES_LOOK_MS
 * (between two attempts to connect, which last 5 s when the way is silent): what was announced
 * meanwhile is not known. */

#include <stdbool.h>

#include "sql/announcement.h"

#define POSTGRES_CHANNEL "pimento"
#define POSTGRES_LOOK_MS 500

typedef struct PostgresListener PostgresListener;

/* `hear` is called on the listener's thread. The URL is copied. NULL when no thread can be made. */
PostgresListener *postgres_listener_start(const char *url, AnnouncementHear *hear, void *owner);
/* The server has taken a LISTEN of ours, so it takes NOTIFY: else a transaction would fail of it.
 * Any thread; accepts NULL. */
bool postgres_listener_may_notify(const PostgresListener *listener);
/* Ends the thread; accepts NULL. */
void postgres_listener_stop(PostgresListener *listener);
