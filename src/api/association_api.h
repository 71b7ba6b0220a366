#pragma once
/* Associations: calls beside those that all records have. */

#include "api/route.h"

extern const Route association_api_routes[];
