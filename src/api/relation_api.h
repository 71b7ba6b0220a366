#pragma once
/* Relations between many records and many others over HTTP (spec 5.4), and unlinking all that one
 * link leads to (spec 3.1). */

#include "api/route.h"

extern const Route relation_api_routes[];
