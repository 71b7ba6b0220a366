#pragma once
/* Address: what it says is unique (content 6.5), so the same address is one record for all accounts
 * and contacts; its name is made of it. */

#include "record/hook.h"

extern const RecordHook address_hook;
