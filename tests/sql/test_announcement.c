/* What processes on one database tell each other; here one process hears itself. */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "sql/announcement.h"
#include "sql/postgres_listener.h"
#include "support/test_database.h"

#define WAIT_S 20
#define CALLS 20

typedef struct Desk {
    TestDatabase base;
    SqlDatabase *listening; /* its connections bear the name of the test's schema */
    SqlConnection *writer;
    pthread_mutex_t lock; /* guards heard */
    pthread_cond_t changed;
    unsigned heard;
} Desk;

static void hear(void *owner, AnnouncementTopic topic)
{
    Desk *desk = owner;
    pthread_mutex_lock(&desk->lock);
    desk->heard += topic == ANNOUNCEMENT_LOGINS;
    pthread_cond_signal(&desk->changed);
    pthread_mutex_unlock(&desk->lock);
}

static unsigned count_heard(Desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    unsigned heard = desk->heard;
    pthread_mutex_unlock(&desk->lock);
    return heard;
}

static void await_heard(Desk *desk, unsigned wanted)
{
    struct timespec end;
    int outcome = 0;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += WAIT_S;
    pthread_mutex_lock(&desk->lock);
    while (desk->heard < wanted && outcome == 0)
        outcome = pthread_cond_timedwait(&desk->changed, &desk->lock, &end);
    pthread_mutex_unlock(&desk->lock);
    assert_int_equal(outcome, 0);
}

static int open_desk(void **state)
{
    Desk *desk = calloc(1, sizeof *desk);
    pthread_mutex_init(&desk->lock, NULL);
    pthread_cond_init(&desk->changed, NULL);
    test_database_open(&desk->base);
    Arena *arena = desk->base.arena;
    const TestLocation *place = &desk->base.location;
    SqlOptions options = { .location = str_format(arena, "%.*s&application_name=%s",
                                                  STR_ARGS(place->location), place->schema),
                           .statement_limit_ms = 30000 };
    assert_no_error(sql_database_open(arena, &options, &desk->listening));
    assert_no_error(sql_writer_open(arena, desk->listening, &desk->writer));
    assert_no_error(test_database_run(desk->writer,
                                      "CREATE TABLE pimento_version (name TEXT NOT NULL PRIMARY "
                                      "KEY, version BIGINT NOT NULL)"));
    assert_no_error(announcement_follow(arena, desk->listening, hear, desk));
    await_heard(desk, 1); /* it listens, and may have missed what was before */
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    Desk *desk = *state;
    sql_connection_close(desk->writer);
    sql_database_close(desk->listening);
    test_database_close(&desk->base);
    pthread_cond_destroy(&desk->changed);
    pthread_mutex_destroy(&desk->lock);
    free(desk);
    return 0;
}

static void announce(const Desk *desk)
{
    assert_no_error(sql_begin(desk->writer));
    assert_no_error(announcement_make(desk->writer, ANNOUNCEMENT_LOGINS));
    assert_no_error(sql_commit(desk->writer));
}

static void test_announcement_is_heard_by_looking_where_nobody_calls(void **state)
{
    Desk *desk = *state;
    assert_no_error(
        test_database_run(desk->writer, "INSERT INTO pimento_version VALUES ('logins', 1)"));
    await_heard(desk, 2);
    assert_no_error(test_database_run(desk->writer, "UPDATE pimento_version SET version = 2"));
    await_heard(desk, 3);
}

/* Each is heard before the next is made: by looking alone that would take twenty times half a
 * second. */
static void test_announcement_calls_who_listens(void **state)
{
    Desk *desk = *state;
    struct timespec begun;
    struct timespec ended;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    for (unsigned i = 0; i < CALLS; i++) {
        announce(desk);
        await_heard(desk, i + 2);
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    assert_true(ended.tv_sec - begun.tv_sec < CALLS * POSTGRES_LOOK_MS / 2000);
}

/* A call without news, and a version of another name, are looked at and left. (A server that is
 * very busy may be silent for so long that all is told once more.) */
static void test_announcement_that_was_not_committed_is_none(void **state)
{
    Desk *desk = *state;
    for (unsigned i = 0; i < CALLS; i++) {
        unsigned before = count_heard(desk);
        assert_no_error(sql_begin(desk->writer));
        assert_no_error(announcement_make(desk->writer, ANNOUNCEMENT_LOGINS));
        sql_rollback(desk->writer);
        assert_no_error(test_database_run(
            desk->writer, "INSERT INTO pimento_version VALUES ('unknown', 1) ON CONFLICT (name) DO "
                          "UPDATE SET version = pimento_version.version + 1"));
        assert_no_error(test_database_run(desk->writer, "NOTIFY " POSTGRES_CHANNEL));
        announce(desk);
        await_heard(desk, before + 1);
    }
    assert_in_range(count_heard(desk), CALLS + 1, CALLS + CALLS / 4);
}

static void test_announcement_made_while_nobody_could_hear_is_heard_later(void **state)
{
    Desk *desk = *state;
    assert_int_equal(test_database_number(desk->writer,
                                          "SELECT count(pg_terminate_backend(pid, 10000)) FROM "
                                          "pg_stat_activity WHERE pid <> pg_backend_pid() AND "
                                          "application_name = current_setting('application_name')"),
                     1);
    announce(desk);
    await_heard(desk, 3); /* when it is lost, and when it is back */
    announce(desk);
    await_heard(desk, 4);
}

typedef struct SlowReader {
    Arena *arena;
    SqlDatabase *database;
    unsigned begun; /* atomic */
} SlowReader;

/* Reads on the very database, a moment after it was called. */
static void read_slowly(void *owner, AnnouncementTopic topic)
{
    (void)topic;
    SlowReader *slow = owner;
    SqlConnection *reader = NULL;
    __atomic_fetch_add(&slow->begun, 1, __ATOMIC_SEQ_CST);
    nanosleep(&(struct timespec){ .tv_nsec = 300000000 }, NULL);
    if (sql_take_reader(slow->arena, slow->database, &reader) == NULL)
        sql_give_reader(reader);
}

static void test_announcement_may_be_heard_until_the_database_is_closed(void **state)
{
    Desk *desk = *state;
    SlowReader slow = { .arena = arena_new(4096, (size_t)1 << 20) };
    SqlOptions options = { .location = desk->base.location.location, .statement_limit_ms = 30000 };
    assert_no_error(sql_database_open(slow.arena, &options, &slow.database));
    assert_no_error(announcement_follow(slow.arena, slow.database, read_slowly, &slow));
    while (__atomic_load_n(&slow.begun, __ATOMIC_SEQ_CST) == 0)
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    sql_database_close(slow.database);
    arena_free(slow.arena);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_announcement_is_heard_by_looking_where_nobody_calls),
        DESK_TEST(test_announcement_calls_who_listens),
        DESK_TEST(test_announcement_that_was_not_committed_is_none),
        DESK_TEST(test_announcement_made_while_nobody_could_hear_is_heard_later),
        DESK_TEST(test_announcement_may_be_heard_until_the_database_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
