#pragma once
/* Demo catalogue: a few hundred products, with brands, categories and channels, made by rules and
 * our own words. The same each time, ids included, so that loading it again changes nothing. */

#include "access/task.h"

/* Loads it when there is no product yet. */
Error *demo_load(Task *task) must_check;
