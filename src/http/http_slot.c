#include <unistd.h>

#include "base/memory.h"
#include "http/http_private.h"

#define BODY_TRUSTED_BYTES ((size_t)1 << 20) /* allocated on the word of Content-Length */
#define BODY_ARENA_BYTES ((size_t)8192)      /* up to here the warm arena holds the body */
#define BODY_FIRST_BYTES ((size_t)16384)     /* of a chunked one */

static _Thread_local HttpThread *current;

HttpThread *http_thread_current(HttpServer *server)
{
    if (current != NULL && current->server == server)
        return current;
    current = memory_zalloc(sizeof(HttpThread));
    current->server = server;
    pthread_mutex_lock(&server->lock);
    current->next = server->threads;
    server->threads = current;
    pthread_mutex_unlock(&server->lock);
    return current;
}

static HttpSlot *slot_new(HttpServer *server)
{
    HttpSlot *slot = memory_zalloc(sizeof(HttpSlot));
    slot->exchange.arena = arena_new(HTTP_ARENA_FIRST_BYTES, server->options.max_arena_bytes);
    return slot;
}

HttpSlot *http_slot_take(HttpServer *server)
{
    HttpThread *thread = http_thread_current(server);
    HttpSlot *slot = thread->free_slots;
    if (slot != NULL) {
        thread->free_slots = slot->next;
        thread->free_count--;
    } else {
        slot = slot_new(server);
    }
    Arena *arena = slot->exchange.arena;
    *slot = (HttpSlot){ .server = server, .thread = thread };
    slot->exchange.arena = arena;
    slot->exchange.request.body = STR("");
    slot->exchange.response.file = -1;
    buf_init(&slot->exchange.response.body, arena, server->options.max_answer_bytes);
    unsigned running = atomic_load_explicit(&thread->running, memory_order_relaxed);
    atomic_store_explicit(&thread->running, running + 1, memory_order_release);
    return slot;
}

static void drop_body(HttpSlot *slot)
{
    if (slot->body_is_heap)
        memory_free(slot->body);
    if (slot->body_capacity > 0)
        atomic_fetch_sub_explicit(&slot->server->body_bytes, slot->body_capacity,
                                  memory_order_relaxed);
    slot->body = NULL;
    slot->body_is_heap = false;
    slot->body_len = 0;
    slot->body_capacity = 0;
}

/* What the slot holds beside its arena. */
static void empty(HttpSlot *slot)
{
    drop_body(slot);
    if (slot->answer_held > 0)
        atomic_fetch_sub_explicit(&slot->server->answer_bytes, slot->answer_held,
                                  memory_order_relaxed);
    slot->answer_held = 0;
    if (slot->exchange.response.file >= 0)
        close(slot->exchange.response.file);
    slot->exchange.response.file = -1;
}

void http_slot_free(HttpSlot *slot)
{
    empty(slot);
    arena_free(slot->exchange.arena);
    memory_free(slot);
}

void http_slot_release(HttpSlot *slot)
{
    HttpThread *thread = slot->thread;
    if (thread->free_count >= HTTP_FREE_SLOTS) {
        http_slot_free(slot);
        return;
    }
    empty(slot);
    arena_reset(slot->exchange.arena);
    slot->next = thread->free_slots;
    thread->free_slots = slot;
    thread->free_count++;
}

void http_threads_free(HttpServer *server)
{
    while (server->threads != NULL) {
        HttpThread *thread = server->threads;
        server->threads = thread->next;
        while (thread->free_slots != NULL) {
            HttpSlot *slot = thread->free_slots;
            thread->free_slots = slot->next;
            http_slot_free(slot);
        }
        http_gzip_free(thread);
        memory_free(thread);
    }
}

bool http_slot_body_fits(const HttpSlot *slot, size_t bytes)
{
    size_t limit = slot->server->options.max_bodies_in_flight;
    size_t held = atomic_load_explicit(&slot->server->body_bytes, memory_order_relaxed);
    return held <= limit && bytes <= limit - held;
}

/* False when all bodies together would be over their limit. */
static bool reserve(HttpSlot *slot, size_t capacity)
{
    size_t more = capacity - slot->body_capacity;
    size_t held =
        atomic_fetch_add_explicit(&slot->server->body_bytes, more, memory_order_relaxed) + more;
    if (held > slot->server->options.max_bodies_in_flight) {
        atomic_fetch_sub_explicit(&slot->server->body_bytes, more, memory_order_relaxed);
        return false;
    }
    slot->body_capacity = capacity;
    return true;
}

static void refuse_body(HttpSlot *slot, const HttpRefusal *refusal)
{
    slot->refusal = refusal;
    drop_body(slot);
}

static void grow(HttpSlot *slot, size_t capacity)
{
    if (!reserve(slot, capacity)) {
        refuse_body(slot, &http_refusal_busy);
        return;
    }
    if (slot->body == NULL && capacity <= BODY_ARENA_BYTES) {
        slot->body = arena_alloc(slot->exchange.arena, capacity + HTTP_BODY_PADDING);
        return;
    }
    slot->body = memory_realloc(slot->body, capacity + HTTP_BODY_PADDING);
    slot->body_is_heap = true;
}

void http_slot_expect_body(HttpSlot *slot)
{
    size_t first = slot->is_chunked ? BODY_FIRST_BYTES : slot->content_length;
    if (first > 0)
        grow(slot, first < BODY_TRUSTED_BYTES ? first : BODY_TRUSTED_BYTES);
}

static size_t next_capacity(const HttpSlot *slot, size_t needed)
{
    size_t most = slot->is_chunked ? slot->server->options.max_body_bytes : slot->content_length;
    size_t capacity = slot->body_capacity * 2;
    if (capacity < needed)
        capacity = needed;
    return capacity < most ? capacity : most;
}

bool http_slot_add_body(HttpSlot *slot, const char *data, size_t size)
{
    size_t limit = slot->server->options.max_body_bytes;
    slot->received += size;
    if (slot->received > limit && slot->refusal == NULL)
        refuse_body(slot, &http_refusal_body_too_large);
    if (slot->refusal != NULL)
        return slot->received <= limit * 2;
    if (slot->received > slot->body_capacity)
        grow(slot, next_capacity(slot, slot->received));
    if (slot->refusal != NULL)
        return true;
    memcpy(slot->body + slot->body_len, data, size);
    slot->body_len += size;
    return true;
}

void http_slot_complete_body(HttpSlot *slot)
{
    if (slot->body_len == 0)
        return;
    memset(slot->body + slot->body_len, 0, HTTP_BODY_PADDING);
    slot->exchange.request.body = (Str){ slot->body, slot->body_len };
}
