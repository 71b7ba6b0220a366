#include "sql/announcement.h"

#include "sql/driver.h"

const char *const announcement_names[ANNOUNCEMENT_TOPIC_COUNT] = {
    [ANNOUNCEMENT_LOGINS] = "logins",
    [ANNOUNCEMENT_MODEL] = "model",
};

static Error *move_version(SqlConnection *connection, AnnouncementTopic topic)
{
    SqlText text = sql_text_new(connection);
    sql_put(&text, "INSERT INTO pimento_version (name, version) VALUES (");
    sql_put_value(&text, sql_text(str_from(announcement_names[topic])));
    sql_put(&text, ", 1) ON CONFLICT (name) DO UPDATE SET version = pimento_version.version + 1");
    return sql_execute(connection, &text, NULL);
}

Error *announcement_make(SqlConnection *connection, AnnouncementTopic topic)
{
    if (connection->driver->announce == NULL)
        return NULL;
    TRY(move_version(connection, topic));
    return connection->driver->announce(connection);
}

Error *announcement_follow(Arena *arena, SqlDatabase *database, AnnouncementHear *hear, void *owner)
{
    if (database->driver->on_announcement == NULL)
        return NULL;
    return database->driver->on_announcement(arena, database, hear, owner);
}
