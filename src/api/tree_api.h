#pragma once
/* Doors to trees: action/tree, action/treeData, and the inherit actions (spec 3.11, content 6.9).
 */

#include "api/route.h"

extern const Route tree_api_routes[];
