#pragma once
/* Demo products: each variant of each kind of each range is one. What is not in the tables (brand,
 * status, channels, stock) follows from the product's number by rules. */

#include "feature/demo/demo_items.h"

DemoItems demo_product_items(Arena *arena);
/* What goes with it and what is better; belongs after the products. */
DemoItems demo_product_associated_items(Arena *arena);

/* `demo-<noun>-0001`; numbers begin with 1. */
Str demo_id(Arena *arena, const char *noun, size_t number);
