#pragma once
/* Mass actions over HTTP: upsert (spec 5.1). */

#include "api/route.h"

extern const Route mass_api_routes[];
