#include "base/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_thread_us(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static void write_digits(char *out, int value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

void clock_write_text(int64_t wall_us, char *out)
{
    int64_t seconds = wall_us / 1000000;
    int64_t days = seconds / 86400;
    int rest = (int)(seconds - days * 86400);
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    /* Civil date from days, eras of 400 years starting in March. */
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int day_of_era = (int)(shifted - era * 146097);
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_index = (5 * day_of_year + 2) / 153;
    int month = month_index < 10 ? month_index + 3 : month_index - 9;
    int year = (int)(year_of_era + era * 400) + (month <= 2);
    memcpy(out, "0000-00-00 00:00:00", CLOCK_TEXT_LEN);
    write_digits(out, year, 4);
    write_digits(out + 5, month, 2);
    write_digits(out + 8, day_of_year - (153 * month_index + 2) / 5 + 1, 2);
    write_digits(out + 11, rest / 3600, 2);
    write_digits(out + 14, rest / 60 % 60, 2);
    write_digits(out + 17, rest % 60, 2);
}

bool clock_days_from_date(int year, int month, int day, int64_t *out)
{
    static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    if (day > month_days[month - 1] + (month == 2 && is_leap))
        return false;
    int64_t shifted_year = year - (month <= 2);
    int64_t era = (shifted_year >= 0 ? shifted_year : shifted_year - 399) / 400;
    int64_t year_of_era = shifted_year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    *out = era * 146097 + day_of_era - 719468;
    return true;
}

/* False when there is anything but digits. */
static bool read_digits(Str text, size_t at, size_t count, int *out)
{
    int value = 0;
    for (size_t i = at; i < at + count; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (text.data[i] - '0');
    }
    *out = value;
    return true;
}

static bool has_text_form(Str text)
{
    return text.len == CLOCK_TEXT_LEN && text.data[4] == '-' && text.data[7] == '-' &&
           text.data[10] == ' ' && text.data[13] == ':' && text.data[16] == ':';
}

bool clock_read_text(Str text, int64_t *out_wall_us)
{
    int year, month, day, hour, minute, second;
    int64_t days;
    if (!has_text_form(text) || !read_digits(text, 0, 4, &year) ||
        !read_digits(text, 5, 2, &month) || !read_digits(text, 8, 2, &day) ||
        !read_digits(text, 11, 2, &hour) || !read_digits(text, 14, 2, &minute) ||
        !read_digits(text, 17, 2, &second))
        return false;
    if (!clock_days_from_date(year, month, day, &days) || hour > 23 || minute > 59 || second > 59)
        return false;
    *out_wall_us = (days * 86400 + (int64_t)hour * 3600 + (int64_t)minute * 60 + second) * 1000000;
    return true;
}
