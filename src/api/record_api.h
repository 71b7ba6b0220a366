#pragma once
/* Records over HTTP: list, create, read, update, delete, restore, links (spec 3). The last table
 * tried. */

#include "api/route.h"

extern const Route record_api_routes[];
