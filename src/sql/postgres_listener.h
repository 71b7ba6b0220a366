#pragma once
/* Listener: hears what processes on one database announce to each other with their commits. A
 * thread with a connection of its own; while that is lost it is opened again with pauses, and then
 * heard as well: what was announced meanwhile is not known. */

#include <stdbool.h>

#define POSTGRES_CHANNEL "pimento"

typedef struct PostgresListener PostgresListener;

/* `hear` is called on the listener's thread. The URL is copied. NULL when no thread can be made. */
PostgresListener *postgres_listener_start(const char *url, void (*hear)(void *owner), void *owner);
/* Ends the thread; accepts NULL. */
void postgres_listener_stop(PostgresListener *listener);
