#include "api/app_api.h"
#include "api/association_api.h"
#include "api/bookmark_api.h"
#include "api/job_api.h"
#include "api/mass_action_api.h"
#include "api/mass_api.h"
#include "api/record_api.h"
#include "api/relation_api.h"
#include "api/tree_api.h"

/* In the order of spec 1.1: what has a name of its own before what has the name of an entity. */
const Route *const route_tables[] = { app_api_routes,         job_api_routes,
                                      mass_api_routes,        bookmark_api_routes,
                                      tree_api_routes,        relation_api_routes,
                                      mass_action_api_routes, association_api_routes,
                                      record_api_routes,      NULL };
