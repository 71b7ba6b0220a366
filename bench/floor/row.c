#include "row.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t last_id; /* atomic */

void row_start(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    last_id = (uint64_t)now.tv_nsec << 20;
}

/* 'a', the milliseconds, then a number that only grows. */
static void make_id(char *out)
{
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    uint64_t rest = __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
    out[0] = 'a';
    for (int i = 10; i >= 1; i--, ms >>= 5)
        out[i] = digits[ms & 31];
    for (int i = ROW_ID_LEN - 1; i > 10; i--, rest >>= 5)
        out[i] = digits[rest & 31];
}

/* The text of `"key":"..."` behind `*at`; what follows it comes next. */
static const char *take_value(const char **at, const char *end, const char *key, size_t *out_len)
{
    const char *found = memmem(*at, (size_t)(end - *at), key, strlen(key));
    if (found == NULL)
        return NULL;
    const char *value = found + strlen(key);
    const char *quote = memchr(value, '"', (size_t)(end - value));
    if (quote == NULL)
        return NULL;
    *out_len = (size_t)(quote - value);
    *at = quote + 1;
    return value;
}

bool row_next(const char **at, const char *end, NewRow *out)
{
    out->name = take_value(at, end, "\"name\":\"", &out->name_len);
    if (out->name == NULL)
        return false;
    out->sku = take_value(at, end, "\"sku\":\"", &out->sku_len);
    if (out->sku == NULL)
        return false;
    make_id(out->id);
    return true;
}

double row_number(const char *body, size_t len)
{
    const char *colon = memchr(body, ':', len);
    return colon == NULL ? 0 : strtod(colon + 1, NULL);
}

const char *row_now(void)
{
    static _Thread_local char text[ROW_NOW_LEN + 1];
    static _Thread_local time_t written_s;
    struct tm parts;
    time_t now_s = time(NULL);
    if (now_s == written_s)
        return text;
    written_s = now_s;
    gmtime_r(&now_s, &parts);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
    return text;
}

void row_fold(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] | 32);
}
