#pragma once
/* Bookmarks over HTTP (spec 7.7): the list by entity and the tree; making and removing them is a
 * matter of records. */

#include "api/route.h"

extern const Route bookmark_api_routes[];
