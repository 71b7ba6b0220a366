#include <err.h>
#include <pthread.h>

#include "lane_private.h"

static struct {
    pthread_mutex_t lock; /* guards first and last */
    pthread_cond_t submitted;
    LaneJob *first;
    LaneJob *last;
    uint64_t jobs;    /* atomic */
    uint64_t commits; /* atomic */
} lane = { .lock = PTHREAD_MUTEX_INITIALIZER, .submitted = PTHREAD_COND_INITIALIZER };

LaneJob *lane_take(bool may_wait)
{
    pthread_mutex_lock(&lane.lock);
    while (may_wait && lane.first == NULL)
        pthread_cond_wait(&lane.submitted, &lane.lock);
    LaneJob *job = lane.first;
    if (job != NULL) {
        lane.first = job->next;
        if (lane.first == NULL)
            lane.last = NULL;
        job->next = NULL;
    }
    pthread_mutex_unlock(&lane.lock);
    return job;
}

void lane_submit(LaneJob *job)
{
    job->next = NULL;
    pthread_mutex_lock(&lane.lock);
    if (lane.last == NULL)
        lane.first = job;
    else
        lane.last->next = job;
    lane.last = job;
    pthread_cond_signal(&lane.submitted);
    pthread_mutex_unlock(&lane.lock);
}

void lane_note_commit(unsigned jobs)
{
    __atomic_fetch_add(&lane.jobs, jobs, __ATOMIC_RELAXED);
    __atomic_fetch_add(&lane.commits, 1, __ATOMIC_RELAXED);
}

void lane_counts(uint64_t *out_commits, uint64_t *out_jobs)
{
    *out_commits = __atomic_load_n(&lane.commits, __ATOMIC_RELAXED);
    *out_jobs = __atomic_load_n(&lane.jobs, __ATOMIC_RELAXED);
}

void lane_start_thread(void *(*run)(void *argument), void *argument)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, argument) != 0)
        errx(1, "no thread");
}

void lane_open_item(Text *out, bool is_first)
{
    text_put_byte(out, is_first ? '[' : ',');
    TEXT_PUT_LITERAL(out, "{\"status\":\"Created\",\"stored\":true,\"entity\":");
}

void lane_close_item(Text *out)
{
    text_put_byte(out, '}');
}
