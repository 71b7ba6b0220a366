#include "access/caller.h"

const Caller caller_anonymous = { .user_name = { "anonymous", 9 },
                                  .name = { "Anonymous", 9 },
                                  .is_anonymous = true };
