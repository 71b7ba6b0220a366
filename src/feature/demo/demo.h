#pragma once
/* Demo catalogue: a few hundred products, with brands, categories and channels, made by rules and
 * our own words. The same each time, ids included. All of it is stored or nothing. */

#include "access/task.h"

/* Before it is loaded, in a task of its own: names come in German, too. */
Error *demo_add_language(Task *task) must_check;
/* Loads it into an empty catalogue; where there is a product, category, brand, channel or
 * association already, trashed ones included, it does nothing. */
Error *demo_load(Task *task) must_check;
