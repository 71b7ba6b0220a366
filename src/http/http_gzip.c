#include <zlib.h>

#include "base/memory.h"
#include "http/http_private.h"

#define GZIP_LEVEL 1
#define GZIP_WINDOW (15 + 16) /* + 16: gzip instead of zlib framing */
#define GZIP_MEMORY 8

/* "gzip;q=0.5" -> is it wanted at all? */
static bool has_weight(Str parameters)
{
    Str part;
    while (str_next_part(&parameters, ';', &part)) {
        part = str_trim(part);
        if (part.len < 3 || (part.data[0] != 'q' && part.data[0] != 'Q') || part.data[1] != '=')
            continue;
        for (size_t i = 2; i < part.len; i++)
            if (part.data[i] >= '1' && part.data[i] <= '9')
                return true;
        return false;
    }
    return true;
}

bool http_gzip_is_accepted(Str accept_encoding)
{
    Str rest = accept_encoding;
    Str item;
    bool any_is_accepted = false;
    while (str_next_part(&rest, ',', &item)) {
        size_t end = str_find(item, ';', 0);
        Str name = str_trim(str_slice(item, 0, end));
        Str parameters = end < item.len ? str_slice(item, end + 1, item.len) : STR_NONE;
        if (str_equal_ignoring_case(name, STR("gzip")))
            return has_weight(parameters);
        if (str_equal(name, STR("*")))
            any_is_accepted = has_weight(parameters);
    }
    return any_is_accepted;
}

bool http_gzip_is_worthwhile(Str content_type)
{
    static const Str types[] = {
        { "application/json", 16 },       { "text/", 5 },
        { "application/javascript", 22 }, { "image/svg+xml", 13 },
        { "application/xml", 15 },
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (content_type.len >= types[i].len &&
            str_equal_ignoring_case(str_slice(content_type, 0, types[i].len), types[i]))
            return true;
    return false;
}

static void *zlib_alloc(void *opaque, unsigned count, unsigned size)
{
    (void)opaque;
    return memory_alloc((size_t)count * size);
}

static void zlib_free(void *opaque, void *data)
{
    (void)opaque;
    memory_free(data);
}

static z_stream *deflater(HttpThread *thread)
{
    if (thread->deflater != NULL)
        return deflateReset(thread->deflater) == Z_OK ? thread->deflater : NULL;
    z_stream *stream = memory_zalloc(sizeof(z_stream));
    stream->zalloc = zlib_alloc;
    stream->zfree = zlib_free;
    if (deflateInit2(stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        memory_free(stream);
        return NULL;
    }
    thread->deflater = stream;
    return stream;
}

bool http_gzip_pack(HttpThread *thread, Arena *arena, Str plain, Str *out)
{
    z_stream *stream = deflater(thread);
    if (stream == NULL)
        return false;
    ArenaMark mark = arena_mark(arena);
    /* No longer than the plain text: what does not fit is not worth it. */
    unsigned char *packed = arena_alloc(arena, plain.len);
    /* zlib only reads it, but declares it writable unless ZLIB_CONST is set. */
    memcpy(&stream->next_in, &plain.data, sizeof stream->next_in);
    stream->avail_in = (unsigned)plain.len;
    stream->next_out = packed;
    stream->avail_out = (unsigned)plain.len;
    if (deflate(stream, Z_FINISH) != Z_STREAM_END) {
        arena_reset_to(arena, mark);
        return false;
    }
    *out = (Str){ (const char *)packed, plain.len - stream->avail_out };
    return true;
}

void http_gzip_free(HttpThread *thread)
{
    if (thread->deflater == NULL)
        return;
    deflateEnd(thread->deflater);
    memory_free(thread->deflater);
    thread->deflater = NULL;
}
