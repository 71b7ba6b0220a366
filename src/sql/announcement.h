#pragma once
/* Announcements: several processes may work on one database, and what they keep in memory of it
 * follows what is announced there.
 *
 *   pimento_version   name -> version        one row a topic
 *
 * An announcement is made in the transaction that changes what others keep: it adds one to the
 * topic's version, and with the commit calls all who listen to look at the versions. They look
 * twice a second anyway, so it is heard within a second also where calls are not delivered (by a
 * pooler that hands sessions around) or not known to the server.
 * Who hears drops what it kept and reads anew: its reads begin after the commit, on the server that
 * the announcement came from. Something read before may still arrive in a cache afterwards; the
 * cache must tell (the generation of access/token_cache.h). Nothing is announced with an engine
 * that one process works on. */

#include "sql/sql.h"

typedef enum AnnouncementTopic {
    ANNOUNCEMENT_LOGINS, /* users and tokens */
    ANNOUNCEMENT_MODEL,  /* entities and fields */
    ANNOUNCEMENT_TOPIC_COUNT,
} AnnouncementTopic;

/* The names of the version rows. */
extern const char *const announcement_names[ANNOUNCEMENT_TOPIC_COUNT];

typedef void AnnouncementHear(void *owner, AnnouncementTopic topic);

/* In a transaction that writes, best as its last statement: others that announce the same wait for
 * its end. */
Error *announcement_make(SqlConnection *connection, AnnouncementTopic topic) must_check;
/* `hear` is called on a thread of the database's, for every topic when something may have been
 * missed; this process's own announcements are heard as well. At most one for a database, until it
 * is closed. */
Error *announcement_follow(Arena *arena, SqlDatabase *database, AnnouncementHear *hear,
                           void *owner) must_check;
