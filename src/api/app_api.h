#pragma once
/* The application over HTTP: login (spec 2.2), metadata (7.1), health. */

#include "api/route.h"

extern const Route app_api_routes[];
