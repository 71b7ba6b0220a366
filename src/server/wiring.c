#include "server/wiring.h"

#include "feature/category/category.h"
#include "feature/token/token.h"
#include "feature/user/user.h"

const RecordHook *const wiring_hooks[] = { &user_hook, &token_hook, &category_hook, NULL };
