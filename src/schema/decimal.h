#pragma once
/* Decimal: rounding of numbers as people write them. 1.005 is a little less than that as a double,
 * but whoever sends it with two digits means 1.01. */

/* Half away from zero at `digits` decimals; as it is when `digits` is negative. */
double decimal_round(double number, int digits);
