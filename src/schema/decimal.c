#include "schema/decimal.h"

#include <math.h>
#include <stdlib.h>

#include "json/json_writer.h"

/* One more in the last place; the text starts with a sign or a zero to spare. */
static void count_up(char *text, size_t len)
{
    for (size_t i = len; i-- > 0 && text[i] != '-';) {
        if (text[i] == '.')
            continue;
        if (text[i] != '9') {
            text[i]++;
            return;
        }
        text[i] = '0';
    }
}

double decimal_round(double number, int digits)
{
    char text[48] = "-0";
    size_t len = 2 + json_format_real(fabs(number), text + 2);
    size_t point = str_find((Str){ text, len }, '.', 0);
    if (digits < 0 || fabs(number) >= 1e15)
        return number;
    if (str_find((Str){ text, len }, 'e', 0) < len) /* tiny */
        return round(number * pow(10, digits)) / pow(10, digits) + 0.0;
    size_t end = point + 1 + (size_t)digits;
    if (end >= len)
        return number;
    bool is_up = text[end] >= '5';
    text[end] = '\0';
    if (is_up)
        count_up(text, end);
    double rounded = -strtod(text, NULL);
    return number < 0 ? -rounded + 0.0 : rounded + 0.0;
}
