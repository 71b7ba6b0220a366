#pragma once
/* Records over HTTP: list, create, read, update, delete, restore, links (spec 3). The last table
 * tried. */

#include "api/route.h"

extern const Route record_api_routes[];
/* The entity that begins the path; its first letter may be small (spec 1.1). NOT_FOUND
 * `noSuchEntity`. */
Error *record_api_entity(Task *task, const ApiCall *call, const Entity **out) must_check;
