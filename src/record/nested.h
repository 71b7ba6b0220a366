#pragma once
/* Nested: linked objects in a body (spec 5.1). `"brand": {"name": "Apple"}` becomes `"brandId": …`,
 * `"categories": [{"name": "Phones"}, {"id": "c1"}]` becomes `"categoriesIds": […]`: each object
 * means the live record that has its id, else a unique value of it, else exactly its name; when
 * there is none, one is created of it, by every rule and right of its entity. A found one is linked
 * and stays as it is. One level deep. */

#include "access/task.h"
#include "json/json.h"

/* `*out` is `body` itself when there is nothing nested. In a dry run nothing is made. INVALID:
 * `ambiguousMatch`; what the nested record is refused for, its field as `brand.name`. */
Error *nested_resolve(Task *task, const Entity *entity, const JsonValue *body,
                      const JsonValue **out) must_check;
