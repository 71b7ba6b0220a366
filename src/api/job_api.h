#pragma once
/* Jobs over HTTP: how far a mass action is (spec 5.3). The jobs themselves are records. */

#include "api/route.h"

extern const Route job_api_routes[];
