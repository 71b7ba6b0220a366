#include "base/clock.h"
#include "schema/value_private.h"

static bool read_digits(Str text, size_t from, size_t count, int *out)
{
    *out = 0;
    for (size_t i = from; i < from + count; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *out = *out * 10 + (text.data[i] - '0');
    }
    return true;
}

bool value_is_date(Str text)
{
    int year;
    int month;
    int day;
    int64_t days;
    if (text.len != 10 || text.data[4] != '-' || text.data[7] != '-')
        return false;
    if (!read_digits(text, 0, 4, &year) || !read_digits(text, 5, 2, &month) ||
        !read_digits(text, 8, 2, &day))
        return false;
    return clock_days_from_date(year, month, day, &days);
}

static bool is_below(Str text, size_t at, int limit)
{
    int number;
    return read_digits(text, at, 2, &number) && number < limit;
}

/* Nothing, `Z`, `+HH`, `+HHMM`, `+HH:MM`: how far ahead of UTC. */
static bool read_offset(Str text, int64_t *out_s)
{
    int hours;
    int minutes = 0;
    *out_s = 0;
    if (text.len == 0 || str_equal(text, STR("Z")))
        return true;
    if ((text.data[0] != '+' && text.data[0] != '-') || text.len < 3 ||
        !read_digits(text, 1, 2, &hours) || hours > 23)
        return false;
    Str rest = str_slice(text, 3, text.len);
    if (str_starts_with(rest, STR(":")))
        rest = str_slice(rest, 1, rest.len);
    bool has_minutes = rest.len == 2 && read_digits(rest, 0, 2, &minutes) && minutes < 60;
    if (!has_minutes && text.len != 3)
        return false;
    *out_s = (hours * 60 + minutes) * (text.data[0] == '-' ? -60 : 60);
    return true;
}

static bool shift(char *text, int64_t offset_s)
{
    int64_t first_us;
    int64_t last_us;
    int64_t wall_us;
    if (offset_s == 0)
        return true;
    if (!clock_read_text(STR("0000-01-01 00:00:00"), &first_us) ||
        !clock_read_text(STR("9999-12-31 23:59:59"), &last_us) ||
        !clock_read_text((Str){ text, CLOCK_TEXT_LEN }, &wall_us))
        return false;
    wall_us -= offset_s * 1000000;
    if (wall_us < first_us || wall_us > last_us)
        return false;
    clock_write_text(wall_us, text);
    return true;
}

bool value_read_time(Arena *arena, Str text, SqlValue *out)
{
    int64_t offset_s;
    bool is_shaped = text.len >= CLOCK_TEXT_LEN && (text.data[10] == ' ' || text.data[10] == 'T') &&
                     text.data[13] == ':' && text.data[16] == ':';
    if (!is_shaped || !value_is_date(str_slice(text, 0, 10)))
        return false;
    if (!is_below(text, 11, 24) || !is_below(text, 14, 60) || !is_below(text, 17, 60) ||
        !read_offset(str_slice(text, CLOCK_TEXT_LEN, text.len), &offset_s))
        return false;
    char *copy = arena_alloc(arena, CLOCK_TEXT_LEN);
    memcpy(copy, text.data, CLOCK_TEXT_LEN);
    copy[10] = ' ';
    *out = sql_text((Str){ copy, CLOCK_TEXT_LEN });
    return shift(copy, offset_s);
}
