#pragma once
/* Clock: wall time for what people see and what is stored, monotonic time for waits, deadlines and
 * throttles. */

#include <stdint.h>

#include "base/str.h"

#define CLOCK_TEXT_LEN 19 /* "2025-09-17 15:39:24" */

int64_t clock_wall_us(void);
int64_t clock_monotonic_us(void);
/* Processor time of this thread; a system call, some 200 ns. */
int64_t clock_thread_us(void);
/* UTC, `YYYY-MM-DD HH:MM:SS` (spec 1.6); writes CLOCK_TEXT_LEN bytes, no NUL. Years 0000 to 9999.
 */
void clock_write_text(int64_t wall_us, char *out);
/* Back again; false for anything but a possible time in exactly that form. */
bool clock_read_text(Str text, int64_t *out_wall_us);
/* Days since 1970-01-01 of a proleptic Gregorian date; false for impossible dates. */
bool clock_days_from_date(int year, int month, int day, int64_t *out);
