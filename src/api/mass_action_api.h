#pragma once
/* Mass update, delete and restore over HTTP (spec 5.2). */

#include "api/route.h"

extern const Route mass_action_api_routes[];
